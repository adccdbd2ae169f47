package com.fasterxml.jackson.databind.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** In the place of Jackson's. */
public class ObjectNode extends JsonNode {
    private final Map<String, JsonNode> members;

    public ObjectNode() {
        this(new LinkedHashMap<>());
    }

    private ObjectNode(Map<String, JsonNode> members) {
        super(members);
        this.members = members;
    }

    public ObjectNode put(String name, String value) {
        members.put(name, new JsonNode(value));
        return this;
    }

    public ObjectNode put(String name, long value) {
        members.put(name, new JsonNode(value));
        return this;
    }

    public ObjectNode putObject(String name) {
        var inner = new ObjectNode();
        members.put(name, inner);
        return inner;
    }

    public ArrayNode putArray(String name) {
        var inner = new ArrayNode(new ArrayList<>());
        members.put(name, inner);
        return inner;
    }

    /** In the place of Jackson's. */
    public static class ArrayNode extends JsonNode {
        private final ArrayList<JsonNode> items;

        private ArrayNode(ArrayList<JsonNode> items) {
            super(items);
            this.items = items;
        }

        public ArrayNode add(String value) {
            items.add(new JsonNode(value));
            return this;
        }
    }
}

package com.fasterxml.jackson.databind;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** In the place of Jackson's: as much as the sample asks of it. */
public class JsonNode {
    /** Text, a number, a map of nodes or a list of nodes; null for what is not there. */
    protected final Object value;

    public JsonNode(Object value) {
        this.value = value;
    }

    public JsonNode path(String name) {
        return value instanceof Map<?, ?> members && members.get(name) instanceof JsonNode member ? member : new JsonNode(null);
    }

    public JsonNode required(String name) {
        var member = path(name);
        if (member.value == null) throw new IllegalArgumentException("no " + name);
        return member;
    }

    public String asText() {
        return value == null ? "" : value.toString();
    }

    public long asLong() {
        return value instanceof Long number ? number : 0;
    }

    @Override
    public String toString() {
        if (value instanceof Map<?, ?> members) {
            var pairs = members.entrySet().stream().map(member -> quoted(member.getKey()) + ":" + member.getValue());
            return pairs.collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> items) return items.stream().map(Object::toString).collect(Collectors.joining(",", "[", "]"));
        return value instanceof Long ? value.toString() : quoted(value);
    }

    private static String quoted(Object text) {
        return '"' + text.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}

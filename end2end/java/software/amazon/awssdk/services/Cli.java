package software.amazon.awssdk.services;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the stand-ins have in the place of HTTP: the AWS CLI, with what they were given and nothing else. */
public final class Cli {
    private Cli() {}

    /** What it prints. */
    public static String ask(Map<String, String> environment, List<String> arguments) {
        var command = new ArrayList<>(List.of("aws"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        try {
            var asking = builder.start();
            var said = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (asking.waitFor() != 0) throw new IllegalStateException("the AWS CLI was refused");
            return said;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    /** A map as the CLI takes it. */
    public static String json(Map<String, String> map) {
        var pairs = map.entrySet().stream().map(pair -> '"' + pair.getKey() + "\":\"" + pair.getValue() + '"').toList();
        return "{" + String.join(",", pairs) + "}";
    }
}

package io.portolan.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program {@code dig}, asking one server on loopback. Immutable. */
record Dig(int port) {
    /** The records of the answer, one a line, nothing else. */
    String shortly(String name, String... more) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of(more));
        all.add("+short");
        return ask(name, all.toArray(String[]::new)).strip();
    }

    /** Address that clients of a subnet get for a name. */
    String addressFor(String name, String subnet) throws IOException, InterruptedException {
        return shortly(name, "A", "+subnet=" + subnet);
    }

    /** The whole answer as dig prints it. */
    String ask(String name, String... more) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("dig", "@127.0.0.1", "-p", "" + port, name, "+tries=3", "+time=5"));
        words.addAll(List.of(more));
        var answer = Command.run(Path.of("").toAbsolutePath(), Map.of("HOME", "/nonexistent"), words);
        if (answer.code() != 0) {
            throw new AssertionError(
                    String.join(" ", words) + " ended with " + answer.code() + ": " + answer.out() + answer.err());
        }
        return answer.out();
    }
}

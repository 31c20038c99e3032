package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * README's tour and then the guide to building extensions, run as they are printed: every line of their {@code sh} blocks, in order,
 * in one world; each ends with 0, or with the code that its comment promises. Only the ports are others.
 */
class TourTest {
    private static final Path ROOT =
            Path.of(System.getProperty("portolan.root", ".")).toAbsolutePath().normalize();
    private static final Pattern PORT = Pattern.compile("\\b70(53|54|70|80)\\b");
    private static final Pattern PROMISED = Pattern.compile("# .*exit code (\\d)");

    @TempDir
    Path folder;

    @Test
    void everyCommandOfTheTourDoesWhatReadmeSays() throws Exception {
        var lines = commands(Files.readString(ROOT.resolve("README.md")));
        assertThat(lines.stream().filter(line -> line.startsWith("./portolan ")))
                .hasSizeGreaterThan(12);
        assertThat(lines).anyMatch(line -> line.startsWith("dig ")).anyMatch(line -> line.startsWith("curl "));

        try (var dev = DevProcess.start(folder)) {
            var place = place(dev, folder.resolve("checkout"));
            var all = new ArrayList<>(lines);
            all.addAll(guide());
            for (var line : all) {
                var command = Command.run(place, dev.variables(), List.of("bash", "-c", here(line, dev)));

                assertThat(command.code())
                        .as(() -> line + "\n" + command.out() + command.err() + dev.said())
                        .isEqualTo(promised(line));
            }
        }
    }

    // JUnit warns of links that lead out of the folder.
    @AfterEach
    void removeLink() throws IOException {
        Files.deleteIfExists(folder.resolve("checkout").resolve("examples"));
    }

    @Test
    void readsTheBlocksOfTheTour() {
        var text =
                "## Start\n```sh\n./portolan dev\n```\n## A tour\n```sh\ndig a\n\n./portolan b # refused, exit code 4\n```\n"
                        + "text\n```\nnot a command\n```\n## More\n```sh\n./portolan c\n```\n";

        assertThat(commands(text)).containsExactly("dig a", "./portolan b # refused, exit code 4");
        assertThat(promised("./portolan b # refused, exit code 4")).isEqualTo(4);
        assertThat(promised("dig a")).isZero();
    }

    /** A folder like a checkout after the build, with the data where commands look for it. */
    private static Path place(DevProcess dev, Path place) throws IOException {
        Files.createDirectories(place);
        var launcher = place.resolve("portolan");
        Files.writeString(launcher, "#!/bin/sh\nexec '" + String.join("' '", DevProcess.java()) + "' \"$@\"\n");
        if (!launcher.toFile().setExecutable(true)) {
            throw new IOException("making " + launcher + " executable");
        }
        Files.createSymbolicLink(place.resolve("examples"), ROOT.resolve("examples"));
        Files.createSymbolicLink(place.resolve(".portolan"), dev.data());
        return place;
    }

    private static String here(String line, DevProcess dev) {
        return PORT.matcher(line).replaceAll(port -> "" + (dev.portBase() + Integer.parseInt(port.group(1))));
    }

    private static int promised(String line) {
        var promise = PROMISED.matcher(line);
        return promise.find() ? Integer.parseInt(promise.group(1)) : 0;
    }

    /** The guide's commands, as whoever has the product beside them would type them. */
    private static List<String> guide() throws IOException {
        var commands = new ArrayList<String>();
        try (var files = Files.list(ROOT.resolve("docs").resolve("build-extensions"))) {
            for (var file : files.filter(each -> each.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                boolean block = false;
                for (var line : Files.readAllLines(file)) {
                    if (line.startsWith("```")) {
                        block = line.equals("```sh");
                    } else if (block && !line.isBlank()) {
                        commands.add(line.startsWith("portolan ") ? "./" + line : line);
                    }
                }
            }
        }
        assertThat(commands).hasSizeGreaterThan(5);
        return commands;
    }

    private static List<String> commands(String readme) {
        var commands = new ArrayList<String>();
        boolean tour = false;
        boolean block = false;
        for (var line : readme.lines().toList()) {
            if (line.startsWith("## ")) {
                tour = line.equals("## A tour");
            } else if (line.startsWith("```")) {
                block = tour && line.equals("```sh");
            } else if (block && !line.isBlank()) {
                commands.add(line);
            }
        }
        return List.copyOf(commands);
    }
}

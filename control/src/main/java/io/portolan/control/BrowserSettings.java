package io.portolan.control;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The browser that a control plane loads pages of new regions in before users are sent there. Immutable.
 *
 * @param browser   {@link #AUTO}, {@link #NONE}, or the path of a Chromium
 * @param arguments beside its own; a Chromium of root needs {@code --no-sandbox}, and then what pages do is limited by nothing but that
 *                  it reaches no host but the nodes' that are compared
 */
public record BrowserSettings(String browser, List<String> arguments) {
    /** The first that is installed where Debian, Fedora and Chrome's own packages put it. */
    public static final String AUTO = "auto";

    /** Pages are loaded by HTTP only. */
    public static final String NONE = "off";

    /** Pages are loaded by HTTP only. */
    public static final BrowserSettings OFF = new BrowserSettings(NONE, List.of());

    private static final List<Path> INSTALLED = List.of(
            Path.of("/usr/bin/chromium"),
            Path.of("/usr/bin/chromium-browser"),
            Path.of("/usr/bin/google-chrome-stable"),
            Path.of("/usr/bin/google-chrome"));

    /** What speaks over inherited pipes is started by a shell. */
    private static final Path SHELL = Path.of("/bin/sh");

    public BrowserSettings {
        arguments = List.copyOf(arguments);
        if (!browser.equals(AUTO) && !browser.equals(NONE) && !Path.of(browser).isAbsolute()) {
            throw new IllegalArgumentException(
                    "browser: " + browser + " (expected: auto, off, or the path of a Chromium with its leading slash)");
        }
    }

    /** The program, whether it works or not; empty where none is to be used. */
    Optional<Path> program() {
        if (browser.equals(NONE) || !Files.isExecutable(SHELL)) {
            return Optional.empty();
        }
        return browser.equals(AUTO)
                ? INSTALLED.stream().filter(Files::isExecutable).findFirst()
                : Optional.of(Path.of(browser));
    }

    /** Why there is no program, for people. */
    String whyNone() {
        return browser.equals(NONE) ? "switched off by the settings" : "none is installed";
    }
}

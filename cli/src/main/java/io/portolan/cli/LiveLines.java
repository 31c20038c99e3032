package io.portolan.cli;

import java.io.IOException;
import java.util.List;
import org.jline.terminal.TerminalBuilder;

/** Lines at the bottom of a terminal that are redrawn in place. One thread at a time. */
final class LiveLines {
    private static final int USUAL_WIDTH = 100;
    private final Console console;
    private int drawn;
    private int width;

    LiveLines(Console console) {
        this.console = console;
    }

    /** Whether lines can be redrawn here. */
    boolean redraws() {
        return console.terminal() && !"dumb".equals(console.variable("TERM"));
    }

    /** Replaces what was drawn before. */
    void draw(List<String> lines) {
        if (width == 0) {
            width = terminalWidth();
        }
        var text = new StringBuilder();
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append("A\u001b[J");
        }
        for (var line : lines) {
            // A wrapped line would be two, and the next redraw would miss one.
            text.append(console.colour() ? Paint.cut(line, width) : Paint.cut(Paint.strip(line), width))
                    .append('\n');
        }
        drawn = lines.size();
        console.out().print(text);
        console.out().flush();
    }

    /** Leaves what is drawn standing. */
    void end() {
        drawn = 0;
    }

    /** A line beside what is drawn; the next drawing begins below it. */
    void note(String text) {
        drawn = 0;
        console.err().println(text);
    }

    private static int terminalWidth() {
        try (var terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
            int columns = terminal.getSize().getColumns();
            return columns > 20 ? columns : USUAL_WIDTH;
        } catch (IOException e) {
            return USUAL_WIDTH;
        }
    }
}

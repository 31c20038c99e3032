package io.portolan.cli;

import java.util.Locale;
import java.util.regex.Pattern;

/** Colours of the terminal, by meaning. Text is marked always and stripped where colour is not welcome. */
enum Paint {
    HEADING("1"),
    GOOD("32"),
    BUSY("36"),
    WARN("33"),
    BAD("31"),
    FAINT("2");

    private static final Pattern MARK = Pattern.compile("\\x1b\\[[0-9;]*m");
    private final String code;

    Paint(String code) {
        this.code = code;
    }

    /** The text between marks. */
    String mark(String text) {
        return text.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
    }

    /** The text without marks. */
    static String strip(String text) {
        return MARK.matcher(text).replaceAll("");
    }

    /** The text without what lies beyond {@code width} visible characters; a mark that is open is closed. */
    static String cut(String text, int width) {
        if (strip(text).length() <= width) {
            return text;
        }
        var out = new StringBuilder();
        var marks = MARK.matcher(text);
        int visible = 0;
        for (int at = 0; at < text.length() && visible < width; ) {
            if (text.charAt(at) == '\u001b' && marks.find(at) && marks.start() == at) {
                out.append(marks.group());
                at = marks.end();
            } else {
                out.append(text.charAt(at++));
                visible++;
            }
        }
        return out.append(MARK.matcher(text).find() ? "\u001b[0m" : "").toString();
    }

    /** A state word in its colour. */
    static String state(String word) {
        var paint =
                switch (word.toUpperCase(Locale.ROOT)) {
                    case "SUCCEEDED", "SEALED", "PUBLISHED", "LIVE", "PASS", "YES", "UP" -> GOOD;
                    case "RUNNING", "APPLYING", "CONVERGING", "BAKING", "GATING", "QUEUED" -> BUSY;
                    case "PAUSED", "ROLLING_BACK", "HELD", "DRAINING", "INCONCLUSIVE", "NO" -> WARN;
                    case "ROLLED_BACK",
                            "ROLLED_BACK_PARTIAL",
                            "HALTED",
                            "REVERTED",
                            "REVOKED",
                            "REJECTED",
                            "FAIL",
                            "ERROR",
                            "DOWN" -> BAD;
                    default -> FAINT;
                };
        return paint.mark(word);
    }
}

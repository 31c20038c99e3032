package io.portolan.placement.report;

import java.util.Locale;

/** Text for HTML and SVG. Stateless. */
final class Markup {
    private Markup() {}

    /** Text inside an element or a quoted attribute. */
    static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A coordinate. */
    static String n(double value) {
        var text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** A format with full stops as decimal points. */
    static String f(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}

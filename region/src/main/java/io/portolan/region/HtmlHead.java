package io.portolan.region;

import java.util.Locale;
import java.util.Set;

/**
 * Finds the place right after {@code <head …>} in a page, as a browser's parser would see it. Stateless.
 *
 * <p>Before the head an HTML parser accepts only white space, comments, the doctype and {@code <html>}; the first thing of
 * another kind starts an implied head. So the scan stops there, and text in later comments or scripts cannot fool it. The page is
 * looked at as Latin-1: all marks are ASCII, and offsets are offsets of bytes.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/parsing.html">HTML, parsing</a>
 */
final class HtmlHead {
    /** Elements whose content is text up to their end tag, with scripting on. */
    private static final Set<String> RAW_TEXT = Set.of(
            "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "template");

    private HtmlHead() {}

    /**
     * Where to insert.
     *
     * @param offset  in bytes
     * @param present whether the page has a {@code <head>} there; if not, one must be started
     */
    record Place(int offset, boolean present) {}

    private enum Attribute {
        NAME,
        EQUALS,
        UNQUOTED
    }

    /** The place of a page given as Latin-1. */
    static Place find(String page) {
        // A UTF-8 byte order mark counts only at the very start: nothing may go before it.
        int at = page.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
        while (true) {
            int token = skipWhiteSpace(page, at);
            if (page.startsWith("<!--", token)) {
                int end = commentEnd(page, token);
                if (end < 0) {
                    return new Place(at, false);
                }
                at = end;
            } else if (page.startsWith("<!", token) || page.startsWith("<?", token)) {
                int end = page.indexOf('>', token);
                if (end < 0) {
                    return new Place(at, false);
                }
                at = end + 1;
            } else if (isStartTag(page, token, "html")) {
                int end = tagEnd(page, token);
                if (end < 0) {
                    return new Place(at, false);
                }
                at = end;
            } else if (isStartTag(page, token, "head")) {
                int end = tagEnd(page, token);
                return end < 0 ? new Place(at, false) : new Place(end, true);
            } else {
                return new Place(at, false);
            }
        }
    }

    /** Whether a page given as Latin-1 has a {@code <base>} with an {@code href} of its own. */
    static boolean hasBase(String page) {
        int at = 0;
        while (true) {
            int token = page.indexOf('<', at);
            if (token < 0) {
                return false;
            }
            at = next(page, token);
            if (at < 0) {
                return false;
            }
            if (isStartTag(page, token, "base") && hasHref(page.substring(token + 5, at - 1))) {
                return true;
            }
        }
    }

    /** End of the comment, tag or raw text that starts at {@code token}; negative when it never ends. */
    private static int next(String page, int token) {
        if (page.startsWith("<!--", token)) {
            return commentEnd(page, token);
        }
        if (page.startsWith("<!", token) || page.startsWith("<?", token)) {
            return page.indexOf('>', token) + 1 == 0 ? -1 : page.indexOf('>', token) + 1;
        }
        int name = page.startsWith("</", token) ? token + 2 : token + 1;
        if (name >= page.length() || !isLetter(page.charAt(name))) {
            return token + 1;
        }
        int end = tagEnd(page, token);
        if (end < 0 || name == token + 2) {
            return end;
        }
        var element = elementName(page, name);
        return RAW_TEXT.contains(element) ? rawTextEnd(page, end, element) : end;
    }

    private static int rawTextEnd(String page, int from, String element) {
        int at = from;
        while (true) {
            int close = page.indexOf("</", at);
            if (close < 0) {
                return -1;
            }
            if (page.regionMatches(true, close + 2, element, 0, element.length())
                    && isNameEnd(page, close + 2 + element.length())) {
                return close;
            }
            at = close + 2;
        }
    }

    private static boolean hasHref(String attributes) {
        boolean named = false;
        char quote = 0;
        var name = new StringBuilder();
        for (int i = 0; i <= attributes.length() && !named; i++) {
            char c = i < attributes.length() ? attributes.charAt(i) : ' ';
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '=' || c == '/' || isWhiteSpace(c)) {
                named = name.toString().equalsIgnoreCase("href");
                name.setLength(0);
            } else {
                name.append(c);
            }
        }
        return named;
    }

    private static int commentEnd(String page, int start) {
        int text = start + 4;
        if (page.startsWith(">", text)) {
            return text + 1;
        }
        if (page.startsWith("->", text)) {
            return text + 2;
        }
        int usual = page.indexOf("-->", text);
        int bang = page.indexOf("--!>", text);
        if (usual < 0 && bang < 0) {
            return -1;
        }
        return bang >= 0 && (usual < 0 || bang < usual) ? bang + 4 : usual + 3;
    }

    /** Position after the {@code >} of a tag, quotes of attribute values respected; negative when it never ends. */
    private static int tagEnd(String page, int start) {
        char quote = 0;
        var at = Attribute.NAME;
        for (int i = start + 1; i < page.length(); i++) {
            char c = page.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '>') {
                return i + 1;
            } else if (isWhiteSpace(c)) {
                at = at == Attribute.UNQUOTED ? Attribute.NAME : at;
            } else if (at == Attribute.EQUALS && (c == '"' || c == '\'')) {
                quote = c;
                at = Attribute.NAME;
            } else if (at == Attribute.EQUALS) {
                // A quote inside an unquoted value is an ordinary character.
                at = Attribute.UNQUOTED;
            } else if (at == Attribute.NAME && c == '=') {
                at = Attribute.EQUALS;
            }
        }
        return -1;
    }

    private static String elementName(String page, int from) {
        int end = from;
        while (!isNameEnd(page, end)) {
            end++;
        }
        return page.substring(from, end).toLowerCase(Locale.ROOT);
    }

    private static boolean isStartTag(String page, int at, String name) {
        return page.startsWith("<", at)
                && page.regionMatches(true, at + 1, name, 0, name.length())
                && at + 1 + name.length() < page.length()
                && isNameEnd(page, at + 1 + name.length());
    }

    private static boolean isNameEnd(String page, int at) {
        return at >= page.length() || page.charAt(at) == '>' || page.charAt(at) == '/' || isWhiteSpace(page.charAt(at));
    }

    private static int skipWhiteSpace(String page, int from) {
        int at = from;
        while (at < page.length() && isWhiteSpace(page.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isWhiteSpace(char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}

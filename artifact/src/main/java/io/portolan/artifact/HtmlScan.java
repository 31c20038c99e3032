package io.portolan.artifact;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What matters about a page before nodes inject into it: is it UTF-8, does it say so, has it a base of its own. Pure.
 *
 * <p>Walks over tags as a browser's tokenizer does, past comments and the text of scripts, styles, titles and text areas.
 *
 * @param utf8         whether the bytes are UTF-8; nothing else is known if not
 * @param encoding     the first declared encoding that is not UTF-8, empty text for none
 * @param hasBase      whether it has a {@code <base>}
 */
record HtmlScan(boolean utf8, String encoding, boolean hasBase) {
    private static final Set<String> RAW_TEXT = Set.of("script", "style", "title", "textarea", "noscript");
    private static final Set<String> UTF8 = Set.of("utf-8", "utf8", "unicode-1-1-utf-8", "x-unicode20utf8");
    private static final Pattern TAG_NAME = Pattern.compile("<([A-Za-z][^\\s/>]*)");
    private static final Pattern ATTRIBUTE =
            Pattern.compile("[\\s/]*([^\\s/>=][^\\s/>=]*)(?:\\s*=\\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\\s>]*+)))?");
    private static final Pattern CHARSET =
            Pattern.compile("charset\\s*=\\s*[\"']?\\s*([^\\s;\"']+)", Pattern.CASE_INSENSITIVE);

    static HtmlScan of(byte[] page) {
        String html;
        try {
            html = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(page))
                    .toString();
        } catch (CharacterCodingException e) {
            return new HtmlScan(false, "", false);
        }
        var encoding = "";
        boolean hasBase = false;
        int at = html.indexOf('<');
        while (at >= 0) {
            if (html.startsWith("<!--", at)) {
                at = after(html, "-->", at + 2);
            } else {
                var name = TAG_NAME.matcher(html).region(at, html.length());
                if (!name.lookingAt()) {
                    at = html.indexOf('<', at + 1);
                    continue;
                }
                var tag = name.group(1).toLowerCase(Locale.ROOT);
                var attributes = new TreeMap<String, String>();
                at = attributes(html, name.end(), attributes);
                hasBase |= tag.equals("base");
                if (tag.equals("meta") && encoding.isEmpty()) {
                    encoding = declared(attributes)
                            .filter(each -> !UTF8.contains(each.toLowerCase(Locale.ROOT)))
                            .orElse("");
                }
                if (RAW_TEXT.contains(tag)) {
                    at = endOf(html, tag, at);
                }
            }
            at = at < 0 ? -1 : html.indexOf('<', at);
        }
        return new HtmlScan(true, encoding, hasBase);
    }

    private static int after(String html, String mark, int from) {
        int found = html.indexOf(mark, from);
        return found < 0 ? -1 : found + mark.length();
    }

    private static int endOf(String html, String tag, int from) {
        for (int at = html.indexOf("</", Math.max(0, from)); at >= 0; at = html.indexOf("</", at + 2)) {
            if (html.regionMatches(true, at + 2, tag, 0, tag.length())) {
                return at + 2 + tag.length();
            }
        }
        return -1;
    }

    /** Collects attributes, the first of each name; returns the offset after the tag. */
    private static int attributes(String html, int from, Map<String, String> into) {
        var attribute = ATTRIBUTE.matcher(html).region(from, html.length());
        int at = from;
        while (attribute.lookingAt()) {
            var value = Optional.ofNullable(attribute.group(2))
                    .or(() -> Optional.ofNullable(attribute.group(3)))
                    .or(() -> Optional.ofNullable(attribute.group(4)));
            into.putIfAbsent(attribute.group(1).toLowerCase(Locale.ROOT), value.orElse(""));
            at = attribute.end();
            attribute.region(at, html.length());
        }
        return after(html, ">", at);
    }

    private static Optional<String> declared(Map<String, String> meta) {
        if (meta.containsKey("charset")) {
            return Optional.of(meta.getOrDefault("charset", "").strip());
        }
        if (meta.getOrDefault("http-equiv", "").equalsIgnoreCase("content-type")) {
            var charset = CHARSET.matcher(meta.getOrDefault("content", ""));
            return charset.find() ? Optional.of(charset.group(1)) : Optional.empty();
        }
        return Optional.empty();
    }
}

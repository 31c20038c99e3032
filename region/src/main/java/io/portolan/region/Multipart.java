package io.portolan.region;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Body of an answer with several ranges, {@code multipart/byteranges} of RFC 9110, section 14.6. Immutable.
 *
 * <p>The content coding stands in the head of each part, like the type: the parts are pieces of the coded bytes, the body around
 * them is not coded.
 *
 * @param boundary never occurs in the content: made of the content's own hash
 */
record Multipart(String boundary, Response.Body.Parts body) {
    /** Most bytes that several ranges may have together, since they are put together in memory; beyond, the whole is answered. */
    static final long MOST_BYTES = 1 << 20;

    private static final int BOUNDARY_DIGITS = 40;

    /** Puts the parts of a blob together; {@code coding} is empty text for none. */
    static Multipart of(Response.Body.Blob whole, String type, String coding, List<ByteRange.Part> parts) {
        var boundary = whole.digest().value().substring(0, BOUNDARY_DIGITS);
        var pieces = new ArrayList<Response.Body>();
        for (var part : parts) {
            var head = (pieces.isEmpty() ? "--" : "\r\n--") + boundary + "\r\nContent-Type: " + type + "\r\n"
                    + (coding.isEmpty() ? "" : "Content-Encoding: " + coding + "\r\n")
                    + "Content-Range: " + contentRange(part, whole.length()) + "\r\n\r\n";
            pieces.add(ascii(head));
            pieces.add(new Response.Body.Blob(whole.digest(), part.offset(), part.length()));
        }
        pieces.add(ascii("\r\n--" + boundary + "--\r\n"));
        return new Multipart(boundary, new Response.Body.Parts(pieces));
    }

    /** Value of {@code Content-Range}. */
    static String contentRange(ByteRange.Part part, long size) {
        return "bytes " + part.offset() + "-" + (part.end() - 1) + "/" + size;
    }

    private static Response.Body ascii(String text) {
        return new Response.Body.Bytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}

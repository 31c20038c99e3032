package io.portolan.region;

/**
 * What the first line of a request asks for, in origin form or absolute form (RFC 9112, section 3.2). Immutable.
 *
 * @param path  from the slash on, without query and fragment
 * @param query empty text for none
 */
record RequestTarget(String host, String path, String query) {
    /** Of a target as sent; {@code host}: that of the header, which an absolute form wins over. */
    static RequestTarget of(String sent, String host) {
        var named = host;
        var target = sent;
        if (sent.startsWith("http://") || sent.startsWith("https://")) {
            int authority = sent.indexOf("//") + 2;
            int path = sent.indexOf('/', authority);
            named = path < 0 ? sent.substring(authority) : sent.substring(authority, path);
            target = path < 0 ? "/" : sent.substring(path);
        }
        int fragment = target.indexOf('#');
        var whole = fragment < 0 ? target : target.substring(0, fragment);
        int question = whole.indexOf('?');
        return new RequestTarget(
                named,
                question < 0 ? whole : whole.substring(0, question),
                question < 0 ? "" : whole.substring(question + 1));
    }
}

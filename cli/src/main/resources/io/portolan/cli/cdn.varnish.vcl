# CDN of environment @ENVIRONMENT@ by Varnish; made by: portolan cdn config varnish.
# Start with: varnishd -a @LISTEN@ -f THIS_FILE -p http_gzip_support=off -s malloc,@SIZE@
# (the regions compress better, by brotli too; with Varnish's own gzip support it would ask them for gzip alone)
#
# It pulls /CDN/R/Content/V/PATH from the regions and keeps it; whatever else is asked for is 404. Files never change under their
# address, so nothing here ever has to be purged because of a new version.
vcl 4.1;

import directors;

probe portolan_ready {
    .url = "/readyz";
    .interval = 5s;
    .timeout = 2s;
    .window = 3;
    .threshold = 2;
    .initial = 2;
}

@SERVERS@
# Who may take out a file that was found to be wrong: varnish answers PURGE /CDN/… from here only. Region nodes do that by themselves.
acl portolan_purge {
    "localhost";
@PURGERS@
}

sub vcl_init {
    new regions = directors.round_robin();
@MEMBERS@
}

sub vcl_recv {
    if (req.method != "GET" && req.method != "HEAD" && !(req.method == "PURGE" && client.ip ~ portolan_purge)) {
        return (synth(405));
    }
    # Without the query: it means nothing here, and a changing one would ask the regions each time.
    set req.url = regsub(req.url, "\?.*$", "");
    if (req.url !~ "^/CDN/[a-z0-9-]+/Content/") {
        return (synth(404));
    }
    set req.http.Host = regsub(req.url, "^/CDN/([^/]+)/.*$", "\1") + ".@ZONE@";
    if (req.method == "PURGE") {
        return (purge);
    }
    # Three codings, not one object for each browser.
    if (req.http.Accept-Encoding ~ "\bbr\b") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "\bgzip\b") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
    unset req.http.Cookie;
    unset req.http.Authorization;
    set req.backend_hint = regions.backend();
    return (hash);
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        # What is here already is right for ever.
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        if (bereq.retries < 3) {
            return (retry);
        }
    }
    set beresp.grace = 30d;
}

# A region that cannot be reached: the next one is asked.
sub vcl_backend_error {
    if (bereq.retries < 3) {
        return (retry);
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache-Status = "HIT";
    } else {
        set resp.http.X-Cache-Status = "MISS";
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}

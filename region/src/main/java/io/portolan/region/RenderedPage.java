package io.portolan.region;

import io.portolan.model.Digest;
import java.util.List;

/** What a version answers to a portal host. */
sealed interface RenderedPage {
    /**
     * The page.
     *
     * @param bytes nobody changes them
     * @param etag  strong, over everything that went into it
     */
    record Html(byte[] bytes, String etag) implements RenderedPage {
        static Html of(byte[] bytes, PageKey key) {
            var hash = Digest.sha256();
            hash.update(bytes);
            hash.update(key.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return new Html(bytes, "\"" + Digest.from(hash).value().substring(0, 32) + "\"");
        }
    }

    /** The version has no configuration for that host; {@code hosts} are those that it has. */
    record NoConfiguration(List<String> hosts) implements RenderedPage {}
}

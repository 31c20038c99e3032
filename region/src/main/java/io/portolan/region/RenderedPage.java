package io.portolan.region;

import io.portolan.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** What a version answers to a portal host. */
sealed interface RenderedPage {
    /**
     * The page, as it is and compressed.
     *
     * @param plain  uncoded
     * @param coded  under content codings, those that help
     */
    record Html(Coded plain, List<Coded> coded) implements RenderedPage {
        /** Smaller pages fit into one packet either way. */
        private static final int SMALLEST = 1024;

        private static final int TAG_DIGITS = 32;

        public Html {
            coded = List.copyOf(coded);
        }

        /** Compresses, which may take milliseconds. */
        static Html of(byte[] bytes, PageKey key) {
            return of(bytes, key.toString());
        }

        /** With a tag over the bytes and what else decides about the answer. */
        static Html of(byte[] bytes, String more) {
            var hash = Digest.sha256();
            hash.update(bytes);
            hash.update(more.getBytes(StandardCharsets.UTF_8));
            return tagged(bytes, Digest.from(hash).value().substring(0, TAG_DIGITS));
        }

        /** With a tag of which it is known that it changes with the bytes. */
        static Html tagged(byte[] bytes, String tag) {
            var plain = new Coded(AcceptEncoding.IDENTITY, bytes, "\"" + tag + "\"");
            if (bytes.length < SMALLEST) {
                return new Html(plain, List.of());
            }
            var gzip = new Coded("gzip", gzip(bytes), "\"" + tag + "-gzip\"");
            return new Html(plain, gzip.sizeBytes() < bytes.length ? List.of(gzip) : List.of());
        }

        private static byte[] gzip(byte[] bytes) {
            var out = new ByteArrayOutputStream(bytes.length / 2);
            try (var gzip = new GZIPOutputStream(out)) {
                gzip.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException("compressing in memory", e);
            }
            return out.toByteArray();
        }
    }

    /**
     * A page under one content coding.
     *
     * @param bytes nobody changes them
     * @param etag  strong, over everything that went into it and the coding
     */
    record Coded(String coding, byte[] bytes, String etag) implements AcceptEncoding.Coded {
        @Override
        public long sizeBytes() {
            return bytes.length;
        }
    }

    /** The version has no configuration for that host; {@code hosts} are those that it has. */
    record NoConfiguration(List<String> hosts) implements RenderedPage {}
}

package io.portolan.region;

import io.portolan.model.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;

/**
 * The store that blobs come from, {@code GET /v1/blobs/{sha256}} below a base URL. Thread-safe. Nothing that it sends is believed:
 * whoever stores the bytes checks their hash.
 *
 * <p>On {@link HttpURLConnection} and not on {@code HttpClient}, which has no limit for a body that stops coming.
 */
final class BlobSource {
    private static final int CONNECT_MILLIS = 5_000;

    private final URI base;
    private final int stallMillis;

    BlobSource(URI base, Duration stall) {
        this.base = base;
        this.stallMillis = Math.toIntExact(stall.toMillis());
    }

    /** Takes a body, until its end. */
    interface Sink {
        void accept(InputStream body) throws IOException;
    }

    /**
     * Fetches one blob.
     *
     * @param limitBytes more bytes than these are an error
     */
    void fetch(Digest digest, long limitBytes, Sink sink) throws IOException {
        var url = base.resolve("/v1/blobs/" + digest);
        var connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(stallMillis);
        connection.setUseCaches(false);
        connection.setInstanceFollowRedirects(false);
        boolean whole = false;
        try {
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new IOException("fetching " + url + ": status: " + status + " (expected: 200)");
            }
            try (var body = new Limited(connection.getInputStream(), limitBytes, url)) {
                sink.accept(body);
            }
            whole = true;
        } finally {
            if (!whole) {
                // Not back into the pool: what is left of its body would be read as the next answer, or waited for.
                connection.disconnect();
            }
        }
    }

    private static final class Limited extends FilterInputStream {
        private final long limitBytes;
        private final URI url;
        private long read;

        Limited(InputStream in, long limitBytes, URI url) {
            super(in);
            this.limitBytes = limitBytes;
            this.url = url;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            count(Math.max(0, count));
            return count;
        }

        private void count(int more) throws IOException {
            read += more;
            if (read > limitBytes) {
                throw new RefusedContent("fetching " + url + ": more than " + limitBytes + " bytes", null);
            }
        }
    }
}

package io.portolan.region;

import io.portolan.artifact.ServedFile;
import io.portolan.model.Digest;
import io.portolan.protocol.ObservationTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/**
 * Asks a CDN for one file as a browser would: a connection of its own, a certificate that counts, the header without which a browser may
 * not use the answer, and the bytes compared with the file's hash. Thread-safe.
 *
 * <p>By the JDK's older client, which opens a connection for each request when told to: one that is kept open would hide that nobody can
 * connect any more.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the deadline ends with the probe
final class CdnProbe {
    private static final int BUFFER_BYTES = 16 << 10;
    /** A coded answer is rarely longer than the file; a little more is read, to tell a longer one from a broken line. */
    private static final int MORE_BYTES = 4 << 10;

    private final ScheduledExecutorService timer;
    private final InstantSource clock;

    CdnProbe(ScheduledExecutorService timer, InstantSource clock) {
        this.timer = timer;
        this.clock = clock;
    }

    /** What came of it. */
    sealed interface Result {
        /** The file as it should be. */
        record Right() implements Result {}

        /** No file. */
        record Failed(String fault) implements Result {}

        /**
         * Something else under the file's address.
         *
         * @param actual digest of what came, empty text where it could not even be decoded
         */
        record Wrong(String actual, String fault) implements Result {}
    }

    /** Asks for a file; ends at the deadline, whatever the other side does. */
    Result ask(String url, ServedFile file, Duration timeout) {
        var until = clock.instant().plus(timeout);
        try {
            var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            // Ends a slow drip, a handshake and a name that takes long alike.
            var deadline = timer.schedule(connection::disconnect, timeout.toMillis(), TimeUnit.MILLISECONDS);
            try {
                return asked(connection, file, timeout, until);
            } finally {
                deadline.cancel(false);
                connection.disconnect();
            }
        } catch (IOException | RuntimeException e) {
            // The client is not made for being disconnected by another thread: it may find that what it is about to
            // read is no more.
            return new Result.Failed(
                    clock.instant().isBefore(until)
                            ? String.valueOf(e.getMessage() == null ? e.toString() : e.getMessage())
                            : "no answer in time");
        }
    }

    private Result asked(HttpURLConnection connection, ServedFile file, Duration timeout, Instant until)
            throws IOException {
        connection.setConnectTimeout((int) timeout.toMillis());
        connection.setReadTimeout((int) timeout.toMillis());
        connection.setInstanceFollowRedirects(false);
        // Nothing is cached here; saying so would have the CDN pass the request on.
        connection.setRequestProperty("Connection", "close");
        connection.setRequestProperty("Accept", "*/*");
        // What browsers get; there is a decoder for this one here.
        connection.setRequestProperty("Accept-Encoding", "gzip");
        connection.setRequestProperty("User-Agent", ObservationTable.CDN_AGENT);
        int status = connection.getResponseCode();
        if (status != HttpURLConnection.HTTP_OK) {
            return new Result.Failed("status " + status);
        }
        var allowed = connection.getHeaderField("Access-Control-Allow-Origin");
        if (allowed == null) {
            return new Result.Failed("no Access-Control-Allow-Origin");
        }
        long expected = connection.getContentLengthLong();
        byte[] sent;
        try (var in = connection.getInputStream()) {
            sent = read(in, file.sizeBytes() + MORE_BYTES, until);
        }
        if (expected >= 0 && sent.length < Math.min(expected, file.sizeBytes() + MORE_BYTES)) {
            return new Result.Failed("the answer broke off");
        }
        return judged(sent, "gzip".equalsIgnoreCase(connection.getContentEncoding()), file);
    }

    private byte[] read(InputStream in, long most, Instant until) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var buffer = new byte[BUFFER_BYTES];
        for (int count; bytes.size() < most && (count = in.read(buffer)) >= 0; ) {
            bytes.write(buffer, 0, count);
            if (!clock.instant().isBefore(until)) {
                throw new IOException("no answer in time");
            }
        }
        return bytes.toByteArray();
    }

    private static Result judged(byte[] sent, boolean coded, ServedFile file) {
        byte[] bytes = sent;
        if (coded) {
            try (var in = new GZIPInputStream(new ByteArrayInputStream(sent))) {
                bytes = in.readNBytes((int) file.sizeBytes() + 1);
            } catch (IOException e) {
                return new Result.Wrong("", "its gzip coding is broken: " + e.getMessage());
            }
        }
        if (bytes.length > file.sizeBytes()) {
            return new Result.Wrong("", "longer than " + file.sizeBytes() + " bytes");
        }
        var actual = Digest.of(bytes);
        return actual.equals(file.hash())
                ? new Result.Right()
                : new Result.Wrong(actual.value(), "its SHA-256 is " + actual.value());
    }
}

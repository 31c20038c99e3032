package io.portolan.cli;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;

/** Streams a package to the control plane, with a progress bar on a terminal and plain lines elsewhere. One thread at a time. */
final class Upload {
    private static final int BAR = 30;
    /** Bytes between two redraws. */
    private static final long STEP = 256 << 10;

    private final Portolan portolan;

    Upload(Portolan portolan) {
        this.portolan = portolan;
    }

    Reply send(Path zip, ExtensionName name, VersionLabel label) {
        try {
            long size = Files.size(zip);
            var clock = portolan.console().clock();
            var began = clock.instant();
            boolean live = portolan.console().terminal();
            if (!live) {
                portolan.note("uploading " + When.size(size));
            }
            var body = BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> open(zip, size, live)), size);
            try {
                return portolan.api()
                        .upload(
                                "/v1/extensions/" + Api.segment(name.value()) + "/versions/"
                                        + Api.segment(label.value()),
                                "application/zip",
                                body);
            } finally {
                if (live) {
                    erase();
                }
                portolan.note("uploaded " + When.size(size) + " in "
                        + When.text(java.time.Duration.between(began, clock.instant())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream open(Path zip, long size, boolean live) {
        try {
            return new Counting(Files.newInputStream(zip), size, live);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void erase() {
        portolan.console().err().print("\r\u001b[K");
        portolan.console().err().flush();
    }

    /** Draws while it is read. */
    private final class Counting extends FilterInputStream {
        private final long size;
        private final boolean live;
        private long done;
        private long drawn = -STEP;

        Counting(InputStream in, long size, boolean live) {
            super(in);
            this.size = size;
            this.live = live;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            done += Math.max(0, count);
            if (live && (done - drawn >= STEP || done == size)) {
                drawn = done;
                draw();
            }
            return count;
        }

        private void draw() {
            int full = size == 0 ? BAR : (int) (done * BAR / size);
            var text = done == size
                    ? "  checking and storing " + When.size(size)
                    : "  uploading " + "█".repeat(full) + "░".repeat(BAR - full) + " " + done * 100 / Math.max(1, size)
                            + " % of " + When.size(size);
            portolan.console().err().print("\r\u001b[K" + text);
            portolan.console().err().flush();
        }
    }
}

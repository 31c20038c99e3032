package io.portolan.artifact;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.aayushatharva.brotli4j.encoder.Encoder;
import io.portolan.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the compressed variants of files at publish: brotli at level 9 up to 1 MiB and 5 above, and gzip, where they help.
 * Thread-safe.
 */
final class Variants {
    private static final Logger LOG = LoggerFactory.getLogger(Variants.class);

    /** Smaller files fit into one packet either way. */
    private static final long SMALLEST = 256;

    /** Larger files are served as they are: nobody waits a minute for a publish, and such files are compressed by nature. */
    private static final long LARGEST = 64L << 20;

    private static final long HIGH_LEVEL_UP_TO = 1L << 20;
    private static final int HIGH_LEVEL = 9;
    private static final int LOW_LEVEL = 5;

    /** A variant must save at least one part in so many. */
    private static final int WORTHWHILE = 20;

    private static final Set<String> COMPRESSIBLE = Set.of(
            "application/javascript",
            "application/json",
            "application/manifest+json",
            "application/wasm",
            "application/xml",
            "application/vnd.ms-fontobject",
            "font/ttf",
            "font/otf",
            "image/svg+xml",
            "image/bmp",
            "image/x-icon",
            "image/vnd.microsoft.icon");

    /** Asked once: a machine without the native encoder publishes gzip alone. */
    private static final boolean BROTLI = Brotli4jLoader.isAvailable();

    private final BlobStore blobs;
    private final VariantIndex index;

    Variants(BlobStore blobs, VariantIndex index) {
        this.blobs = blobs;
        this.index = index;
        if (!BROTLI) {
            LOG.warn("brotli=unavailable reason=\"{}\"", String.valueOf(Brotli4jLoader.getUnavailabilityCause()));
        }
    }

    /**
     * Makes the variants of a file whose content is stored; they are stored when this returns.
     *
     * @param made takes what was made now, for {@link #settle}
     */
    void make(ServedFile file, Map<Digest, List<ServedFile.Variant>> made) throws IOException {
        if (mayHelp(file) && !made.containsKey(file.hash()) && known(file).isEmpty()) {
            made.put(file.hash(), make(file));
        }
    }

    /** The files with their variants, after every {@link #make}. */
    List<ServedFile> settle(Collection<ServedFile> files, Map<Digest, List<ServedFile.Variant>> made) {
        var won = made.isEmpty() ? Map.<Digest, List<ServedFile.Variant>>of() : index.remember(made);
        return files.stream()
                .map(file -> {
                    var variants = won.get(file.hash());
                    return file.with(
                            variants != null
                                    ? variants.stream()
                                            .filter(variant -> blobs.has(variant.hash()))
                                            .toList()
                                    : mayHelp(file) ? known(file).orElse(List.of()) : List.of());
                })
                .toList();
    }

    /** What was made before, unless some of it is gone. */
    private Optional<List<ServedFile.Variant>> known(ServedFile file) {
        return index.find(file.hash())
                .filter(variants -> variants.stream().allMatch(variant -> blobs.has(variant.hash())));
    }

    private static boolean mayHelp(ServedFile file) {
        var type = file.type().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return file.sizeBytes() >= SMALLEST
                && file.sizeBytes() <= LARGEST
                && (type.startsWith("text/") || COMPRESSIBLE.contains(type));
    }

    private List<ServedFile.Variant> make(ServedFile file) throws IOException {
        var content = blobs.read(file.hash(), (int) LARGEST);
        var variants = new ArrayList<ServedFile.Variant>();
        if (BROTLI) {
            int level = content.length <= HIGH_LEVEL_UP_TO ? HIGH_LEVEL : LOW_LEVEL;
            keep(
                    variants,
                    "br",
                    content.length,
                    encoded(content, out -> new BrotliOutputStream(out, Encoder.Parameters.create(level))));
        }
        keep(variants, "gzip", content.length, encoded(content, Variants::gzip));
        return variants;
    }

    private interface Encoding {
        OutputStream over(OutputStream out) throws IOException;
    }

    private static byte[] encoded(byte[] content, Encoding encoding) throws IOException {
        var out = new ByteArrayOutputStream(Math.max(64, content.length / 3));
        try (var encoder = encoding.over(out)) {
            encoder.write(content);
        }
        return out.toByteArray();
    }

    private static OutputStream gzip(OutputStream out) throws IOException {
        return new GZIPOutputStream(out, 1 << 16) {
            {
                def.setLevel(Deflater.BEST_COMPRESSION);
            }
        };
    }

    private void keep(List<ServedFile.Variant> variants, String encoding, int original, byte[] bytes)
            throws IOException {
        if (bytes.length <= original - original / WORTHWHILE) {
            var digest = Digest.of(bytes);
            blobs.put(digest, new ByteArrayInputStream(bytes));
            variants.add(new ServedFile.Variant(encoding, digest, bytes.length));
        }
    }
}

package io.portolan.artifact;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Turns a package into blobs and a served manifest. Thread-safe.
 *
 * <p>Two steps: {@link #validate} reads every byte and stores nothing, {@link #store} stores each file once. Both may be
 * repeated after a crash: what is stored already is not stored again. Whoever publishes compares the identity in between.
 */
public final class PackageIngest {
    /** Files that are stored at the same time; measured: four take a third of the time of one, more gain little. */
    private static final int STORED_AT_ONCE = 4;

    private final BlobStore blobs;
    private final PackageLimits limits;
    private final Variants variants;
    private final FailPoints failPoints;

    public PackageIngest(BlobStore blobs, PackageLimits limits, VariantIndex index, FailPoints failPoints) {
        this.blobs = Objects.requireNonNull(blobs, "blobs");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.variants = new Variants(blobs, Objects.requireNonNull(index, "index"));
        this.failPoints = Objects.requireNonNull(failPoints, "failPoints");
    }

    /** Validates and stores. */
    public IngestedPackage ingest(Path zip, ExtensionName extension, VersionLabel version)
            throws IOException, PackageRejected {
        return store(zip, validate(zip, extension, version), extension, version);
    }

    /**
     * Validates; nothing is stored.
     *
     * @throws PackageRejected with every rule that the package breaks
     */
    public ValidPackage validate(Path zip, ExtensionName extension, VersionLabel version)
            throws IOException, PackageRejected {
        return new PackageReader(limits).read(zip, extension, version);
    }

    /**
     * Stores the files of a validated package, then its manifest.
     *
     * @param content what {@link #validate} found in this zip
     * @throws IOException when the zip was changed since; what was stored until then is harmless, as nothing names it
     */
    public IngestedPackage store(Path zip, ValidPackage content, ExtensionName extension, VersionLabel version)
            throws IOException {
        var files = content.files().stream().collect(Collectors.toMap(ServedFile::path, file -> file));
        ServedManifest manifest;
        try (var archive = ZipArchive.open(zip, limits, new Violations());
                var all = NestedArchives.open(zip, archive, content.manifest(), limits, new Violations())) {
            var entries = all.entries().stream()
                    .filter(entry -> files.containsKey(entry.header().name()))
                    .toList();
            if (entries.size() != files.size()) {
                throw new IOException("storing " + extension + " " + version + ": the package was changed meanwhile: "
                        + entries.size() + " files (expected: " + files.size() + ")");
            }
            manifest = content.served(extension, version, storeAll(entries, files));
        } catch (Unreadable e) {
            throw new IOException("storing " + extension + " " + version + ": the package was changed meanwhile", e);
        }
        var digest = blobs.put(manifest.toJson());
        failPoints.reached(FailPoint.PUBLISH_CONTENT_STORED);
        return new IngestedPackage(
                digest, content.identity(), content.sizeBytes(), content.files().size(), manifest, content.warnings());
    }

    /** Stores some files at a time: each waits for the disk twice, and the disk serves several at the price of one. */
    private List<ServedFile> storeAll(List<LocatedEntry> entries, Map<String, ServedFile> files) throws IOException {
        var made = new ConcurrentHashMap<Digest, List<ServedFile.Variant>>();
        var next = new AtomicInteger();
        var anyStored = new AtomicBoolean();
        Callable<Void> worker = () -> {
            for (int i = next.getAndIncrement(); i < entries.size(); i = next.getAndIncrement()) {
                var entry = entries.get(i);
                var file = Objects.requireNonNull(files.get(entry.header().name()));
                try {
                    try (var stream = entry.open()) {
                        blobs.put(file.hash(), stream);
                    }
                    variants.make(file, made);
                } catch (IOException | RuntimeException e) {
                    next.set(entries.size());
                    throw e;
                }
                if (anyStored.compareAndSet(false, true)) {
                    failPoints.reached(FailPoint.PUBLISH_BLOB_STORED);
                }
            }
            return null;
        };
        var threads = Thread.ofPlatform().name("portolan-store-", 0).factory();
        try (var executor = Executors.newFixedThreadPool(STORED_AT_ONCE, threads)) {
            for (var result : executor.invokeAll(Collections.nCopies(STORED_AT_ONCE, worker))) {
                result.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("storing a package: interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw new IOException("storing a package: " + io.getMessage(), io);
            }
            if (e.getCause() instanceof RuntimeException runtime) {
                throw runtime;
            }
            throw new IllegalStateException("storing a package", e);
        }
        return variants.settle(new TreeMap<>(files).values(), made);
    }
}

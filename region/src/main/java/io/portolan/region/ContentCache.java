package io.portolan.region;

import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.EntryPage;
import io.portolan.artifact.PackageConfiguration;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Manifests and pages in memory, and how they get there. Thread-safe. */
final class ContentCache implements Contents {
    /** Longest served manifest. */
    private static final int MANIFEST_LIMIT_BYTES = 64 << 20;
    /** Most pages and manifests held; when full, all are dropped and come back on first use. */
    private static final int PAGE_LIMIT = 4096;

    private static final int MANIFEST_LIMIT = 4096;

    private final NodeBlobs blobs;
    private final ConcurrentHashMap<Digest, ServedManifest> manifests = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<PageKey, RenderedPage> pages = new ConcurrentHashMap<>();

    ContentCache(NodeBlobs blobs) {
        this.blobs = blobs;
    }

    @Override
    public Optional<ServedManifest> manifest(Digest digest) {
        return Optional.ofNullable(manifests.get(digest));
    }

    @Override
    public boolean isReady(Digest digest) {
        blobs.touch(digest);
        return blobs.isReady(digest);
    }

    @Override
    public Optional<RenderedPage> page(PageKey key) {
        // Its parts are not opened for it, and the browser may have them all: the version is in use all the same.
        blobs.touch(key.manifest());
        return Optional.ofNullable(pages.get(key));
    }

    /** Makes content available; may wait for disk and, for a bounded time, for the store. */
    void provide(Outcome.Need need) throws IOException {
        switch (need) {
            case Outcome.ManifestNeed wanted ->
                loadManifest(wanted.extension(), wanted.version(), wanted.digest(), wanted.identity());
            case Outcome.BlobNeed wanted -> blobs.await(wanted.digest(), wanted.sizeBytes());
            case Outcome.PageNeed wanted -> {
                var rendered = render(wanted.manifest(), wanted.page());
                if (pages.size() >= PAGE_LIMIT) {
                    pages.clear();
                }
                pages.put(wanted.page(), rendered);
            }
        }
    }

    /** The manifest of a version, fetched if it is absent. */
    ServedManifest loadManifest(ExtensionName extension, VersionLabel version, Digest digest, Digest identity)
            throws IOException {
        var known = manifests.get(digest);
        return known != null
                ? known
                : parse(extension, version, digest, identity, blobs.readOnly().read(digest, MANIFEST_LIMIT_BYTES));
    }

    /** The manifest of a version that lies on disk. */
    ServedManifest localManifest(ExtensionName extension, VersionLabel version, Digest digest, Digest identity)
            throws IOException {
        var known = manifests.get(digest);
        return known != null
                ? known
                : parse(extension, version, digest, identity, blobs.readLocal(digest, MANIFEST_LIMIT_BYTES));
    }

    private ServedManifest parse(
            ExtensionName extension, VersionLabel version, Digest digest, Digest identity, byte[] bytes)
            throws IOException {
        try {
            var manifest = ServedManifest.parse(bytes);
            if (!manifest.identity().equals(identity)) {
                throw new RefusedContent(
                        "reading manifest of " + extension + " " + version + ": identity: " + manifest.identity()
                                + " (expected: " + identity + ")",
                        null);
            }
            if (manifests.size() >= MANIFEST_LIMIT) {
                manifests.clear();
            }
            manifests.put(digest, manifest);
            return manifest;
        } catch (IllegalArgumentException e) {
            throw new RefusedContent("reading manifest of " + extension + " " + version + ": " + e.getMessage(), e);
        }
    }

    /** Whether a failure says that content is not what it should be, rather than that it cannot be reached. */
    static boolean isRefusal(IOException failure) {
        return failure instanceof DigestMismatch || failure instanceof RefusedContent;
    }

    private RenderedPage render(ServedManifest manifest, PageKey key) throws IOException {
        var store = blobs.readOnly();
        var configuration = PackageConfiguration.load(manifest, store).lookup(key.portalHost());
        var shown = key.withManifest(BrowserManifests.digest(key.manifest(), manifest));
        return switch (configuration) {
            case PackageConfiguration.Lookup.Found found ->
                RenderedPage.Html.of(
                        PageInjection.inject(EntryPage.load(manifest, store), shown, found.configuration()), shown);
            case PackageConfiguration.Lookup.UnknownHost unknown -> new RenderedPage.NoConfiguration(unknown.hosts());
        };
    }
}

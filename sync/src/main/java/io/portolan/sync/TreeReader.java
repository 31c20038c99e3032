package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.DocumentTree.Bucket;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Root;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads root and buckets of a revision; buckets that the revision before has too are not read again. Pure but for the source. */
final class TreeReader {
    /** Most documents that one of the 256 buckets may list. */
    static final int DOCUMENTS_PER_BUCKET = 1024;

    private static final Pattern BUCKET_NAME = Pattern.compile("[0-9a-f]{2}");

    private TreeReader() {}

    /**
     * What a tree lists.
     *
     * @param buckets   by digest
     * @param documents digest of each document for this node's region, in order of the keys
     */
    record Listing(Map<Digest, Bucket> buckets, Map<Key, Digest> documents) {
        static final Listing EMPTY = new Listing(Map.of(), Map.of());
    }

    static Listing read(Digest rootDigest, RegionName region, Listing before, ObjectSource source)
            throws IOException, RevisionRefused, InterruptedException {
        try {
            var rootBytes = source.read(rootDigest);
            RevisionCheck.Schema.require(rootBytes, "root " + rootDigest, DocumentTree.SCHEMA);
            var root = Json.read(rootBytes, Root.class);
            var absent = root.buckets().values().stream()
                    .filter(digest -> !before.buckets().containsKey(digest))
                    .distinct()
                    .toList();
            var fresh = source.read(absent);
            var buckets = new HashMap<Digest, Bucket>();
            var documents = new TreeMap<Key, Digest>();
            for (var entry : root.buckets().entrySet()) {
                var digest = entry.getValue();
                var bytes = fresh.get(digest);
                var bucket = bytes == null ? before.buckets().get(digest) : parse(bytes, digest);
                if (bucket == null) {
                    throw new RevisionRefused("bucket " + digest + ": missing");
                }
                list(bucket, entry.getKey(), region, documents);
                buckets.put(digest, bucket);
            }
            return new Listing(Map.copyOf(buckets), documents);
        } catch (MalformedJson e) {
            throw new RevisionRefused(String.valueOf(e.getMessage()), e);
        }
    }

    private static Bucket parse(byte[] bytes, Digest digest) {
        RevisionCheck.Schema.require(bytes, "bucket " + digest, DocumentTree.SCHEMA);
        return Json.read(bytes, Bucket.class);
    }

    private static void list(Bucket bucket, String name, RegionName region, Map<Key, Digest> documents)
            throws RevisionRefused {
        if (!BUCKET_NAME.matcher(name).matches()) {
            throw new RevisionRefused("root: bucket: " + name + " (expected: two hexadecimal digits)");
        }
        if (bucket.documents().size() > DOCUMENTS_PER_BUCKET) {
            throw new RevisionRefused("bucket " + name + ": "
                    + bucket.documents().size() + " documents (expected: at most " + DOCUMENTS_PER_BUCKET + ")");
        }
        for (var entry : bucket.documents()) {
            var key = entry.key();
            if (!key.bucket().equals(name)) {
                throw new RevisionRefused(
                        "bucket " + name + ": lists " + key + " (expected: in bucket " + key.bucket() + ")");
            }
            if (documents.put(key, entry.hashFor(region)) != null) {
                throw new RevisionRefused("bucket " + name + ": lists " + key + " twice");
            }
        }
    }
}

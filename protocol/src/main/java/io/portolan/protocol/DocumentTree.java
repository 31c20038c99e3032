package io.portolan.protocol;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Two-level hash tree over the documents of a revision: a root that lists up to 256 buckets by digest, buckets that list
 * documents by digest. A node that holds the previous revision fetches the root, the buckets that differ and the documents that
 * differ, nothing else.
 *
 * <p>Immutable.
 *
 * @param root    the root object
 * @param buckets the buckets that are not empty, by their two hex digits
 */
public record DocumentTree(Root root, Map<String, Bucket> buckets) {
    /** Kind of a document. */
    public enum Kind {
        environment,
        region,
        extension
    }

    /** Kind and name of a document, unique in a revision. */
    public record Key(Kind kind, String name) implements Comparable<Key> {
        public Key {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(name, "name");
        }

        /** The two hex digits of the bucket that lists this document. */
        public String bucket() {
            return Digest.of((kind + "/" + name).getBytes(StandardCharsets.UTF_8))
                    .value()
                    .substring(0, 2);
        }

        @Override
        public int compareTo(Key other) {
            int byKind = kind.compareTo(other.kind);
            return byKind != 0 ? byKind : name.compareTo(other.name);
        }

        @Override
        public String toString() {
            return kind + "/" + name;
        }
    }

    /** Top of the tree: digests of the buckets that are not empty. */
    public record Root(int schema, Map<String, Digest> buckets) {
        public Root {
            buckets = Map.copyOf(buckets);
        }
    }

    /** Documents whose {@link Key#bucket} is this one, in order of their keys. */
    public record Bucket(int schema, List<Entry> documents) {
        public Bucket {
            documents = List.copyOf(documents);
        }
    }

    /**
     * One document.
     *
     * @param hash    digest of its bytes
     * @param regions other digests for some regions, so that settings can be staged as versions are; usually empty
     */
    public record Entry(Kind kind, String name, Digest hash, Map<RegionName, Digest> regions) {
        public Entry {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(hash, "hash");
            regions = Map.copyOf(regions);
        }

        /** Its key. */
        public Key key() {
            return new Key(kind, name);
        }

        /** The digest that holds for a region. */
        public Digest hashFor(RegionName region) {
            return regions.getOrDefault(region, hash);
        }
    }

    /** Schema number of roots and buckets that this build writes. */
    public static final int SCHEMA = 1;

    /** Builds the tree; the same documents give the same root. */
    public static DocumentTree of(Map<Key, Digest> documents) {
        var entries = new TreeMap<String, List<Entry>>();
        new TreeMap<>(documents).forEach((key, hash) -> entries.computeIfAbsent(key.bucket(), b -> new ArrayList<>())
                .add(new Entry(key.kind(), key.name(), hash, Map.of())));
        var buckets = new TreeMap<String, Bucket>();
        var digests = new TreeMap<String, Digest>();
        entries.forEach((name, list) -> {
            var bucket = new Bucket(SCHEMA, list);
            buckets.put(name, bucket);
            digests.put(name, Digest.of(Json.bytes(bucket)));
        });
        return new DocumentTree(new Root(SCHEMA, digests), buckets);
    }
}

package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides which documents a revision puts in force. Pure: the bytes are at hand.
 *
 * <p>Environment and regions must be sound, or the whole revision is refused. A fault inside one extension's document pins that
 * extension to the document that is in force for it now, or to none:
 *
 * <ul>
 *   <li>(A) the bytes are too many, no JSON, of a newer schema, or break a rule of {@link ExtensionDocument};
 *   <li>(B) its name is not the name it is listed under, or its route is reserved;
 *   <li>(C) its route belongs to another extension. Documents that do not change keep their routes; among the changed ones the first
 *       by name wins. Documents that were in force together never clash, so falling back always ends.
 * </ul>
 */
final class Documents {
    /** Largest document of an extension that is put in force. */
    static final int EXTENSION_LIMIT_BYTES = 1 << 20;

    private final Map<Key, Digest> listed;
    private final Map<Digest, byte[]> bytes;
    private final Map<Digest, Object> known;
    private final Map<ExtensionName, Digest> before;
    private final LoadMarker marker;
    private final Map<Digest, Object> parsed = new HashMap<>();
    private final TreeMap<ExtensionName, ExtensionDocument> kept = new TreeMap<>();
    private final TreeMap<ExtensionName, Change> changed = new TreeMap<>();
    private final TreeMap<ExtensionName, Pins.Pin> pinned = new TreeMap<>();

    private record Change(ExtensionDocument document, Digest digest) {}

    private Documents(
            Map<Key, Digest> listed,
            Map<Digest, byte[]> bytes,
            Map<Digest, Object> known,
            Map<ExtensionName, Digest> before,
            LoadMarker marker) {
        this.listed = listed;
        this.bytes = bytes;
        this.known = known;
        this.before = before;
        this.marker = marker;
    }

    /**
     * Decides for a revision that comes after another.
     *
     * @param listed documents of the revision
     * @param bytes  bytes of every document that is not in {@code known}
     * @param known  documents of the revision in use
     * @param before digest of the document in force for each extension
     * @param forced documents that are refused whatever they say; what is in force instead is taken from {@code before}
     */
    static InForce next(
            EnvironmentName environment,
            Map<Key, Digest> listed,
            Map<Digest, byte[]> bytes,
            Map<Digest, Object> known,
            Map<ExtensionName, Digest> before,
            Pins forced,
            LoadMarker marker)
            throws RevisionRefused {
        return new Documents(listed, bytes, known, before, marker).decide(environment, forced);
    }

    /** Repeats, at start, what was decided when the revision came: its pins hold, whatever this build would say. */
    static InForce again(
            EnvironmentName environment,
            Map<Key, Digest> listed,
            Map<Digest, byte[]> bytes,
            Pins pins,
            LoadMarker marker)
            throws RevisionRefused {
        var before = new HashMap<ExtensionName, Digest>();
        pins.extensions().forEach((name, pin) -> pin.inForce().ifPresent(hash -> before.put(name, hash)));
        return new Documents(listed, bytes, Map.of(), before, marker).decide(environment, pins);
    }

    private InForce decide(EnvironmentName environment, Pins forced) throws RevisionRefused {
        var environments = new HashMap<EnvironmentName, EnvironmentDocument>();
        var regions = new HashMap<RegionName, RegionDocument>();
        for (var entry : listed.entrySet()) {
            var key = entry.getKey();
            switch (key.kind()) {
                case environment -> {
                    var document = sound(key, entry.getValue(), EnvironmentDocument.class, EnvironmentDocument.SCHEMA);
                    requireName(key, document.name().value());
                    environments.put(document.name(), document);
                }
                case region -> {
                    var document = sound(key, entry.getValue(), RegionDocument.class, RegionDocument.SCHEMA);
                    requireName(key, document.name().value());
                    regions.put(document.name(), document);
                }
                case extension -> extension(key, entry.getValue(), forced);
            }
        }
        var own = environments.get(environment);
        if (own == null || environments.size() != 1) {
            throw new RevisionRefused(
                    "documents: environments: " + environments.keySet() + " (expected: exactly " + environment + ")");
        }
        settleRoutes();
        return result(own, regions);
    }

    private <T> T sound(Key key, Digest digest, Class<T> type, int schema) throws RevisionRefused {
        try {
            return parse(key, digest, type, schema);
        } catch (RuntimeException e) {
            throw new RevisionRefused("document " + key + ": " + e.getMessage(), e);
        }
    }

    private static void requireName(Key key, String name) throws RevisionRefused {
        if (!key.name().equals(name)) {
            throw new RevisionRefused("document " + key + ": name: " + name + " (expected: " + key.name() + ")");
        }
    }

    private void extension(Key key, Digest digest, Pins forced) throws RevisionRefused {
        ExtensionName name;
        try {
            name = new ExtensionName(key.name());
        } catch (IllegalArgumentException e) {
            throw new RevisionRefused("document " + key + ": " + e.getMessage(), e);
        }
        var pin = forced.extensions().get(name);
        if (pin != null && pin.refused().equals(digest)) {
            pin(name, digest, pin.reason());
            return;
        }
        if (!known.containsKey(digest)) {
            marker.at(name, "");
        }
        try {
            var document = parse(key, digest, ExtensionDocument.class, ExtensionDocument.SCHEMA);
            if (!document.name().equals(name)) {
                pin(name, digest, "document: name: " + document.name() + " (expected: " + name + ")");
            } else if (document.route().isReserved()) {
                pin(name, digest, "document: route: " + document.route() + " is reserved");
            } else if (digest.equals(before.get(name))) {
                kept.put(name, document);
            } else {
                changed.put(name, new Change(document, digest));
            }
        } catch (RuntimeException e) {
            pin(name, digest, "document: " + e.getMessage());
        }
    }

    private <T> T parse(Key key, Digest digest, Class<T> type, int schema) {
        var document = known.get(digest);
        if (!type.isInstance(document)) {
            var raw = bytes.get(digest);
            if (raw == null) {
                throw new IllegalStateException("bytes of " + digest + " were not read");
            }
            if (key.kind() == Kind.extension && raw.length > EXTENSION_LIMIT_BYTES) {
                throw new IllegalArgumentException(
                        "size: " + raw.length + " bytes (expected: at most " + EXTENSION_LIMIT_BYTES + ")");
            }
            RevisionCheck.Schema.require(raw, key.kind().name(), schema);
            document = Json.read(raw, type);
        }
        parsed.put(digest, document);
        return type.cast(document);
    }

    private void pin(ExtensionName name, Digest refused, String reason) {
        var previous = previous(name);
        var hash = previous.isPresent() ? Optional.ofNullable(before.get(name)) : Optional.<Digest>empty();
        pinned.put(name, new Pins.Pin(hash.map(Digest::value).orElse(""), refused, reason));
        previous.ifPresent(document -> kept.put(name, document));
    }

    /** The document in force for the extension now; none if it does not parse (any more). */
    private Optional<ExtensionDocument> previous(ExtensionName name) {
        var digest = before.get(name);
        if (digest == null) {
            return Optional.empty();
        }
        try {
            var document = parse(
                    new Key(Kind.extension, name.value()), digest, ExtensionDocument.class, ExtensionDocument.SCHEMA);
            return document.name().equals(name) ? Optional.of(document) : Optional.empty();
        } catch (RuntimeException unreadable) {
            return Optional.empty();
        }
    }

    /** Case C, until nothing clashes: each round pins one extension, so it ends. */
    private void settleRoutes() {
        for (var clash = clash(); clash.isPresent(); clash = clash()) {
            var name = clash.get().name();
            var change = changed.remove(name);
            if (change != null) {
                var route = change.document().route();
                pin(
                        name,
                        change.digest(),
                        "document: route: " + route + " belongs to "
                                + clash.get().owner());
            }
        }
    }

    private record Clash(ExtensionName name, ExtensionName owner) {}

    private Optional<Clash> clash() {
        var owners = new HashMap<Route, ExtensionName>();
        kept.forEach((name, document) -> owners.put(document.route(), name));
        for (var entry : changed.entrySet()) {
            var owner = owners.putIfAbsent(entry.getValue().document().route(), entry.getKey());
            if (owner != null) {
                return Optional.of(new Clash(entry.getKey(), owner));
            }
        }
        return Optional.empty();
    }

    private InForce result(EnvironmentDocument environment, Map<RegionName, RegionDocument> regions) {
        var extensions = new HashMap<ExtensionName, ExtensionDocument>(kept);
        changed.forEach((name, change) -> extensions.put(name, change.document()));
        var hashes = new HashMap<ExtensionName, Digest>();
        for (var name : extensions.keySet()) {
            var pin = pinned.get(name);
            var hash = pin == null
                    ? Optional.ofNullable(listed.get(new Key(Kind.extension, name.value())))
                    : pin.inForce();
            hash.ifPresent(digest -> hashes.put(name, digest));
        }
        return new InForce(environment, regions, extensions, hashes, Pins.of(pinned), parsed);
    }
}

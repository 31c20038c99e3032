package io.portolan.control;

import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.ProfileJson;
import io.portolan.protocol.rest.RevisionBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StoredRevision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Says in the words of the domain what differs between two revisions. */
final class Differences {
    private Differences() {}

    static RevisionBody.Difference between(Reader reader, StoredRevision from, StoredRevision to) {
        var before = Revisions.documents(reader, from);
        var after = Revisions.documents(reader, to);
        var keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        var changes = new ArrayList<RevisionBody.Change>();
        for (var key : keys) {
            var old = before.get(key);
            var now = after.get(key);
            if (Objects.equals(old, now)) {
                continue;
            }
            if (key.kind() == DocumentTree.Kind.extension) {
                var oldDocument = Optional.ofNullable(old).flatMap(digest -> Revisions.extension(reader, digest));
                var newDocument = Optional.ofNullable(now).flatMap(digest -> Revisions.extension(reader, digest));
                compare(key.name(), fields(oldDocument), fields(newDocument), changes);
            } else {
                changes.add(new RevisionBody.Change(
                        "",
                        key.kind() == DocumentTree.Kind.region ? key.name() : null,
                        key.toString(),
                        old == null ? null : old.value(),
                        now == null ? null : now.value()));
            }
        }
        return new RevisionBody.Difference(
                to.environment(), from.id().number(), to.id().number(), List.copyOf(changes));
    }

    private record Field(String region, String name) implements Comparable<Field> {
        @Override
        public int compareTo(Field other) {
            int byRegion = region.compareTo(other.region);
            return byRegion != 0 ? byRegion : name.compareTo(other.name);
        }
    }

    private static void compare(
            String extension, Map<Field, String> before, Map<Field, String> after, List<RevisionBody.Change> changes) {
        var fields = new TreeSet<>(before.keySet());
        fields.addAll(after.keySet());
        for (var field : fields) {
            @Nullable String old = before.get(field);
            @Nullable String now = after.get(field);
            if (!Objects.equals(old, now)) {
                changes.add(new RevisionBody.Change(
                        extension, field.region().isEmpty() ? null : field.region(), field.name(), old, now));
            }
        }
    }

    private static TreeMap<Field, String> fields(Optional<ExtensionDocument> present) {
        var fields = new TreeMap<Field, String>();
        present.ifPresent(document -> {
            fields.put(new Field("", "route"), document.route().value());
            fields.put(
                    new Field("", "profile"),
                    ProfileJson.write(document.profile()).toString());
            document.regions()
                    .forEach((region, pointer) -> fields.put(
                            new Field(region.value(), "version"),
                            pointer.version().value()));
            document.stages()
                    .forEach((stage, version) -> fields.put(new Field("", "stages." + stage), version.value()));
            document.names().forEach((name, version) -> fields.put(new Field("", "names." + name), version.value()));
            document.slots()
                    .forEach((slot, version) -> fields.put(new Field("", "slots." + slot.label()), version.value()));
            document.versions()
                    .forEach((version, held) -> fields.put(
                            new Field("", "versions." + version),
                            held.state()
                                    + (held.withdrawn() ? " withdrawn" : "")
                                    + (held.held() ? " held" : " retained")
                                    + (held.keptFor().isEmpty() ? "" : " for " + String.join(", ", held.keptFor()))));
        });
        return fields;
    }
}

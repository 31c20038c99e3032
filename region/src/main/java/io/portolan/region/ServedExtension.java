package io.portolan.region;

import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One extension as this node serves it. Immutable.
 *
 * @param byDefault  what a page without an alias shows
 * @param versions   every version that the revision names, by label
 * @param dotlessForms labels by their reference form, {@code 1d0d8d31} for {@code 1.0.8.31}
 */
record ServedExtension(
        ExtensionDocument document,
        Default byDefault,
        Map<String, ServedVersion> versions,
        Map<String, VersionLabel> dotlessForms) {
    ServedExtension {
        Objects.requireNonNull(document, "document");
        Objects.requireNonNull(byDefault, "byDefault");
        versions = Map.copyOf(versions);
        dotlessForms = Map.copyOf(dotlessForms);
    }

    /** What a page without an alias shows. */
    sealed interface Default {
        /** A version, in a stage; {@code override}: id of the operator's override that chose it, empty text for none. */
        record Serves(ServedVersion version, String stage, String override) implements Default {}

        /** The version given to this region is not fully held, and nothing was served before. */
        record Waits(VersionLabel version) implements Default {}

        /** The version given to this region was revoked. */
        record Revoked(VersionLabel version) implements Default {}

        /** This region was given no version. */
        record None() implements Default {}
    }

    /** A version chosen by an alias, with the stage if the alias was one, else empty text. */
    record Choice(ServedVersion version, String stage) {}

    static Map<String, VersionLabel> dotlessForms(Iterable<VersionLabel> labels) {
        var forms = new HashMap<String, VersionLabel>();
        for (var label : labels) {
            forms.put(label.value().replace('.', 'd'), label);
        }
        return forms;
    }

    /** Looks an alias up: exact version, stage, friendly name, reference form, in this order. */
    Optional<Choice> alias(String alias) {
        var exact = versions.get(alias);
        if (exact != null) {
            return Optional.of(new Choice(exact, ""));
        }
        var staged = document.stages().get(alias);
        if (staged != null) {
            return version(staged).map(version -> new Choice(version, alias));
        }
        var named = document.names().getOrDefault(alias, dotlessForms.get(alias));
        return named == null ? Optional.empty() : version(named).map(version -> new Choice(version, ""));
    }

    /** The version of that label. */
    Optional<ServedVersion> version(VersionLabel label) {
        return Optional.ofNullable(versions.get(label.value()));
    }

    /** The version shown by default, if there is one. */
    Optional<ServedVersion> serving() {
        return byDefault instanceof Default.Serves serves ? Optional.of(serves.version()) : Optional.empty();
    }

    /** Id of the operator's override that chose what is shown by default, empty text for none. */
    String overriddenBy() {
        return byDefault instanceof Default.Serves serves ? serves.override() : "";
    }
}

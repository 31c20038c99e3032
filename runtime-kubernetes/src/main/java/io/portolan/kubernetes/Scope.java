package io.portolan.kubernetes;

import io.portolan.model.Digest;
import io.portolan.runtime.ControllerId;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whose objects are ours: those of one region of one environment. Names and labels are made here and nowhere else. Immutable.
 *
 * <p>Nodes of one region share their objects. Names of extensions and versions do not fit into names and labels of a cluster; a hash of
 * what they stand for does, and annotations tell the rest.
 *
 * @param node the node that looks, for its claims
 */
record Scope(String environment, String region, String node) {
    /** What annotations and labels of ours start with. */
    static final String PREFIX = "portolan.io/";
    /** The field's label for who keeps an object. */
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";

    static final String MANAGER = "portolan";
    static final String SCOPE = PREFIX + "scope";
    static final String CONTROLLER = PREFIX + "controller";
    /** Digest of what was asked for: who finds another one asks again. */
    static final String SPEC = PREFIX + "spec";

    static final String EXTENSION = PREFIX + "extension";
    static final String VERSION = PREFIX + "version";
    static final String NAME = PREFIX + "name";
    static final String SECRETS = PREFIX + "secrets";
    private static final String CLAIM = PREFIX + "claim-";

    private static final int HASH = 12;
    private static final int LONGEST_PART = 22;

    /** Labels by which all objects of this scope are found. */
    Map<String, String> labels() {
        return Map.of(MANAGED_BY, MANAGER, SCOPE, hash(environment + "\n" + region));
    }

    /** Labels of one controller's objects, in order. */
    SortedMap<String, String> labels(ControllerId id) {
        var labels = new TreeMap<>(labels());
        labels.put(CONTROLLER, key(id));
        return labels;
    }

    /** Labels by which its pods are chosen; they may never change. */
    Map<String, String> selector(ControllerId id) {
        return Map.of(CONTROLLER, key(id));
    }

    /** What tells people, and the next node, what an object is; in order, or its digest would be another after each start. */
    static SortedMap<String, String> annotations(ControllerId id) {
        return new TreeMap<>(Map.of(
                EXTENSION, id.extension().value(),
                VERSION, id.version().value(),
                NAME, id.name()));
    }

    /** Hash of a controller in this scope. */
    String key(ControllerId id) {
        return hash(environment + "\n" + region + "\n" + id.extension() + "\n" + id.version() + "\n" + id.name());
    }

    /** Name of its objects: at most 59 characters, a letter first. */
    String name(ControllerId id) {
        return part(id.extension().value()) + "-" + part(id.name()) + "-" + key(id);
    }

    /** Name of the secret that holds the secrets of an extension. */
    static String secretName(String extension) {
        return "portolan-secrets-" + plain(extension);
    }

    /** The annotation by which this node says that it wants a controller. */
    String claim() {
        return CLAIM + hash(node);
    }

    /** Whether an annotation is a node's claim. */
    static boolean isClaim(String annotation) {
        return annotation.startsWith(CLAIM);
    }

    private static String part(String text) {
        var plain = plain(text);
        return (plain.length() > LONGEST_PART ? plain.substring(0, LONGEST_PART) : plain).replaceAll("-+$", "");
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("-+$", "");
    }

    static String hash(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).value().substring(0, HASH);
    }
}

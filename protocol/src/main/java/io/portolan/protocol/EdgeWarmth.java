package io.portolan.protocol;

import java.util.Map;
import java.util.Objects;

/**
 * What came of a node asking a CDN for the files that a version begins with, before the version is shown. Immutable. Told at {@link
 * ObservationTable#PATH} as {@code "warmed":{"EXTENSION VERSION":{CDN:…}}}, of versions that a rollout brings.
 *
 * @param files that the version begins with
 * @param right those that the CDN gave
 * @param over  whether all were asked for
 */
public record EdgeWarmth(int files, int right, boolean over) {
    /** Field of {@link ObservationTable#PATH} that holds all of it. */
    public static final String FIELD = "warmed";

    /** It has not begun. */
    public static final EdgeWarmth NOTHING = new EdgeWarmth(0, 0, false);

    /** Key of a version in that field. */
    public static String key(String extension, String version) {
        return extension + " " + version;
    }

    /** What one node tells of a version at a CDN; {@link #NOTHING} where it tells nothing. */
    public static EdgeWarmth of(Map<String, Map<String, EdgeWarmth>> told, String key, String cdn) {
        return Objects.requireNonNullElse(told.getOrDefault(key, Map.of()).get(cdn), NOTHING);
    }
}

package io.portolan.artifact;

import java.io.IOException;

/** The JSON Schema of {@code portolan.json}, for editors; {@link PackageManifest} is what decides. Stateless. */
public final class ManifestSchema {
    private ManifestSchema() {}

    /** Its bytes. */
    public static byte[] json() {
        try (var in = ManifestSchema.class.getResourceAsStream("portolan.schema.json")) {
            if (in == null) {
                throw new IllegalStateException("resource portolan.schema.json is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("resource portolan.schema.json", e);
        }
    }
}

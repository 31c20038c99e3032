package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import java.security.PublicKey;
import java.util.Map;

/** Checks an envelope on its own: form, signature, schema, environment. Pure. */
final class RevisionCheck {
    private RevisionCheck() {}

    /** A header whose signature was verified, with the digest of its exact bytes. */
    record Signed(Revision header, Digest digest) {}

    /** The one field that every schema has. */
    record Schema(int schema) {
        /** Reads the schema number and refuses those this build cannot read. */
        static void require(byte[] bytes, String what, int newest) {
            int schema = Json.read(bytes, Schema.class).schema();
            if (schema < 1 || schema > newest) {
                throw new MalformedJson(what + ": schema: " + schema + " (expected: 1 to " + newest + ")", null);
            }
        }
    }

    static Signed check(byte[] envelopeBytes, Map<String, PublicKey> keys, EnvironmentName environment)
            throws RevisionRefused {
        try {
            var envelope = Json.read(envelopeBytes, Envelope.class);
            var payload = envelope.verify(Revision.TYPE, keys)
                    .orElseThrow(() -> new RevisionRefused("revision: signature: no trusted key signed it (trusted: "
                            + String.join(", ", keys.keySet().stream().sorted().toList()) + ")"));
            Schema.require(payload, "revision", Revision.SCHEMA);
            var header = Json.read(payload, Revision.class);
            if (!header.environment().equals(environment)) {
                throw new RevisionRefused("revision " + header.id() + ": environment: " + header.environment()
                        + " (expected: " + environment + ")");
            }
            header.keys().forEach(Signer::publicKey);
            return new Signed(header, Digest.of(payload));
        } catch (IllegalArgumentException e) {
            throw new RevisionRefused("revision: " + e.getMessage(), e);
        }
    }
}

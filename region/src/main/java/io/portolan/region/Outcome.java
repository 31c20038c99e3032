package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;

/** What a request leads to with what is in memory: an answer, or first some content that must be read, checked or fetched. */
sealed interface Outcome permits Response, Outcome.Need, Outcome.Later, Outcome.Passed {
    /** Content that an answer needs; whoever provides it may wait for disk and network, then asks again. */
    sealed interface Need extends Outcome {
        /** For whom, so that a failure is shown where it belongs. */
        ExtensionName extension();

        /** Of which version. */
        VersionLabel version();

        /** Whether the version is held in full: then this disk is waited for, and no store. */
        boolean held();
    }

    /** Another node is asked, and where none has an answer, {@code otherwise} is given. */
    record Passed(Elsewhere wanted, Response otherwise) implements Outcome {}

    /** An answer that first reads this disk; whoever asks for it may wait. */
    non-sealed interface Later extends Outcome {
        /** Reads, and answers. */
        Response answer();
    }

    /** The served manifest of a version, which must be of that identity. */
    record ManifestNeed(ExtensionName extension, VersionLabel version, Digest digest, Digest identity) implements Need {
        /** The manifest of a version that is held in full is in memory. */
        @Override
        public boolean held() {
            return false;
        }
    }

    /** One blob, on this disk and checked. */
    record BlobNeed(ExtensionName extension, VersionLabel version, Digest digest, long sizeBytes, boolean held)
            implements Need {}

    /** A page, put together. */
    record PageNeed(ExtensionName extension, VersionLabel version, ServedManifest manifest, PageKey page, boolean held)
            implements Need {}
}

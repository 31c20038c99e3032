package io.portolan.model;

/**
 * Named places at which a crash test kills the process; each is a step after which a restart must find a whole state.
 *
 * <p>Production code reaches them through {@link FailPoints#NONE}, which does nothing.
 */
public enum FailPoint {
    /** The zip of a publish lies in the upload folder; nothing is read yet. */
    PUBLISH_UPLOADED,
    /** The first blob of a version is stored. */
    PUBLISH_BLOB_STORED,
    /** All blobs and the manifest are stored; the version is not recorded. */
    PUBLISH_CONTENT_STORED,
    /** The version is recorded; the caller was not answered. */
    PUBLISH_RECORDED,
    /** Documents are compiled and signed, nothing of the revision is stored. */
    COMPILE_SIGNED,
    /** The revision and its objects are stored; nobody was told. */
    COMPILE_STORED,
    /** A node has the envelope of a newer revision; its objects are missing. */
    FETCH_ENVELOPE_RECEIVED,
    /** A node has stored one object of a revision. */
    FETCH_OBJECT_STORED,
    /** A node holds all objects; the envelope is not stored. */
    FETCH_OBJECTS_STORED,
    /** The envelope is stored; the new state is not in use. */
    FETCH_ENVELOPE_STORED,
    /** A blob lies under its temporary name. */
    FETCH_BLOB_WRITTEN,
    /** A blob has its final name. */
    FETCH_BLOB_STORED,
    /** A node holds a whole new version; its status does not say so yet. */
    FETCH_VERSION_HELD,
    /** A node is about to look at a version that the revision it loads names. */
    LOAD_VERSION,
    /** The new state of a node is built, not swapped in. */
    SWITCH_STATE_BUILT,
    /** The new state is in use; the acknowledgement is not sent. */
    SWITCH_STATE_SWAPPED,
    /** The engine decided to switch a stage; nothing is recorded. */
    SWITCH_DECIDED,
    /** The pointers of a stage are recorded; no revision is compiled. */
    SWITCH_RECORDED,
    /** A tick of healthy time was recorded. */
    BAKE_TICKED,
    /** A stage was sealed. */
    BAKE_SEALED,
    /** The last stage was sealed and the slots were promoted. */
    ROLLOUT_COMPLETED,
    /** A rollback is decided; nothing is recorded. */
    ROLLBACK_DECIDED,
    /** A rollback is recorded; no revision is compiled. */
    ROLLBACK_RECORDED,
    /** The last region has converged; the rollback is not closed. */
    ROLLBACK_CONVERGED,
    /** An operator's override is on disk; it does not act. */
    OVERRIDE_STORED,
    /** A step of a region on its way is decided; nothing is recorded. */
    REGION_STEP_DECIDED,
    /** A step of a region on its way is recorded; no revision is compiled. */
    REGION_STEP_RECORDED,
    /** A region on its way is pointed at versions; no revision is compiled. */
    REGION_POINTED,
    /** A node's identity is recorded; the node was not answered. */
    REGION_ENROLLED
}

package io.portolan.region;

import io.portolan.model.Digest;

/** Who is told of damage, one call at a time. */
interface DamageListener {
    DamageListener NONE = new DamageListener() {
        @Override
        public void damaged(BlobInspector.Damage damage) {}

        @Override
        public void repaired(Digest digest) {}
    };

    /** A damaged blob was set aside. */
    void damaged(BlobInspector.Damage damage);

    /** A blob that was set aside is there again, as it was published. */
    void repaired(Digest digest);
}

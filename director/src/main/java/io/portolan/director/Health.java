package io.portolan.director;

/**
 * What the probes of one region have shown, with hysteresis. Immutable.
 *
 * @param up     what answers go by; true until probes show otherwise
 * @param streak results in a row that speak against {@code up}
 */
record Health(boolean up, int streak) {
    /** Before the first probe: counts as up, or a restart would take every region away. */
    static final Health UNPROBED = new Health(true, 0);

    /** After one more probe. */
    Health after(boolean success, DirectorSettings.Probes probes) {
        if (success == up) {
            return new Health(up, 0);
        }
        int needed = up ? probes.down() : probes.up();
        return streak + 1 >= needed ? new Health(!up, 0) : new Health(up, streak + 1);
    }
}

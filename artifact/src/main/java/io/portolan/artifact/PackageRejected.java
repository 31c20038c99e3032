package io.portolan.artifact;

import java.util.List;
import java.util.stream.Collectors;

/** A package that breaks rules of the format; nothing of it is kept. */
public final class PackageRejected extends Exception {
    private static final int SHOWN = 5;

    private final transient List<PackageViolation> violations;
    private final int total;

    PackageRejected(List<PackageViolation> violations, int total) {
        super("reading package: " + total + (total == 1 ? " violation: " : " violations: ")
                + violations.stream()
                        .limit(SHOWN)
                        .map(PackageViolation::toString)
                        .collect(Collectors.joining("; "))
                + (total > SHOWN ? "; …" : ""));
        this.violations = List.copyOf(violations);
        this.total = total;
    }

    /** Every violation in the order of the archive, at most {@link Violations#MOST}. */
    public List<PackageViolation> violations() {
        return violations;
    }

    /** How many there are, also of those beyond the list. */
    public int total() {
        return total;
    }

    /** Whether the package is only too big (an HTTP 413), rather than broken. */
    public boolean isOnlyTooBig() {
        return violations.stream().allMatch(violation -> violation.code().isLimit());
    }
}

package io.portolan.placement.workload;

import java.util.List;
import java.util.stream.Collectors;

/** A workload with faults; names all of them. */
public final class WorkloadRejected extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Violation> violations;

    public WorkloadRejected(String name, List<Violation> violations) {
        super("workload " + name + ": "
                + violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
        this.violations = List.copyOf(violations);
    }

    /** Every fault, in the order of the document. */
    public List<Violation> violations() {
        return violations;
    }
}

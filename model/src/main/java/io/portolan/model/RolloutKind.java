package io.portolan.model;

/** Why a rollout moves versions; decides what it may skip. */
public enum RolloutKind {
    SAFE("safe"),
    HOTFIX("hotfix"),
    ROLLBACK("rollback"),
    JOIN("join"),
    BREAK_GLASS("break-glass");

    private final String label;

    RolloutKind(String label) {
        this.label = label;
    }

    /** The word that commands and requests use. */
    public String label() {
        return label;
    }

    /** Reads {@link #label()}. */
    public static RolloutKind of(String label) {
        for (var kind : values()) {
            if (kind.label.equals(label)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("kind: " + label + " (expected: safe, hotfix or break-glass)");
    }
}

package io.portolan.model;

/** Remembered good version of an extension in an environment, a target of rollbacks. */
public enum Slot {
    LKG("lkg"),
    PREVIOUS_LKG("previous-lkg"),
    LAST_HOTFIX("last-hotfix"),
    PREVIOUS_HOTFIX("previous-hotfix");

    private final String label;

    Slot(String label) {
        this.label = label;
    }

    /** The word that commands and requests use. */
    public String label() {
        return label;
    }
}

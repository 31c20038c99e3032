package io.portolan.it;

import java.util.List;

/** What {@link Bundle#VSCODE} shows. Stateless. */
final class VsCode {
    /** An empty document is open, and the language is known. */
    static final String OPENED = "window.opened === true"
            + " && (document.querySelector('.part.statusbar')?.innerText ?? '').includes('JSON')"
            + " && document.querySelector('.monaco-editor textarea') !== null";

    /** Text to be typed into it. */
    static final String MISTAKE = "{ \"pieces\": }";

    /** Its extension has found the mistake: one, or also that of the visit before, whose text it keeps. */
    static final String FOUND =
            "/^[^0-9]*[12][^0-9]+0[^0-9]*$/.test(document.querySelector('#status\\\\.problems')?.innerText)";

    /** What it says on the console itself, wherever it comes from; and a file that its package lacks. */
    static final List<String> OWN_WORDS = List.of(
            "The web worker extension host is started in a same-origin iframe!",
            "An iframe which has both allow-scripts and allow-same-origin",
            "vscode-regexp-languagedetection");

    private VsCode() {}
}

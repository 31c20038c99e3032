package io.portolan.artifact;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Collects the violations of one package. One thread at a time. */
final class Violations {
    /** Most violations that are listed; the others are counted. */
    static final int MOST = 1_000;

    private static final int SHOWN_CHARACTERS = 200;

    private final List<PackageViolation> list = new ArrayList<>();
    private int total;

    void add(ViolationCode code, String entry, String message) {
        add(new PackageViolation(code, printable(entry), message, OptionalLong.empty(), OptionalLong.empty()));
    }

    void addLimit(ViolationCode code, String entry, String message, long limit, long actual) {
        var text = message + ": " + actual + " (expected: at most " + limit + ")";
        add(new PackageViolation(code, printable(entry), text, OptionalLong.of(limit), OptionalLong.of(actual)));
    }

    private void add(PackageViolation violation) {
        total++;
        if (list.size() < MOST) {
            list.add(violation);
        }
    }

    /** Adds those of an archive in the package. */
    void addAll(String archive, Violations nested) {
        for (var each : nested.list) {
            var entry = each.entry().isEmpty() ? printable(archive) : printable(archive + "/") + each.entry();
            add(new PackageViolation(each.code(), entry, each.message(), each.limit(), each.actual()));
        }
        total += nested.total - nested.list.size();
    }

    int total() {
        return total;
    }

    void throwIfAny() throws PackageRejected {
        if (total > 0) {
            throw new PackageRejected(list, total);
        }
    }

    /** Text for logs and terminals: control characters escaped, long names cut. */
    static String printable(String name) {
        var text = new StringBuilder();
        name.codePoints().limit(SHOWN_CHARACTERS).forEach(each -> {
            int type = Character.getType(each);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE) {
                text.append("\\u{").append(Integer.toHexString(each)).append('}');
            } else {
                text.appendCodePoint(each);
            }
        });
        return name.codePointCount(0, name.length()) > SHOWN_CHARACTERS ? text + "…" : text.toString();
    }
}

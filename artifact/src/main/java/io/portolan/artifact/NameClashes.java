package io.portolan.artifact;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds entries that would be one file, or a file and a folder, on some file system. Pure. */
final class NameClashes {
    private NameClashes() {}

    static void check(List<ZipEntryHeader> entries, Violations violations) {
        var byFolded = new HashMap<String, ZipEntryHeader>();
        for (var entry : entries) {
            var first = byFolded.putIfAbsent(EntryName.folded(EntryName.withoutSlash(entry.name())), entry);
            if (first != null) {
                boolean same = first.isFolder() == entry.isFolder();
                violations.add(
                        same ? ViolationCode.DUPLICATE_NAME : ViolationCode.FILE_AND_FOLDER,
                        entry.name(),
                        (same ? "the same name as " : "file and folder: clashes with ")
                                + Violations.printable(first.name()));
            }
        }
        for (var entry : entries) {
            checkAncestors(entry, byFolded, violations);
        }
    }

    private static void checkAncestors(
            ZipEntryHeader entry, Map<String, ZipEntryHeader> byFolded, Violations violations) {
        var path = EntryName.folded(EntryName.withoutSlash(entry.name()));
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            var ancestor = byFolded.get(path.substring(0, slash));
            if (ancestor != null && !ancestor.isFolder()) {
                violations.add(
                        ViolationCode.FILE_AND_FOLDER,
                        entry.name(),
                        "lies below " + Violations.printable(ancestor.name()) + ", which is a file");
                return;
            }
        }
    }
}

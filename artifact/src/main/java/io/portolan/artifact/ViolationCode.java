package io.portolan.artifact;

import java.util.Locale;

/** The rules that a package can break; {@link #text()} is stable and is what crosses the wire. */
public enum ViolationCode {
    /** The file has no end record of a zip archive. */
    NOT_A_ZIP,
    /** Something ends before it should. */
    TRUNCATED,
    /** The central directory is not one, or not where or as long as the end record says. */
    BROKEN_DIRECTORY,
    /** Records of the 64-bit form are missing, malformed, or contradict the others. */
    BROKEN_ZIP64,
    /** The archive is one part of several. */
    MULTIPLE_DISKS,
    /** The archive has a comment. */
    ARCHIVE_COMMENT,
    /** Bytes before, between or after the archive's parts. */
    UNEXPECTED_DATA,
    /** Two entries share bytes of the archive. */
    OVERLAPPING_ENTRIES,
    /** The header before an entry's content is not there or not one. */
    BROKEN_HEADER,
    /** Local header or data descriptor say something else than the central directory. */
    HEADER_MISMATCH,
    /** An extra field is malformed, or gives the entry another name. */
    BROKEN_EXTRA_FIELD,
    /** Neither stored nor deflated. */
    UNSUPPORTED_METHOD,
    /** A flag that changes how the entry has to be read. */
    UNSUPPORTED_FLAG,
    /** The entry is encrypted. */
    ENCRYPTED,
    /** The entry is a symbolic link. */
    LINK,
    /** The entry is a device, pipe or socket. */
    DEVICE,
    /** The name is empty. */
    NAME_EMPTY,
    /** The name is not UTF-8. */
    NAME_NOT_UTF8,
    /** The name is longer than the limit. */
    NAME_TOO_LONG(true),
    /** The name has more segments than the limit. */
    NAME_TOO_DEEP(true),
    /** The name starts with a slash. */
    NAME_ABSOLUTE,
    /** The name starts with a drive letter. */
    NAME_DRIVE_LETTER,
    /** The name contains a backslash. */
    NAME_BACKSLASH,
    /** The name contains NUL. */
    NAME_NUL,
    /** The name contains a control character. */
    NAME_CONTROL_CHARACTER,
    /** The name has a segment {@code ..}. */
    NAME_PARENT_SEGMENT,
    /** The name has a segment {@code .}. */
    NAME_DOT_SEGMENT,
    /** The name has an empty segment. */
    NAME_EMPTY_SEGMENT,
    /** Two names are the same after NFC and case folding. */
    DUPLICATE_NAME,
    /** One name is a file and a folder. */
    FILE_AND_FOLDER,
    /** A folder has content. */
    FOLDER_WITH_CONTENT,
    /** More entries than the limit. */
    TOO_MANY_FILES(true),
    /** A file is longer than the limit. */
    FILE_TOO_LARGE(true),
    /** All files together are longer than the limit. */
    PACKAGE_TOO_LARGE(true),
    /** An entry expands more than the limit. */
    RATIO_TOO_HIGH(true),
    /** The content is longer or shorter than the headers say. */
    SIZE_MISMATCH,
    /** The content's checksum is not the headers'. */
    CRC_MISMATCH,
    /** The deflated content cannot be inflated. */
    BROKEN_CONTENT,
    /** {@code portolan.json} is not what it should be. */
    MANIFEST_INVALID,
    /** {@code portolan.json} is about another extension than the publish. */
    EXTENSION_MISMATCH,
    /** {@code portolan.json} is about another version than the publish. */
    VERSION_MISMATCH,
    /** The version is a reserved word. */
    VERSION_RESERVED,
    /** The page, or the manifest's entry, is not in the package. */
    ENTRY_MISSING,
    /** The manifest's entry is neither a page nor a module. */
    ENTRY_NOT_A_PAGE,
    /** The page is not UTF-8. */
    PAGE_NOT_UTF8,
    /** The page declares another encoding than UTF-8. */
    PAGE_OTHER_ENCODING,
    /** The page is longer than the limit. */
    PAGE_TOO_LARGE(true),
    /** There is no default configuration, and the manifest does not do without. */
    CONFIG_MISSING,
    /** A configuration file is not a JSON object, or is ambiguous. */
    CONFIG_INVALID,
    /** A controller is not declared as it has to be. */
    CONTROLLER_INVALID,
    /** A file that a controller starts from is not in the package. */
    CONTROLLER_FILES_MISSING,
    /** A controller refers to a key that no configuration of the package has. */
    CONTROLLER_CONFIG_UNKNOWN,
    /** A variable of a controller holds what is a secret, by its name or its form. */
    SECRET_IN_PACKAGE,
    /** A JSON file is longer than the limit. */
    JSON_TOO_LARGE(true);

    private final boolean limit;
    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    ViolationCode() {
        this(false);
    }

    ViolationCode(boolean limit) {
        this.limit = limit;
    }

    /** Stable lower-case word, such as {@code duplicate-name}. */
    public String text() {
        return text;
    }

    /** Whether the rule is a limit of {@link PackageLimits}. */
    public boolean isLimit() {
        return limit;
    }

    @Override
    public String toString() {
        return text;
    }
}

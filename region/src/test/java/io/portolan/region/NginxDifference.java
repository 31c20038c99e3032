package io.portolan.region;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/** Where a node answers otherwise than nginx, on purpose, each with its ground in RFC 9110. */
enum NginxDifference {
    /** Section 14.2: ranges are for the server to offer. A CDN that holds half of a compressed file may go on. */
    RANGES_OF_VARIANTS(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return theirs.is("status", "200")
                    && !theirs.field("content-encoding").isEmpty()
                    && asked.method().equals("GET")
                    && (ours.is("status", "206") || ours.is("status", "416"));
        }
    },
    /** Section 14.3: who offers ranges says so, also of a variant, also in an answer with a part. */
    OFFER_OF_RANGES(Set.of("accept-ranges")) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return ours.is("accept-ranges", "bytes")
                    && (!theirs.field("content-encoding").isEmpty() || theirs.is("status", "206"));
        }
    },
    /** Section 12.5.5: {@code Vary} names what the choice depends on; the rule of all assets, also of those without variants. */
    VARY_OF_ALL(Set.of("vary")) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return ours.is("vary", "Accept-Encoding") && theirs.is("vary", "");
        }
    },
    /** Section 12.5.3: the acceptable coding with the highest weight is preferred. nginx looks at zero and not zero only. */
    WEIGHTS(Fields.CODED) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return (asked.coding().equals("gzip;q=1.0, br;q=0.5")
                            && ours.is("content-encoding", theirs.is("content-encoding", "br") ? "gzip" : ""))
                    || (asked.coding().equals("gzip;q=0.5, identity") && ours.is("content-encoding", ""));
        }
    },
    /** Section 12.5.3: {@code *} stands for every coding that is not named. nginx knows no {@code *}. */
    ANY_CODING(Fields.CODED) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.coding().startsWith("*") && theirs.is("content-encoding", "") && ours.is("status", "200");
        }
    },
    /** Section 8.4.1.3: {@code x-gzip} is the same as {@code gzip}. */
    OLD_NAME_OF_GZIP(Fields.CODED) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.coding().equals("x-gzip") && ours.is("content-encoding", "gzip");
        }
    },
    /** Section 13.1.4: what has no modification date ignores {@code If-Unmodified-Since}. nginx has the date of its file. */
    UNMODIFIED_SINCE(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return !asked.condition("If-Unmodified-Since").isEmpty()
                    && theirs.is("status", "412")
                    && ours.is("status", "200");
        }
    },
    /** Section 13.1.3: {@code If-Modified-Since} is ignored beside {@code If-None-Match}. nginx wants both to hold. */
    MODIFIED_SINCE_BESIDE_A_TAG(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return !asked.condition("If-Modified-Since").isEmpty()
                    && !asked.condition("If-None-Match").isEmpty()
                    && theirs.is("status", "200")
                    && ours.is("status", "304");
        }
    },
    /** Section 14.2: {@code Range} is defined for GET alone, any other method ignores it. */
    RANGE_OF_A_HEAD(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.method().equals("HEAD")
                    && !asked.condition("Range").isEmpty()
                    && (theirs.is("status", "206") || theirs.is("status", "416"))
                    && ours.is("status", "200");
        }
    },
    /** Section 14.2: an invalid {@code Range} may be ignored; as a whole, so that nobody gets half of what was meant. */
    INVALID_RANGE(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return ours.is("status", "200")
                    && ByteRange.of(asked.condition("Range"), Long.MAX_VALUE / 4) instanceof ByteRange.Whole;
        }
    },
    /** Section 14.2: ranges may be ignored, and of nothing there is no part; nginx says so only to those that begin at 0. */
    RANGE_OF_NOTHING(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.path().equals("empty.js")
                    && !asked.condition("Range").isEmpty()
                    && theirs.is("status", "416")
                    && ours.is("status", "200");
        }
    },
    /** Section 14.1.2: a last position beyond the end means the end, however long the number is. */
    LONG_NUMBER(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.condition("Range").matches("bytes=0-\\d{20,}")
                    && theirs.is("status", "416")
                    && ours.is("status", "206");
        }
    },
    /** Section 15.3.7.2: parts that overlap or touch may be joined; one that is left is no multipart. */
    JOINED_RANGES(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.condition("Range").contains(",")
                    && ours.is("status", "206")
                    && (theirs.isMultipart() || theirs.is("status", "200"));
        }
    },
    /** Section 9.3.7: OPTIONS asks what may be asked. nginx refuses it for files. */
    OPTIONS(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.method().equals("OPTIONS") && theirs.is("status", "405") && ours.is("status", "204");
        }
    },
    /**
     * Section 4.2.3 with RFC 3986, section 2.2: an escaped slash is not the slash that it stands for, and empty segments count.
     * Dots are resolved by clients. A node looks names up, it knows no folders.
     */
    OTHER_PATHS(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return (asked.path().contains("%2F")
                            || asked.path().contains("//")
                            || asked.path().contains("./"))
                    && theirs.is("status", "200")
                    && ours.is("status", "404");
        }
    },
    /** Section 15.5.5: a name with a NUL is one that does not exist. nginx calls the request malformed. */
    NUL(Fields.ALL) {
        @Override
        boolean shows(Asked asked, Answered ours, Answered theirs) {
            return asked.path().contains("%00") && theirs.is("status", "400") && ours.is("status", "404");
        }
    };

    /** What a difference may touch. */
    private static final class Fields {
        static final Set<String> CODED = Set.of("content-encoding", "content-length", "body", "accept-ranges", "vary");
        static final Set<String> ALL = Set.of(
                "status",
                "etag",
                "content-type",
                "content-encoding",
                "content-range",
                "content-length",
                "accept-ranges",
                "vary",
                "body");
    }

    private final Set<String> touched;

    NginxDifference(Set<String> touched) {
        this.touched = touched;
    }

    abstract boolean shows(Asked asked, Answered ours, Answered theirs);

    /** Those that together explain every field that is not the same; empty when they do not. */
    static Set<NginxDifference> of(Asked asked, Answered ours, Answered theirs) {
        var unexplained = new TreeSet<>(ours.differsIn(theirs));
        var reasons = EnumSet.noneOf(NginxDifference.class);
        for (var difference : values()) {
            if (unexplained.stream().anyMatch(difference.touched::contains) && difference.shows(asked, ours, theirs)) {
                reasons.add(difference);
                unexplained.removeAll(difference.touched);
            }
        }
        return unexplained.isEmpty() ? reasons : Set.of();
    }
}

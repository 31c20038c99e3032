package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions in the order of RFC 9110, section 13.2.2. The tag of what would be answered is {@code "a,b"}. */
class PreconditionsTest {
    private static final String TAG = "\"a,b\"";

    private static Request request(String method, Map<String, String> headers) {
        return new Request(method, "localhost", "/", "", true, headers);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "'' | '' | PROCEED",
                "'\"a,b\"' | '' | PROCEED",
                "'\"x\", \"a,b\"' | '' | PROCEED",
                "'*' | '' | PROCEED",
                "'\"x\"' | '' | FAILED",
                "'W/\"a,b\"' | '' | FAILED",
                "'a,b' | '' | FAILED",
                "'\"a' | '' | FAILED",
                "'' | '\"a,b\"' | NOT_MODIFIED",
                "'' | 'W/\"a,b\"' | NOT_MODIFIED",
                "'' | '\"x\" ,, W/\"y\",\"a,b\"' | NOT_MODIFIED",
                "'' | '*' | NOT_MODIFIED",
                "'' | '\"x\"' | PROCEED",
                "'' | '\"A,B\"' | PROCEED",
                "'' | 'w/\"a,b\"' | PROCEED",
                "'' | '\"b\"' | PROCEED",
                "'' | 'a,b' | PROCEED",
                "'' | '\"x\" junk \"a,b\"' | PROCEED",
                "'\"x\"' | '\"a,b\"' | FAILED",
                "'\"a,b\"' | '\"a,b\"' | NOT_MODIFIED"
            })
    void judgesTags(String ifMatch, String ifNoneMatch, Preconditions.Verdict verdict) {
        var headers = new HashMap<String, String>();
        if (!ifMatch.isEmpty()) {
            headers.put("if-match", ifMatch);
        }
        if (!ifNoneMatch.isEmpty()) {
            headers.put("if-none-match", ifNoneMatch);
        }

        assertThat(Preconditions.of(request("GET", headers), TAG)).isEqualTo(verdict);
        assertThat(Preconditions.of(request("HEAD", headers), TAG)).isEqualTo(verdict);
    }

    @Test
    void ignoresDatesSinceNothingHasOne() {
        var dates = Map.of(
                "if-modified-since", "Fri, 31 Dec 9999 23:59:59 GMT",
                "if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT");

        assertThat(Preconditions.of(request("GET", dates), TAG)).isEqualTo(Preconditions.Verdict.PROCEED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "GET | '' | true",
                "GET | '\"a,b\"' | true",
                "GET | '\"x\"' | false",
                "GET | 'W/\"a,b\"' | false",
                "GET | 'Fri, 31 Dec 9999 23:59:59 GMT' | false",
                "HEAD | '' | false"
            })
    void heedsARangeOfAGetWhileIfRangeHolds(String method, String ifRange, boolean heeded) {
        var headers = new HashMap<>(Map.of("range", "bytes=0-1"));
        if (!ifRange.isEmpty()) {
            headers.put("if-range", ifRange);
        }

        assertThat(Preconditions.range(request(method, headers), TAG)).isEqualTo(heeded ? "bytes=0-1" : "");
    }
}

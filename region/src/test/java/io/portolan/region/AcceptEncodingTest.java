package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The choice by {@code Accept-Encoding}, RFC 9110, section 12.5.3. */
class AcceptEncodingTest {
    private record Coded(String coding, long sizeBytes) implements AcceptEncoding.Coded {}

    private static final Coded IDENTITY = new Coded("identity", 1000);
    private static final Coded BROTLI = new Coded("br", 300);
    private static final Coded GZIP = new Coded("gzip", 350);

    private static String choice(String header) {
        return AcceptEncoding.parse(header)
                .choose(IDENTITY, List.of(BROTLI, GZIP))
                .coding();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | identity",
                "identity | identity",
                "gzip | gzip",
                "GZip | gzip",
                "x-gzip | gzip",
                "br | br",
                "gzip, deflate, br, zstd | br",
                "gzip, br;q=1.0 | br",
                "gzip;q=1.0, br;q=0.5 | gzip",
                "gzip;q=0.001, br;q=0.002 | br",
                "gzip;q=0.5, identity;q=0.6 | identity",
                "gzip;q=0.5, identity;q=0.5 | gzip",
                "gzip;q=0.001 | gzip",
                "gzip;q=0 | identity",
                "gzip;q=0.000, br;Q=0 | identity",
                "gzip ; q=0.8 , br\t;\tq=0.4 | gzip",
                "* | br",
                "*;q=0.1 | br",
                "br;q=0, * | gzip",
                "gzip, *;q=0 | gzip",
                "br;q=0.3, *;q=0.9 | gzip",
                "identity;q=0.5, *;q=0.4 | identity",
                // Nothing that is there is accepted: the uncoded bytes all the same.
                "identity;q=0 | identity",
                "*;q=0 | identity",
                "compress, zstd | identity",
                "identity;q=0, gzip;q=0.1 | gzip",
                // What is no weight is no consent.
                "gzip;q=2 | identity",
                "gzip;q=1.001 | identity",
                "gzip;q=0.1234 | identity",
                "gzip;q= | identity",
                "gzip;level=9 | identity",
                "gzip;q=.5 | identity",
                ";q=1 | identity",
                "',, ,gzip,' | gzip",
                "gzip, gzip;q=0 | gzip",
                "gzipped | identity",
                "notbr, brx | identity"
            })
    void choosesByWeightThenBySize(String header, String coding) {
        assertThat(choice(header)).isEqualTo(coding);
    }

    @Test
    void prefersTheSmallerAtEqualWeightAndTheFirstAtEqualSize() {
        var accepted = AcceptEncoding.parse("gzip, br");

        assertThat(accepted.choose(IDENTITY, List.of(new Coded("br", 400), GZIP)))
                .isEqualTo(GZIP);
        assertThat(accepted.choose(IDENTITY, List.of(new Coded("br", 350), GZIP))
                        .coding())
                .isEqualTo("br");
    }
}

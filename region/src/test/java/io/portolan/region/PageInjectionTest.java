package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.document.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class PageInjectionTest {
    private static final long SEED = Long.getLong("portolan.seed", 20_261_123L);
    private static final PageKey KEY = new PageKey(
            "Contoso_Orders",
            "orders",
            "1.0",
            Digest.of(new byte[0]),
            "portal.example",
            "stage4",
            "westus",
            "",
            "frame-ancestors 'self'",
            Delivery.Worker.ON,
            Delivery.FirstVisit.GO,
            Delivery.Telemetry.ON);

    private static ObjectNode configuration() {
        return JsonNodeFactory.instance.objectNode().put("text", "</script><!-- é 中");
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** In the table {@code ^} marks the place. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<head>^<title>x</title></head>",
                "<!DOCTYPE html>\n<html lang=\"en\">\n<HEAD>^\n",
                "<head lang='a>b' data-x=\"c>d\">^<meta>",
                "<head data-a=b'c>^<p title='>'>",
                "<head data-a = \"x>y\" >^",
                "<head/>^",
                "<head\n\tid=x\n>^x",
                "<!-- <head> --><html><head>^",
                "<!--><head>^-->",
                "<!---><head>^-->",
                "<!-- a --!><head>^",
                "<!-- a -- b > <head> --><head>^<!-- c -->",
                "<?xml version='1.0'?><!doctype html><head>^",
                "\u00ef\u00bb\u00bf<!doctype html><head>^",
                "<html data-a=\"<head>\"><head>^"
            })
    void findsTheHead(String marked) {
        int place = marked.indexOf('^');
        var page = marked.substring(0, place) + marked.substring(place + 1);

        assertThat(HtmlHead.find(page)).isEqualTo(new HtmlHead.Place(place, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^",
                "^hello <head>",
                "^<header><head>",
                "<!doctype html>^<title>x</title><script>'<head>'</script>",
                "<html>^<body><head></head>",
                "<html>^\n<body>",
                "<!-- x -->^<script>var s = '<head>';</script><head>",
                "\u00ef\u00bb\u00bf^<body>",
                "^<!-- never closed <head>",
                "^<head never closed",
                "<!doctype html>^</p><head>",
                "<html>^<heading><head>"
            })
    void startsAHeadWhereABrowserWould(String marked) {
        int place = marked.indexOf('^');
        var page = marked.substring(0, place) + marked.substring(place + 1);

        assertThat(HtmlHead.find(page)).isEqualTo(new HtmlHead.Place(place, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<head><base href='/x/'>",
                "<head><meta><BASE target=_top HREF=x></head>",
                "<head><base\nhref></head>",
                "<head><script>'<base>'</script><base href=\"a>b\"/>"
            })
    void keepsABaseOfThePageItself(String page) {
        assertThat(HtmlHead.hasBase(page)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<head><base target=_blank></head>",
                "<head><!-- <base href='/x/'> --></head>",
                "<script>document.write('<base href=x>')</script>",
                "<style>/* <base href=x> */</style>",
                "<template><base href=x></template>",
                "<title><base href=x></title>",
                "<basefont href=x>",
                "<p title=\"<base href=x>\">",
                "<base data-href=x>",
                "<base title='href=x'>",
                "a < b <base"
            })
    void isNotFooledByWhatIsNoBase(String page) {
        assertThat(HtmlHead.hasBase(page)).isFalse();
    }

    @Test
    void injectsBaseConfigurationAndBootScript() {
        var page = PageInjection.inject(
                "<html><head><title>é</title>".getBytes(StandardCharsets.UTF_8), KEY, configuration());
        var text = new String(page, StandardCharsets.UTF_8);

        assertThat(text)
                .startsWith("<html><head><base href=\"/orders/Content/1.0/\">"
                        + "<script type=\"application/json\" id=\"portolan-config\">"
                        + "{\"text\":\"\\u003c/script>\\u003c!-- é 中\","
                        + "\"controllerEndpoint\":\"/orders/@1.0/api\"}</script><script data-extension=")
                .endsWith("</script><title>é</title>")
                .contains("\"use strict\"");
    }

    @Test
    void leavesThePagesOwnBase() {
        var page =
                PageInjection.inject("<head><base href='/x/'>".getBytes(StandardCharsets.UTF_8), KEY, configuration());

        assertThat(latin(page)).startsWith("<head><script type=").endsWith("</script><base href='/x/'>");
    }

    /** A boot script that contained one of these would end itself. */
    @Test
    void bootScriptCannotEndItself() {
        var text = latin(PageInjection.injected(KEY, configuration(), true, false));

        assertThat(text.toLowerCase(java.util.Locale.ROOT).split("</script", -1))
                .hasSize(3);
        assertThat(text).doesNotContain("<!--");
    }

    @Test
    void changesNothingElseOfAnyPage() {
        var random = new Random(SEED);
        var parts = List.of(
                "<head>",
                "<HEAD a='>'>",
                "<html>",
                "<!-- ",
                "-->",
                "<!doctype html>",
                "<header>",
                "<base href=x>",
                "<script>",
                "</script>",
                "<",
                ">",
                "'",
                "\"",
                "=",
                " ",
                "\n",
                "é",
                "\0",
                "</head>",
                "<body>",
                "x",
                "<?",
                "\u00ef\u00bb\u00bf");
        for (int i = 0; i < 20_000; i++) {
            var page = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) {
                page.append(parts.get(random.nextInt(parts.size())));
            }
            var input = page.toString()
                    .getBytes(random.nextBoolean() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
            var place = HtmlHead.find(latin(input));
            var base = !HtmlHead.hasBase(latin(input));
            var added = PageInjection.injected(KEY, configuration(), base, !place.present());

            var result = PageInjection.inject(input, KEY, configuration());

            var as = "seed " + SEED + " page " + page;
            assertThat(result).as(as).hasSize(input.length + added.length);
            assertThat(Arrays.copyOfRange(result, place.offset(), place.offset() + added.length))
                    .as(as)
                    .isEqualTo(added);
            var rest =
                    latin(result).substring(0, place.offset()) + latin(result).substring(place.offset() + added.length);
            assertThat(rest).as(as).isEqualTo(latin(input));
        }
    }
}

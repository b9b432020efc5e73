package io.posthorn.cpm.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpimTest {

    private static final String GOOD =
            """
            From: Alice <sip:alice@example.com>
            To: <sip:bob@example.net>
            NS: imdn <urn:ietf:params:imdn>
            imdn.Message-ID: Msg34jk324j
            DateTime: 2026-03-01T10:15:29.900Z
            Subject:;lang=de Gr\\u00fc\\u00dfe

            Content-Type: text/plain; charset=utf-8
            Content-Disposition: attachment; filename="a.txt"

            """
                    .replace("\n", "\r\n");

    @Test
    void readsWhatOthersWrite() {
        var body = (GOOD + "the content").getBytes(StandardCharsets.UTF_8);
        var head = (Cpim.Read.Head) Cpim.read(body, true);

        assertThat(head.length()).isEqualTo(GOOD.length());
        assertThat(head.cpim().from()).isEqualTo("sip:alice@example.com");
        assertThat(head.cpim().to()).containsExactly("sip:bob@example.net");
        assertThat(head.cpim().messageId()).contains(new MessageId("Msg34jk324j"));
        assertThat(head.cpim().header(Cpim.CORE, "Subject")).contains("Grüße");
        assertThat(head.cpim().contentType()).isEqualTo("text/plain");
    }

    @Test
    void asksForMoreAtEveryCut() {
        var body = GOOD.getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut < body.length; cut++) {
            var part = java.util.Arrays.copyOf(body, cut);
            assertThat(Cpim.read(part, false)).as("cut at " + cut).isEqualTo(new Cpim.Read.More());
            assertThat(Cpim.read(part, true)).isInstanceOf(Cpim.Read.Malformed.class);
        }
    }

    @Test
    void readsWhatItWrites() {
        var cpim =
                new Cpim(
                        List.of(
                                new Cpim.Header(Cpim.CORE, "From", "<sip:a@example.com>"),
                                new Cpim.Header(Cpim.CORE, "To", "<sip:b@example.com>"),
                                new Cpim.Header(Cpim.IMDN, "Message-ID", "m1"),
                                new Cpim.Header(Cpim.CORE, "Subject", "a\\b\r\nc\u0001ü")),
                        List.of(new Cpim.Mime("Content-Type", "image/png")));

        var read = (Cpim.Read.Head) Cpim.read(cpim.bytes(), true);

        assertThat(read.length()).isEqualTo(cpim.bytes().length);
        assertThat(read.cpim().header(Cpim.CORE, "Subject")).contains("a\\b\r\nc\u0001ü");
        assertThat(read.cpim().messageId()).contains(new MessageId("m1"));
        assertThat(read.cpim().content()).isEqualTo(cpim.content());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // CPIM-001: both blocks run together
                "From: <sip:a@x>\nTo: <sip:b@x>\nContent-Type: text/plain\n\nhello\n\n",
                // CPIM-002
                "To: <sip:b@x>\n\nContent-Type: text/plain\n\n",
                "From: <sip:a@x>\n\nContent-Type: text/plain\n\n",
                // CPIM-004: a bare carriage return
                "From: <sip:a@x>\rX\nTo: <sip:b@x>\n\nContent-Type: text/plain\n\n",
                "From: <sip:a@x>\nTo: <sip:b@x>\nSubject: \\x\n\nContent-Type: text/plain\n\n",
                // CPIM-006
                "From: <sip:a@x>\nTo: <sip:b@x>\nRequire: Nonsense\n\nContent-Type: a/b\n\n",
                // CPIM-009
                "From: <sip:a@x>\nFrom: <sip:c@x>\nTo: <sip:b@x>\n\nContent-Type: a/b\n\n",
                "From: <sip:a@x>\nTo: <sip:b@x>\nimdn.Message-ID: 1\nimdn.Message-ID: 2\n\nA: b\n\n",
                // CPIM-017
                "From: <sip:a@x>\nTo: <sip:b@x>\nimdn.Disposition-Notification: display\n\nA: b\n\n",
                // CPIM-018
                "From: <sip:a@x>\nTo: <sip:b@x>\nimdn.Message-ID: a b\n\nA: b\n\n",
            })
    void refusesWhatMustBeRefused(String text) {
        var body = text.replace("\n", "\r\n").replace("\rX\r", "\rX\r");
        assertThat(Cpim.read(body.getBytes(StandardCharsets.UTF_8), true))
                .isInstanceOf(Cpim.Read.Malformed.class);
    }

    @Test
    void takesMuchButNotEverything() {
        // CPIM-008
        var many = "From: <sip:a@x>\r\nTo: <sip:b@x>\r\n" + "X-A: 1\r\n".repeat(63);
        assertThat(Cpim.read(many.getBytes(StandardCharsets.UTF_8), false))
                .isInstanceOf(Cpim.Read.Malformed.class);
        var wide = "From: <sip:a@x>\r\nSubject: " + "x".repeat(3_000);
        assertThat(Cpim.read(wide.getBytes(StandardCharsets.UTF_8), false))
                .isInstanceOf(Cpim.Read.Malformed.class);
    }

    @Test
    void resolvesPrefixesBeforeItCompares() {
        // CPIM-005
        var text =
                "From: <sip:a@x>\r\nTo: <sip:b@x>\r\nNS: z <urn:ietf:params:imdn>\r\n"
                        + "z.Message-ID: m1\r\nother.Message-ID: m2\r\n\r\nContent-Type: a/b\r\n\r\n";
        var head = (Cpim.Read.Head) Cpim.read(text.getBytes(StandardCharsets.UTF_8), true);
        assertThat(head.cpim().messageId()).contains(new MessageId("m1"));
    }

    /** Nothing after the last comma is no name; nothing before or between commas is one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "NS",
                "NS,To",
                "NS ,To",
                "NS\t , \tTo",
                "NS,",
                "NS , ,",
                "NS, imdn.a,cpm.b ,From",
                ",",
                ", ,"
            })
    void takesWhatItMustUnderstandApartAtCommas(String names) {
        assertThat(requiring(names)).isInstanceOf(Cpim.Read.Head.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",NS", "NS,,To", "NS, ,To", "NS To", "NS, x  x", "NS,\u00a0To"})
    void refusesARequireWithWhatItDoesNotUnderstand(String names) {
        assertThat(requiring(names)).isInstanceOf(Cpim.Read.Malformed.class);
    }

    private static Cpim.Read requiring(String names) {
        var head =
                "From: <sip:a@x>\nTo: <sip:b@x>\nNS: cpm <%s>\nRequire: %s\n\nA: b\n\n"
                        .formatted(Cpim.CPM, names)
                        .replace("\n", "\r\n");
        return Cpim.read(head.getBytes(StandardCharsets.UTF_8), true);
    }
}

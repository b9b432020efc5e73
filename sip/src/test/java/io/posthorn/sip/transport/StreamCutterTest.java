package io.posthorn.sip.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamCutterTest {

    private static final String HEAD =
            "MESSAGE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n";
    private static final String ONE = HEAD + "Content-Length: 5\r\n\r\nab\r\n\r";
    private static final String TWO = "SIP/2.0 200 OK\r\nl:\r\n 0\r\nX: y\r\n\r\n";
    private static final String THREE = HEAD + "L : 4\r\n\r\n\r\n\r\n";
    private static final String STREAM = ONE + "\r\n\r\n" + TWO + "\r\n" + THREE;
    private static final List<String> CUTS = List.of(ONE, "ping", TWO, THREE);

    private final StreamCutter cutter = new StreamCutter();
    private final List<String> cuts = new ArrayList<>();

    /** True as long as the stream may go on. */
    private boolean feed(String bytes) {
        cutter.feed(Unpooled.copiedBuffer(bytes, ISO_8859_1));
        while (true) {
            switch (cutter.next()) {
                case Cut.Whole(var message) -> cuts.add(new String(message, ISO_8859_1));
                case Cut.Ping _ -> cuts.add("ping");
                case Cut.Refused(var why, _) -> {
                    cuts.add(why.status() + " " + why.getMessage());
                    return false;
                }
                case Cut.Stun _ -> throw new AssertionError("STUN comes in datagrams");
                case Cut.Garbage(var rule) -> {
                    cuts.add("garbage: " + rule);
                    return false;
                }
                case Cut.More _ -> {
                    return true;
                }
            }
        }
    }

    @Test
    void cutsTheSameAtEverySplit() {
        for (int at = 0; at <= STREAM.length(); at++) {
            var split = new StreamCutterTest();
            split.feed(STREAM.substring(0, at));
            split.feed(STREAM.substring(at));
            assertThat(split.cuts).as("split at " + at).isEqualTo(CUTS);
            assertThat(split.cutter.inside()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 11, 64})
    void cutsTheSameInPiecesOf(int size) {
        for (int at = 0; at < STREAM.length(); at += size)
            feed(STREAM.substring(at, Math.min(STREAM.length(), at + size)));
        assertThat(cuts).isEqualTo(CUTS);
    }

    @Test
    void cutsAThousandMessagesOfOneSegment() {
        feed(ONE.repeat(1_000));
        assertThat(cuts).hasSize(1_000).containsOnly(ONE);
    }

    @Test
    void tlsIsToldWhereItIsSpoken() {
        assertThat(feed("\026\003\001\002")).isFalse();
        assertThat(cuts)
                .containsExactly(
                        "garbage: TLS on a port without TLS"
                                + " (tls.core and tls.participating name those with it)");
    }

    @Test
    void oneCrlfIsAPongAndNotAnswered() {
        feed("\r\n");
        feed(TWO);
        feed("\r\n");
        assertThat(cuts).containsExactly(TWO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "MSRP a786hjs2 SEND\r\n",
                "\u0016\u0003\u0001",
                "\u0000",
                "{\"a\":1}",
                "\n",
                "\rx",
                "hello\n"
            })
    void closesOnWhatIsNotSip(String bytes) {
        assertThat(feed(bytes)).isFalse();
        assertThat(cuts).hasSize(1).allMatch(c -> c.startsWith("garbage"));
    }

    @ParameterizedTest
    @CsvSource({
        "400, X: y",
        "400, Content-Length: -1",
        "400, Content-Length: abc",
        "400, Content-Length:",
        "400, Content-Length: 3 4",
        "400, l: 1{CR}{LF}Content-Length: 2",
        "400, l: 0{CR}{LF}X: a{CR}b",
        "400, l: 0{CR}{LF}X: a{LF}b",
        "400, l: 0{CR}{LF}X: a{NUL}b",
        "413, Content-Length: 65537",
        "413, Content-Length: 2000000000",
    })
    void refusesWhatCannotBeFramed(int status, String field) {
        var bytes = field.replace("{CR}", "\r").replace("{LF}", "\n").replace("{NUL}", "\0");
        assertThat(feed(HEAD + bytes + "\r\n\r\n")).isFalse();
        assertThat(cuts).hasSize(1).allMatch(c -> c.startsWith(status + " "));
    }

    @Test
    void refusesAHeadWithoutAnEnd() {
        feed(HEAD);
        for (int i = 0; i < 400 && cuts.isEmpty(); i++) feed("X: " + "y".repeat(60) + "\r\n");
        assertThat(cuts).hasSize(1).allMatch(c -> c.startsWith("513 "));
    }

    @Test
    void refusesManyFieldsAndLongLines() {
        feed(HEAD + "X: y\r\n".repeat(130) + "l: 0\r\n\r\n");
        assertThat(cuts).hasSize(1).allMatch(c -> c.startsWith("513 "));
        var other = new StreamCutterTest();
        other.feed(HEAD + "X: " + "y".repeat(8_300) + "\r\nl: 0\r\n\r\n");
        assertThat(other.cuts).hasSize(1).allMatch(c -> c.startsWith("513 "));
    }

    @Test
    void refusesAStartLineWithoutAnEnd() {
        feed("INVITE sip:");
        for (int i = 0; i < 200 && cuts.isEmpty(); i++) feed("x".repeat(60));
        assertThat(cuts).containsExactly("garbage: start line too long");
    }
}

package io.posthorn.sip.transaction;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What peers may send that they should not, on sockets without a SIP stack. */
class BadInputTest {

    private final Simulation s = new Simulation(11);
    private final Peer bob = new Peer(s, "bob").answering(200);
    private final World mallory = s.node("mallory");
    private final StringBuilder got = new StringBuilder();
    private boolean closed;
    private @Nullable Link link;

    @AfterEach
    void nothingIsLeft() {
        s.pass(Duration.ofHours(2));
        assertThat(bob.sip.open()).isZero();
        assertThat(bob.sip.connections()).isZero();
        assertThat(s.unreleased()).isZero();
        s.close();
    }

    private void connect() {
        mallory.loops()
                .getFirst()
                .execute(() ->
                        mallory.net()
                                .connect(
                                        mallory.loops().getFirst(),
                                        new Target(bob.tcp, Net.Kind.TCP, "bob"),
                                        this::opened,
                                        why -> {
                                            throw new IllegalStateException(why);
                                        }));
        s.pass(Duration.ofMillis(100));
    }

    private Link.Reader opened(Link opened) {
        link = opened;
        return new Link.Reader() {
            @Override
            public void bytes(ByteBuf bytes) {
                got.append(bytes.toString(ISO_8859_1));
                bytes.release();
            }

            @Override
            public void writableAgain() {}

            @Override
            public void closed(@Nullable Exception why) {
                closed = true;
            }
        };
    }

    private void write(String bytes) {
        var to = Objects.requireNonNull(link);
        to.loop()
                .execute(() -> {
                    to.write(Unpooled.copiedBuffer(bytes, ISO_8859_1));
                    to.flush();
                });
        s.pass(Duration.ofMillis(30));
    }

    /** Sends one datagram and returns the answers to it. */
    private List<String> datagram(String bytes) {
        var answers = new ArrayList<String>();
        var loop = mallory.loops().getFirst();
        var from = new InetSocketAddress(s.address("mallory"), 0);
        var socket =
                mallory.net()
                        .datagrams(loop, from, (_, b) -> answers.add(new String(b, ISO_8859_1)));
        socket.send(bob.udp, bytes.getBytes(ISO_8859_1));
        s.pass(Duration.ofMillis(100));
        socket.close();
        return answers;
    }

    private static String message(String transport, int n) {
        return """
        MESSAGE sip:bob@example.net SIP/2.0\r
        Via: SIP/2.0/%s 203.0.113.9:5060;branch=z9hG4bKbad%d;rport\r
        From: <sip:mallory@example.org>;tag=m\r
        To: <sip:bob@example.net>\r
        Call-ID: bad%d\r
        CSeq: 1 MESSAGE\r
        Max-Forwards: 70\r
        Content-Length: 0\r
        \r
        """
                .formatted(transport, n, n);
    }

    private static String edited(String transport, UnaryOperator<String> edit) {
        return edit.apply(message(transport, 1));
    }

    @Test
    void eachByteInItsOwnSegment() {
        connect();
        for (char c : message("TCP", 1).toCharArray()) write(String.valueOf(c));
        assertThat(got).startsWith("SIP/2.0 200 ");
        assertThat(bob.requests).hasSize(1);
    }

    @Test
    void aThousandRequestsInOneSegment() {
        connect();
        bob.answers =
                t ->
                        t.loop()
                                .after(
                                        Duration.ofMillis(50),
                                        () -> t.respond(SipResponse.to(t.request(), 200)));
        var all = new StringBuilder();
        for (int i = 0; i < 1_000; i++) all.append(message("TCP", i));
        write(all.toString());
        s.pass(Duration.ofSeconds(2));
        assertThat(bob.requests).hasSize(1_000);
        assertThat(got.toString().split("SIP/2.0 200 ", -1)).hasSize(1_001);
        assertThat(closed).isFalse();
    }

    @Test
    void unansweredRequestsStopTheReading() {
        connect();
        bob.answers = _ -> {};
        var all = new StringBuilder();
        for (int i = 0; i < 1_000; i++) all.append(message("TCP", i));
        write(all.toString());
        assertThat(bob.requests).hasSize(512);
        s.pass(Duration.ofSeconds(5)); // RFC 4320: by now each got its 100
        assertThat(bob.requests).hasSize(1_000);
    }

    @Test
    void aMissingContentLengthIs400AndClose() {
        connect();
        write(edited("TCP", m -> m.replace("Content-Length: 0\r\n", "")) + message("TCP", 2));
        assertThat(got).startsWith("SIP/2.0 400 ");
        assertThat(closed).isTrue();
        assertThat(bob.requests).isEmpty();
    }

    @Test
    void aBodyAboveTheLimitIs413AndClose() {
        connect();
        write(edited("TCP", m -> m.replace("Length: 0", "Length: 65537")));
        assertThat(got).startsWith("SIP/2.0 413 ").contains("Warning: 399 ");
        assertThat(closed).isTrue();
    }

    @Test
    void aHeadAboveTheLimitIs513AndClose() {
        connect();
        var filler = ("X: " + "y".repeat(200) + "\r\n").repeat(90);
        write(edited("TCP", m -> m.replace("Max-Forwards", filler + "Max-Forwards")));
        assertThat(got).startsWith("SIP/2.0 513 ");
        assertThat(closed).isTrue();
    }

    @Test
    void aMessageThatIsFramedButWrongKeepsTheConnection() {
        connect();
        write(edited("TCP", m -> m.replace("CSeq: 1 MESSAGE", "CSeq: 1 OPTIONS")));
        assertThat(got).startsWith("SIP/2.0 400 ");
        write(message("TCP", 2));
        assertThat(got).contains("SIP/2.0 200 ");
        assertThat(closed).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET / HTTP/1.1\r\n\r\n", "MSRP a SEND\r\n", "\u0016\u0003\u0001\u0002"})
    void garbageIsClosedWithoutAnAnswer(String bytes) {
        connect();
        write(bytes);
        assertThat(closed).isTrue();
        assertThat(got).isEmpty();
        assertThat(datagram(bytes)).isEmpty();
    }

    @Test
    void aPingGetsAPongButAFloodOnlyOneIn10Seconds() {
        connect();
        write(message("TCP", 1));
        got.setLength(0);
        write("\r\n\r\n");
        assertThat(got.toString()).isEqualTo("\r\n");
        for (int i = 0; i < 1_000; i++) write("\r\n\r\n"); // 30 s
        assertThat(got.length()).isBetween(6, 8);
        for (int i = 0; i < 70 && !closed; i++) {
            write("\r\n\r\n");
            s.pass(Duration.ofMinutes(1));
        }
        assertThat(closed).isTrue(); // pings do not keep an idle connection
    }

    @Test
    void whoSaysNothingIsClosedAfter10Seconds() {
        connect();
        write("\r\n\r\n");
        s.pass(Duration.ofSeconds(9));
        assertThat(closed).isFalse();
        s.pass(Duration.ofSeconds(2));
        assertThat(closed).isTrue();
    }

    @Test
    void whoStallsInAMessageIsClosedAfter30Seconds() {
        connect();
        write(message("TCP", 1));
        var slow = message("TCP", 2);
        for (int i = 0; i < 3; i++) {
            write(slow.substring(i, i + 1));
            s.pass(Duration.ofMillis(9_800));
        }
        assertThat(closed).isFalse();
        s.pass(Duration.ofSeconds(2));
        assertThat(closed).isTrue();
        assertThat(bob.requests).hasSize(1);
    }

    @Test
    void aResetAtAnyByteHarmsNobody() {
        var length = message("TCP", 1).length();
        for (int at = 1; at < length; at += 17) {
            s.network().resetAfterBytes("mallory", "bob", at);
            connect();
            write(message("TCP", at));
        }
        closed = false;
        connect();
        write(message("TCP", 9_999));
        assertThat(got).endsWith("Content-Length: 0\r\n\r\n");
        assertThat(bob.requests).hasSize(1);
    }

    @Test
    void aClaimedLengthIsNotBelieved() {
        assertThat(datagram(edited("UDP", m -> m.replace("Length: 0", "Length: 2000000000"))))
                .singleElement()
                .asString()
                .startsWith("SIP/2.0 400 ");
        assertThat(datagram(message("UDP", 2))).hasSize(1);
    }

    @Test
    void aMissingContentLengthIsFineInADatagram() {
        var answers = datagram(edited("UDP", m -> m.replace("Content-Length: 0\r\n", "") + "body"));
        assertThat(answers).singleElement().asString().startsWith("SIP/2.0 200 ");
        assertThat(bob.received.getFirst().body()).hasSize(4);
    }

    @Test
    void anAnswerGoesToTheSourceWhateverViaSays() {
        var answers =
                datagram(
                        edited(
                                "UDP",
                                m -> m.replace(";rport", ";received=198.51.100.1;rport=1;x=y")));
        assertThat(answers)
                .singleElement()
                .asString()
                .contains(";received=" + s.address("mallory").getHostAddress())
                .doesNotContain("198.51.100.1")
                .contains(";x=y");
    }

    @Test
    void aBranchWithoutTheCookieIs400() {
        assertThat(datagram(edited("UDP", m -> m.replace("z9hG4bK", "old"))))
                .singleElement()
                .asString()
                .startsWith("SIP/2.0 400 ");
        assertThat(bob.requests).isEmpty();
    }

    @Test
    void keepAlivesAndStrayAnswersInDatagramsAreDropped() {
        assertThat(datagram("\r\n\r\n")).isEmpty();
        assertThat(datagram("")).isEmpty();
        assertThat(
                        datagram(
                                edited(
                                        "UDP",
                                        m ->
                                                m.replace(
                                                        "MESSAGE sip:bob@example.net SIP/2.0",
                                                        "SIP/2.0 200 OK"))))
                .isEmpty();
        assertThat(bob.strays).isEmpty();
    }

    private static String invite(String method, String uri, int cseq) {
        return edited(
                "UDP",
                m ->
                        m.replace("MESSAGE sip:bob@example.net", method + " " + uri)
                                .replace("1 MESSAGE", cseq + " " + method));
    }

    @Test
    void aCancelThatMatchesNothingIs481() {
        var uri = "sip:bob@example.net";
        assertThat(datagram(invite("CANCEL", uri, 1))).singleElement().asString().contains(" 481 ");
        assertThat(bob.requests).isEmpty();
    }

    @Test
    void aCancelWithAnotherUriIs481() {
        bob.answering(180);
        datagram(invite("INVITE", "sip:bob@example.net", 1));
        assertThat(datagram(invite("CANCEL", "sip:carol@example.net", 1)))
                .singleElement()
                .asString()
                .contains(" 481 ");
        assertThat(bob.cancels).isEmpty();
        bob.answer(486);
    }

    @Test
    void aCancelAfterTheFinalAnswerIs200AndChangesNothing() {
        var uri = "sip:bob@example.net";
        var ok = datagram(invite("INVITE", uri, 1)).getFirst();
        var cancelled = datagram(invite("CANCEL", uri, 1)).getFirst();
        assertThat(cancelled).startsWith("SIP/2.0 200 ");
        assertThat(tag(cancelled)).isEqualTo(tag(ok));
        assertThat(bob.cancels).isEmpty();
    }

    @Test
    void aCancelAfterARefusalIs200AndChangesNothing() {
        bob.answering(486);
        var uri = "sip:bob@example.net";
        var busy = datagram(invite("INVITE", uri, 1)).getFirst();
        assertThat(busy).startsWith("SIP/2.0 486 ");
        for (int copies = 0; copies < 2; copies++) {
            var cancelled = datagram(invite("CANCEL", uri, 1));
            assertThat(cancelled).singleElement().asString().startsWith("SIP/2.0 200 ");
            assertThat(tag(cancelled.getFirst())).isEqualTo(tag(busy));
        }
        assertThat(bob.cancels).isEmpty();
        assertThat(bob.ends).isZero();
        assertThat(datagram(invite("INVITE", uri, 1))).containsExactly(busy);
        datagram(invite("ACK", uri, 1));
        assertThat(datagram(invite("INVITE", uri, 1))).isEmpty();
        assertThat(bob.requests).hasSize(1);
    }

    /** RFC 3261 section 17.2.3: another sender is another transaction, whatever its branch. */
    @ParameterizedTest
    @ValueSource(ints = {180, 200, 486})
    void aCancelWithThatBranchOfAnInviteThatNeverCameIs481(int code) {
        bob.answering(code);
        var uri = "sip:bob@example.net";
        datagram(invite("INVITE", uri, 1));
        var other = invite("CANCEL", uri, 1).replaceFirst("(Via: \\S+) [^;]+", "$1 198.51.100.7");
        assertThat(datagram(other)).singleElement().asString().startsWith("SIP/2.0 481 ");
        var unknown = invite("CANCEL", uri, 1).replace("branch=z9hG4bK", "branch=z9hG4bKun");
        assertThat(datagram(unknown)).singleElement().asString().startsWith("SIP/2.0 481 ");
        assertThat(bob.cancels).isEmpty();
        bob.answer(486);
    }

    private static String tag(String response) {
        return response.replaceAll("(?s).*To: <sip:bob@example.net>;tag=(\\w+).*", "$1");
    }

    @Test
    void aCopyOfAnInviteAfterItsAnswerIsAbsorbed() {
        var uri = "sip:bob@example.net";
        assertThat(datagram(invite("INVITE", uri, 1))).hasSize(1);
        assertThat(datagram(invite("INVITE", uri, 1))).isEmpty();
        assertThat(bob.requests).hasSize(1);
    }
}

package io.posthorn.sip.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows that live, and flows that do not: RFC 5626 section 4.4. */
class KeepAliveTest {

    private static final Duration SILENCE = Duration.ofSeconds(120);

    /** A connection that never said anything ends sooner. */
    private static final String ANSWER =
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                    + "To: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
                    + "Content-Length: 0\r\n\r\n";

    private final Simulation s = new Simulation(7);
    private final AtomicInteger lost = new AtomicInteger();
    private Transport client = node("client");
    private Transport server = node("server");

    @BeforeEach
    void listen() {
        listen(client, "client");
        listen(server, "server");
    }

    @AfterEach
    void close() {
        s.close();
    }

    private Transport node(String name) {
        return new Transport(
                s.node(name),
                "",
                5,
                new Transport.Receiver() {
                    @Override
                    public void received(SipMessage<?> message, Flow from) {
                        // as who registered it does
                        server.keepAlive(from, Duration.ZERO, () -> {});
                    }

                    @Override
                    public void closed(Flow flow) {}
                });
    }

    private void listen(Transport transport, String name) {
        for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
            transport.listen(kind, new InetSocketAddress(s.address(name), 5060));
    }

    private Loop loop(World world) {
        return world.loops().getFirst();
    }

    private Flow keeps(Net.Kind kind) {
        var flows = new ArrayList<Flow>();
        var loop = loop(s.node("client"));
        var to = new Target(new InetSocketAddress(s.address("server"), 5060), kind, "server");
        loop.execute(() -> client.open(loop, to, flows::add, _ -> lost.incrementAndGet()));
        s.pass(Duration.ofSeconds(1));
        loop.execute(
                () -> client.send(loop, flows.getFirst(), ANSWER.getBytes(US_ASCII), () -> {}));
        client.keepAlive(flows.getFirst(), SILENCE, lost::incrementAndGet);
        s.pass(Duration.ofSeconds(1));
        return flows.getFirst();
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.Kind.class,
            names = {"UDP", "TCP"})
    void aFlowThatIsAnsweredLives(Net.Kind kind) {
        var flow = keeps(kind);
        s.pass(Duration.ofHours(3)); // longer than any silent connection
        assertThat(lost).hasValue(0);
        assertThat(flow.open()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.Kind.class,
            names = {"UDP", "TCP"})
    void aPeerThatIsGoneIsFound(Net.Kind kind) {
        keeps(kind);
        s.network().cut("client", "server");
        s.pass(SILENCE.plus(KeepAlive.PONG).plusSeconds(1));
        assertThat(lost).hasValue(1);
        s.pass(Duration.ofHours(1));
        assertThat(lost).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.Kind.class,
            names = {"UDP", "TCP"})
    void aPeerThatBeganAnewIsFoundAsItKnowsNothingOfUs(Net.Kind kind) {
        keeps(kind);
        s.crash("server");
        server = node("server");
        listen(server, "server");
        s.pass(Duration.ofSeconds(30));
        // A connection ends at once; over UDP the next answer is of another.
        assertThat(lost).hasValue(1);
    }

    @Test
    void whoWantsToHearNoMoreDoesNot() {
        var flow = keeps(Net.Kind.UDP);
        var other = new AtomicInteger();
        var keeping = client.keepAlive(flow, SILENCE, other::incrementAndGet);
        s.pass(Duration.ofSeconds(1));
        keeping.cancel();
        s.crash("server");
        s.pass(Duration.ofMinutes(2));
        assertThat(lost).hasValue(1);
        assertThat(other).hasValue(0);
    }

    @Test
    void moreConnectionsInASecondThanMayBeAreClosed() {
        var ended = new AtomicInteger();
        var world = s.node("flood");
        var to =
                new Target(
                        new InetSocketAddress(s.address("server"), 5060), Net.Kind.TCP, "server");
        for (int n = 0; n < 8; n++)
            loop(world)
                    .execute(() ->
                            world.net().connect(loop(world), to, _ -> reader(ended), _ -> {}));
        s.pass(Duration.ofSeconds(2));
        assertThat(ended).hasValue(3);
        assertThat(server.turnedAway()).isEqualTo(3);
        loop(world)
                .execute(() -> world.net().connect(loop(world), to, _ -> reader(ended), _ -> {}));
        s.pass(Duration.ofSeconds(2));
        assertThat(ended).hasValue(3);
    }

    private static Link.Reader reader(AtomicInteger ended) {
        return new Link.Reader() {
            @Override
            public void bytes(ByteBuf bytes) {
                bytes.release();
            }

            @Override
            public void writableAgain() {}

            @Override
            public void closed(@Nullable Exception why) {
                ended.incrementAndGet();
            }
        };
    }

    // ---- STUN as bytes

    private static final byte[] ID = "0123456789ab".getBytes(US_ASCII);

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "2001:db8::1"})
    void anAnswerSaysWhereTheRequestCameFrom(String host) {
        var from = new InetSocketAddress(host, 40_123);
        var answer = Stun.answer(Stun.request(ID), from, "run-1").orElseThrow();
        var seen = Stun.seen(answer).orElseThrow();
        assertThat(seen.from()).isEqualTo(from);
        assertThat(seen.id()).isEqualTo(ID);
        assertThat(seen.software()).isEqualTo("run-1");
        assertThat(answer.length).isLessThan(64);
    }

    /** RFC 5769 section 2.2: what others make of it, fingerprint and all. */
    @Test
    void readsTheAnswerOfAnotherMaker() {
        var sample =
                "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
                        + "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                        + "80280004c07d4c96";
        var seen = Stun.seen(HexFormat.of().parseHex(sample)).orElseThrow();
        assertThat(seen.from()).isEqualTo(new InetSocketAddress("192.0.2.1", 32_853));
        assertThat(seen.software()).isEqualTo("test vector");
    }

    /** RFC 5769 section 2.1, without what is of its ICE: PRIORITY and ICE-CONTROLLED. */
    @Test
    void whatMustBeUnderstoodAndIsNotIsNamed() {
        var request =
                ByteBuffer.allocate(28)
                        .putShort((short) 1)
                        .putShort((short) 8)
                        .putInt(0x2112A442)
                        .put(ID)
                        .putInt(0x00240004)
                        .putInt(7)
                        .array();
        var answer = Stun.answer(request, new InetSocketAddress("192.0.2.1", 9), "x").orElseThrow();
        assertThat(HexFormat.of().formatHex(answer))
                .startsWith("0111")
                .endsWith("000900040000" + "0414" + "000a0002" + "00240000");
    }

    @Test
    void whatIsWrongGetsNothing() {
        var from = new InetSocketAddress("192.0.2.1", 9);
        var request = Stun.request(ID);
        var longer = java.util.Arrays.copyOf(request, 24);
        var indication = request.clone();
        indication[1] = 0x11;
        var claims = request.clone();
        claims[3] = 8;
        var deep = java.util.Arrays.copyOf(request, 24);
        deep[3] = 4;
        deep[22] = 0x7f; // an attribute that is longer than all of it
        for (var wrong : List.of(longer, indication, claims, deep, new byte[20]))
            assertThat(Stun.answer(wrong, from, "x")).isEmpty();
        assertThat(Stun.seen(request)).isEmpty();
    }
}

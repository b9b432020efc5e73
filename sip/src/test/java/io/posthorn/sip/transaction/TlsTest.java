package io.posthorn.sip.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIP over TLS: who is believed to be the next hop. RFC 5922, RFC 5923, RFC 3261 section 26.3. */
class TlsTest {

    private final Simulation s = new Simulation(8);
    private final Peer alice = new Peer(s, "alice");
    private final Peer bob = new Peer(s, "bob").answering(200);
    private final InetSocketAddress tls =
            bob.sip.listen(Net.Kind.TLS, new InetSocketAddress(s.address("bob"), 5061));

    @AfterEach
    void close() {
        s.close();
    }

    private void send(String uri) {
        alice.send(0, alice.request("OPTIONS", uri, "call" + alice.heard.size()));
        s.pass(Duration.ofSeconds(7));
    }

    private void named(String name) {
        s.name(name, List.of(new Target(tls, Net.Kind.TLS, name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sips:10.0.0.2", "sip:10.0.0.2:5061;transport=tls"})
    void goesByTls(String uri) {
        send(uri);
        assertThat(alice.heard).containsExactly(200);
        var request = bob.requests.getFirst();
        assertThat(request.from().kind()).isEqualTo(Net.Kind.TLS);
        assertThat(bob.received.getFirst().via().transport()).isEqualTo("TLS");
        assertThat(request.from().certified()).isNotNull();
    }

    @Test
    void whoeverIsNotNamedGetsNothing() {
        named("bank.example");
        send("sips:bank.example");
        assertThat(alice.heard).containsExactly(503);
        assertThat(alice.responses.getFirst().header("Warning"))
                .hasValueSatisfying(text ->
                        assertThat(text)
                                .contains("certificate is for bob,", "and not for bank.example")
                                .doesNotContain("cannot connect"));
        assertThat(bob.requests).isEmpty();
    }

    @Test
    void whoeverNobodyVouchesForGetsNothing() {
        s.network().doubtfulCertificate("bob", "expired on 2024-01-31");
        send("sips:10.0.0.2");
        assertThat(alice.responses.getFirst().header("Warning"))
                .hasValue("399 tls \"certificate expired on 2024-01-31\"");
    }

    /** RFC 5923 section 5: of the names of one certificate. */
    @Test
    void aConnectionIsUsedForEveryNameOfItsCertificateAndForNoOther() {
        s.network().certificate("bob", "one.example", "two.example");
        for (var name : List.of("one.example", "two.example", "three.example")) named(name);
        send("sips:one.example");
        send("sips:two.example");
        assertThat(alice.sip.connections()).isEqualTo(1);
        send("sips:three.example");
        assertThat(alice.heard).containsExactly(200, 200, 503);
    }

    @Test
    void aHandshakeThatStallsIsGivenUp() {
        s.network().stallHandshakes("bob");
        alice.send(0, alice.request("OPTIONS", "sips:10.0.0.2", "call"));
        s.pass(Duration.ofSeconds(4));
        assertThat(alice.heard).isEmpty();
        s.pass(Duration.ofSeconds(2));
        assertThat(alice.heard).containsExactly(503);
    }

    /** RFC 8446 section 5.1. */
    @Test
    void tlsSpokenToAPlainPortIsClosed() {
        var closed = new AtomicBoolean();
        alice.world
                .net()
                .connect(
                        alice.loop(0),
                        new Target(bob.tcp, Net.Kind.TCP, "bob"),
                        link -> {
                            link.write(Unpooled.wrappedBuffer(new byte[] {22, 3, 1, 2, 0, 1}));
                            link.flush();
                            return new Silent(closed);
                        },
                        why -> {
                            throw new AssertionError(why);
                        });
        s.pass(Duration.ofSeconds(1));
        assertThat(closed).isTrue();
    }

    private record Silent(AtomicBoolean closed) implements Link.Reader {
        @Override
        public void bytes(ByteBuf bytes) {
            bytes.release();
            throw new AssertionError("nothing is said to who speaks no SIP");
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            closed.set(true);
        }
    }
}

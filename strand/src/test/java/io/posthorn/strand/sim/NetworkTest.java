package io.posthorn.strand.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NetworkTest {

    private final Simulation simulation = new Simulation(5);
    private final World a = simulation.node("a");
    private final World b = simulation.node("b");
    private final InetSocketAddress at = new InetSocketAddress(simulation.address("b"), 2855);

    @AfterEach
    void close() {
        assertThat(simulation.unreleased()).isZero();
        simulation.close();
    }

    private static final class Peer implements Link.Reader {
        final Link link;
        final ByteArrayOutputStream read = new ByteArrayOutputStream();
        final List<Integer> pieces = new ArrayList<>();
        int writableAgain;
        int closed;
        @Nullable Exception why;

        Peer(Link link) {
            this.link = link;
        }

        @Override
        public void bytes(ByteBuf bytes) {
            pieces.add(bytes.readableBytes());
            while (bytes.isReadable()) read.write(bytes.readByte());
            bytes.release();
        }

        @Override
        public void writableAgain() {
            writableAgain++;
        }

        @Override
        public void closed(@Nullable Exception reason) {
            closed++;
            why = reason;
        }

        void sends(int bytes) {
            var all = new byte[bytes];
            for (int i = 0; i < bytes; i++) all[i] = (byte) (i * 7);
            link.write(Unpooled.wrappedBuffer(all));
            link.flush();
        }
    }

    private record Pair(Peer client, Peer server) {}

    private final List<Peer> accepted = new ArrayList<>();
    private final List<Exception> failed = new ArrayList<>();
    private final List<Peer> opened = new ArrayList<>();

    private void listen() {
        b.net()
                .listen(
                        Net.Kind.TCP,
                        b.loops().get(1),
                        at,
                        link -> {
                            accepted.add(new Peer(link));
                            return accepted.getLast();
                        });
    }

    private void connect() {
        a.net()
                .connect(
                        a.loops().getFirst(),
                        new Target(at, Net.Kind.TCP, "b"),
                        link -> {
                            opened.add(new Peer(link));
                            return opened.getLast();
                        },
                        failed::add);
    }

    private Pair pair() {
        listen();
        connect();
        simulation.until(() -> !opened.isEmpty(), Duration.ofSeconds(1));
        return new Pair(opened.getFirst(), accepted.getFirst());
    }

    private void pass(int ms) {
        simulation.pass(Duration.ofMillis(ms));
    }

    @Test
    void streamsAreCutAnywhere() {
        var pair = pair();
        for (int i = 0; i < 200; i++) pair.client().sends(300);
        pass(100);
        assertThat(pair.server().read.size()).isEqualTo(60_000);
        assertThat(pair.server().pieces).contains(1, 300).anyMatch(n -> n > 8 && n < 290);
    }

    @Test
    void streamsAreCutAsTheTestWants() {
        var pair = pair();
        simulation.network().pieces(1, 1);
        pair.client().sends(100);
        pass(100);
        simulation.network().pieces(200, 200);
        pair.client().sends(500);
        pass(100);
        assertThat(pair.server().pieces).hasSize(103).endsWith(1, 1, 200, 200, 100);
    }

    @Test
    void anEndThatDoesNotReadHoldsNoMoreThanAWindow() {
        var pair = pair();
        pair.server().link.reading(false);
        while (pair.client().link.writable()) {
            pair.client().sends(1_000);
            pass(3);
        }
        pass(10_000);
        assertThat(pair.server().read.size()).isZero();
        assertThat(pair.client().writableAgain).isZero();
        pair.server().link.reading(true);
        pass(100);
        assertThat(pair.server().read.size()).isBetween(128_000, 132_000);
        assertThat(pair.client().writableAgain).isOne();
        assertThat(pair.client().link.writable()).isTrue();
    }

    @Test
    void aLinkIsResetAfterExactlySoManyBytes() {
        simulation.network().resetAfterBytes("a", "b", 777);
        var pair = pair();
        pair.client().sends(500);
        pass(10);
        assertThat(pair.server().closed).isZero();
        pair.client().sends(500);
        pass(10);
        assertThat(pair.server().read.size()).isEqualTo(777);
        assertThat(pair.server().why).isInstanceOf(SocketException.class);
        assertThat(pair.client().why).isInstanceOf(SocketException.class);
        assertThat(pair.client().closed + pair.server().closed).isEqualTo(2);
        assertThat(simulation.leftovers()).isEmpty();
    }

    @Test
    void whoSendsToAnEndThatIsGoneHearsAReset() {
        var pair = pair();
        pair.client().link.reading(false);
        pass(1);
        pair.server().link.close();
        pass(10);
        assertThat(pair.client().closed).isZero();
        pair.client().sends(10);
        pass(10);
        assertThat(pair.client().why).isInstanceOf(SocketException.class);
    }

    @Test
    void aCutHoldsStreamsAndLosesDatagrams() {
        var pair = pair();
        var arrived = new ArrayList<Integer>();
        var one = datagrams(a, arrived);
        var other = datagrams(b, arrived);
        simulation.network().cut("b", "a");
        pair.client().sends(100);
        one.send(other.at(), new byte[1]);
        pass(60_000);
        assertThat(pair.server().read.size()).isZero();
        simulation.network().heal();
        pass(10);
        assertThat(pair.server().read.size()).isEqualTo(100);
        assertThat(arrived).isEmpty();
    }

    @Test
    void aConnectionThroughACutIsGivenUpAfterFiveSeconds() {
        listen();
        simulation.network().cut("a", "b");
        connect();
        pass(4_999);
        assertThat(failed).isEmpty();
        pass(2);
        assertThat(failed).hasSize(1);
        simulation.network().heal();
        pass(10_000);
        assertThat(opened).isEmpty();
        assertThat(accepted).isEmpty();
    }

    @Test
    void aConnectionWaitsForTheNetworkToHeal() {
        listen();
        simulation.network().cut("a", "b");
        connect();
        pass(3_000);
        simulation.network().heal();
        pass(10);
        assertThat(opened).hasSize(1);
        pass(10_000);
        assertThat(failed).isEmpty();
    }

    @Test
    void aStalledNodeMovesOnByItself() {
        var pair = pair();
        simulation.network().stall("b", Duration.ofSeconds(30));
        pair.client().sends(50);
        pass(29_990);
        assertThat(pair.server().read.size()).isZero();
        pass(20);
        assertThat(pair.server().read.size()).isEqualTo(50);
    }

    @Test
    void thePeersOfACrashedNodeHearAReset() {
        var pair = pair();
        simulation.crash("b");
        pass(10);
        assertThat(pair.client().why).isInstanceOf(SocketException.class);
        assertThat(pair.server().closed).isZero();
        connect();
        pass(10);
        assertThat(failed).hasSize(1);
    }

    @Test
    void tlsIsNotTcp() {
        listen();
        var wrong = new Target(at, Net.Kind.TLS, "b");
        a.net()
                .connect(
                        a.loops().getFirst(),
                        wrong,
                        link -> {
                            throw new IllegalStateException();
                        },
                        failed::add);
        pass(5_100);
        assertThat(failed)
                .singleElement()
                .asString()
                .contains("tls 10.0.0.2:", "no TLS handshake in 5 s");
    }

    private Net.Datagrams datagrams(World node, List<Integer> into) {
        return node.net()
                .datagrams(
                        node.loops().getFirst(),
                        new InetSocketAddress("0.0.0.0", 0),
                        (from, bytes) -> into.add((int) bytes[0]));
    }

    private List<Integer> send100() {
        var arrived = new ArrayList<Integer>();
        var one = datagrams(a, arrived);
        var other = datagrams(b, arrived);
        for (byte i = 0; i < 100; i++) one.send(other.at(), new byte[] {i});
        pass(100);
        return arrived;
    }

    @Test
    void datagramsKeepTheirOrderUnlessToldOtherwise() {
        assertThat(send100()).hasSize(100).isSorted();
    }

    @Test
    void datagramsAreLostDoubledAndOvertaken() {
        simulation.network().loss(0.3);
        assertThat(send100()).hasSizeBetween(50, 90).doesNotHaveDuplicates().isSorted();
        simulation.network().loss(0).duplicate(0.3);
        assertThat(send100()).hasSizeBetween(110, 150);
        simulation.network().duplicate(0).reorder(0.3);
        var arrived = send100();
        assertThat(arrived).hasSize(100).doesNotHaveDuplicates();
        assertThat(arrived.stream().sorted().toList()).isNotEqualTo(arrived);
    }
}

package io.posthorn.strand.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Identity;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link Net} and {@link Link} does, on loopback. */
public abstract class NetContract extends PortContract {

    private static final InetSocketAddress ANY_PORT =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    /** What the connections of this contract are. */
    protected Net.Kind kind() {
        return Net.Kind.TCP;
    }

    /**
     * Shows, from now on and at both ends, a certificate for {@code names} that an authority
     * vouches for; or one that nobody vouches for, if there are none.
     */
    protected abstract void showing(String... names);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Peer> peers = new CopyOnWriteArrayList<>();

    /** One end of a link, and all that it saw. */
    private final class Peer implements Link.Reader {
        final Link link;
        final AtomicLong bytes = new AtomicLong();
        final AtomicInteger writableAgain = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final AtomicReference<@Nullable Exception> why = new AtomicReference<>();
        final AtomicInteger elsewhere = new AtomicInteger();
        final AtomicReference<Thread> thread = new AtomicReference<>();
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private final Consumer<Peer> whenRead;

        Peer(Link link, Consumer<Peer> whenRead) {
            this.link = link;
            this.whenRead = whenRead;
            thread.set(Thread.currentThread());
            peers.add(this);
        }

        private void here() {
            if (!Thread.currentThread().equals(thread.get())) elsewhere.incrementAndGet();
        }

        @Override
        public void bytes(ByteBuf read) {
            here();
            var copy = new byte[read.readableBytes()];
            read.readBytes(copy);
            synchronized (all) {
                all.writeBytes(copy);
                bytes.set(all.size());
            }
            read.release();
            whenRead.accept(this);
        }

        @Override
        public void writableAgain() {
            here();
            writableAgain.incrementAndGet();
        }

        @Override
        public void closed(@Nullable Exception reason) {
            here();
            if (reason != null) why.set(reason);
            closed.incrementAndGet();
        }

        Certificate certificate() {
            return Objects.requireNonNull(link.certified());
        }

        byte[] read() {
            synchronized (all) {
                return all.toByteArray();
            }
        }

        String text() {
            return new String(read(), StandardCharsets.US_ASCII);
        }

        void does(Consumer<Link> what) {
            link.loop().execute(() -> what.accept(link));
        }

        void says(String text) {
            does(it -> NetContract.say(it, text));
        }
    }

    private static void say(Link link, String text) {
        link.write(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        link.flush();
    }

    private record Pair(Peer client, Peer server) {}

    @AfterEach
    void closeAll() throws Exception {
        for (var peer : peers) peer.does(Link::close);
        for (var it : open) it.close();
    }

    private Net.Listening listen(Consumer<Peer> accepted, Consumer<Peer> read) {
        return listen(kind(), accepted, read);
    }

    private Net.Listening listen(Net.Kind kind, Consumer<Peer> accepted, Consumer<Peer> read) {
        var listening =
                world().net()
                        .listen(
                                kind,
                                otherLoop(),
                                ANY_PORT,
                                link -> {
                                    var peer = new Peer(link, read);
                                    accepted.accept(peer);
                                    return peer;
                                });
        open.add(listening);
        return listening;
    }

    private Peer connect(InetSocketAddress to) {
        var opened = new AtomicReference<Peer>();
        var failed = new AtomicReference<Exception>();
        connect(loop(), to, opened::set, failed::set);
        until(() -> opened.get() != null || failed.get() != null);
        assertThat(failed.get()).isNull();
        return opened.get();
    }

    private void connect(
            Loop loop, InetSocketAddress to, Consumer<Peer> opened, Consumer<Exception> failed) {
        connect(loop, new Target(to, kind(), "localhost"), opened, failed);
    }

    private void connect(Loop loop, Target to, Consumer<Peer> opened, Consumer<Exception> failed) {
        world().net()
                .connect(
                        loop,
                        to,
                        link -> {
                            var peer = new Peer(link, it -> {});
                            opened.accept(peer);
                            return peer;
                        },
                        failed);
    }

    private Pair pair(Consumer<Peer> serverReads) {
        var server = new AtomicReference<Peer>();
        var client = connect(listen(server::set, serverReads).at());
        until(() -> server.get() != null);
        return new Pair(client, server.get());
    }

    private Pair pair() {
        return pair(it -> {});
    }

    /** Comes from {@code from} if that can be. */
    private Pair leaving(
            Net.Listening there, AtomicReference<Peer> server, InetSocketAddress from) {
        var before = server.get();
        var client = new AtomicReference<Peer>();
        var to = new Target(there.at(), kind(), "localhost").leaving(from);
        connect(loop(), to, client::set, why -> {});
        until(() -> client.get() != null && server.get() != before);
        return new Pair(client.get(), server.get());
    }

    @Test
    void aConnectionMayComeFromAPortThatIsListenedAt() {
        var accepted = new AtomicReference<Peer>();
        var ours = listen(accepted::set, me -> {});
        var server = new AtomicReference<Peer>();
        var there = listen(server::set, me -> {});

        var first = leaving(there, server, ours.at());
        // Two connections between the same two ports cannot be: the second one is from another.
        var second = leaving(there, server, ours.at());
        second.client().says("hello");
        until(() -> second.server().text().equals("hello"));

        assertThat(first.server().link.remote()).isEqualTo(ours.at());
        assertThat(second.server().link.remote().getPort()).isNotEqualTo(ours.at().getPort());
        // It still listens.
        connect(ours.at());
        until(() -> accepted.get() != null);
    }

    @Test
    void bytesPassBothWaysInOrder() {
        var pair = pair(me -> {});
        pair.client().says("one ");
        pair.client().says("two ");
        pair.server().says("three");
        pair.client().says("four");
        until(() -> pair.server().bytes.get() == 12 && pair.client().bytes.get() == 5);
        assertThat(pair.server().text()).isEqualTo("one two four");
        assertThat(pair.client().text()).isEqualTo("three");
    }

    @Test
    void eachEndKnowsBothAddresses() {
        var pair = pair();
        assertThat(pair.client().link.remote()).isEqualTo(pair.server().link.local());
        assertThat(pair.client().link.local()).isEqualTo(pair.server().link.remote());
        assertThat(pair.client().link.loop()).isSameAs(loop());
        assertThat(pair.server().link.loop()).isSameAs(otherLoop());
    }

    @Test
    void callbacksRunOnTheirLoop() {
        var pair = pair(me -> say(me.link, "back"));
        pair.client().says("to");
        until(() -> pair.client().bytes.get() > 0);
        pair.client().does(Link::close);
        until(() -> pair.client().closed.get() == 1 && pair.server().closed.get() == 1);
        assertThat(peers).allSatisfy(peer -> assertThat(peer.elsewhere).hasValue(0));
    }

    @Test
    void aMegabyteArrivesByteForByte() {
        var bytes = new byte[1_000_003];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 31 + (i >> 8));
        var pair = pair();
        pair.client()
                .does(link -> {
                    link.write(Unpooled.wrappedBuffer(bytes));
                    link.flush();
                });
        until(() -> pair.server().bytes.get() == bytes.length);
        assertThat(pair.server().read()).isEqualTo(bytes);
    }

    @Test
    void theAcceptingEndMaySpeakFirst() {
        var client = connect(listen(me -> say(me.link, "welcome"), me -> {}).at());
        until(() -> client.bytes.get() == 7);
        assertThat(client.text()).isEqualTo("welcome");
    }

    @Test
    void whatIsNotFlushedDoesNotLeave() {
        var pair = pair();
        pair.client().does(link -> link.write(Unpooled.copiedBuffer(new byte[10])));
        pair.server().says("barrier");
        until(() -> pair.client().bytes.get() == 7);
        // TLS may send what waits along with records of its own.
        if (kind() == Net.Kind.TCP) assertThat(pair.server().bytes).hasValue(0);
        pair.client().does(Link::flush);
        until(() -> pair.server().bytes.get() == 10);
    }

    @Test
    void flushedBytesArriveBeforeTheEnd() {
        var pair = pair();
        pair.client()
                .does(link -> {
                    say(link, "x".repeat(200_000));
                    link.close();
                });
        until(() -> pair.server().closed.get() == 1 && pair.client().closed.get() == 1);
        assertThat(pair.server().bytes).hasValue(200_000);
        assertThat(pair.server().why.get()).isNull();
        assertThat(pair.client().why.get()).isNull();
    }

    @Test
    void closedIsCalledOnceWhoeverCloses() {
        var pair = pair();
        pair.client().does(Link::close);
        pair.server().does(Link::close);
        pair.client().does(Link::close);
        until(() -> pair.server().closed.get() > 0 && pair.client().closed.get() > 0);
        pair.client().does(Link::close);
        on(loop(), () -> true);
        on(otherLoop(), () -> true);
        assertThat(pair.client().closed).hasValue(1);
        assertThat(pair.server().closed).hasValue(1);
    }

    @Test
    void anEndThatDoesNotReadStopsTheOther() {
        var pair = pair();
        pair.server().does(link -> link.reading(false));
        on(otherLoop(), () -> true);
        var written = new AtomicLong();
        var full = new AtomicReference<Boolean>();
        fill(pair.client(), written, full);
        until(() -> full.get() != null);
        assertThat(pair.client().writableAgain).hasValue(0);
        long before = pair.server().bytes.get();
        pair.server().does(link -> link.reading(true));
        until(() -> pair.client().writableAgain.get() > 0);
        until(() -> pair.server().bytes.get() == written.get());
        assertThat(before).isLessThan(written.get());
        assertThat(on(loop(), () -> pair.client().link.writable())).isTrue();
    }

    /** Writes until the link has said no in 50 turns of its loop on end. */
    private void fill(Peer peer, AtomicLong written, AtomicReference<Boolean> full) {
        fill(peer, written, full, 0);
    }

    private void fill(Peer peer, AtomicLong written, AtomicReference<Boolean> full, int noes) {
        peer.does(link -> {
            if (!link.writable()) {
                if (noes == 50 && peer.writableAgain.get() == 0) full.set(true);
                else {
                    peer.writableAgain.set(0);
                    again(peer, written, full, noes + 1);
                }
                return;
            }
            link.write(Unpooled.wrappedBuffer(new byte[8_192]));
            link.flush();
            written.addAndGet(8_192);
            fill(peer, written, full, 0);
        });
    }

    private void again(Peer peer, AtomicLong written, AtomicReference<Boolean> full, int noes) {
        var soon = Duration.ofMillis(5);
        peer.link.loop().after(soon, () -> fill(peer, written, full, Math.min(noes, 50)));
    }

    @Test
    void aLinkTakesTheReferenceOfWhatIsWritten() {
        var pair = pair();
        var bytes = Unpooled.copiedBuffer("mine no more", StandardCharsets.US_ASCII);
        pair.client()
                .does(link -> {
                    link.write(bytes);
                    link.flush();
                });
        until(() -> pair.server().bytes.get() == 12 && bytes.refCnt() == 0);
        var late = Unpooled.copiedBuffer("late", StandardCharsets.US_ASCII);
        pair.client().does(Link::close);
        until(() -> pair.client().closed.get() == 1);
        pair.client()
                .does(link -> {
                    link.write(late);
                    link.flush();
                });
        until(() -> late.refCnt() == 0);
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        var taken = listen(me -> {}, me -> {}).at();
        assertThatThrownBy(() ->
                        world().net()
                                .listen(
                                        Net.Kind.TCP,
                                        loop(),
                                        taken,
                                        link -> {
                                            throw new IllegalStateException();
                                        }))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining(String.valueOf(taken.getPort()));
    }

    @Test
    void aRefusedConnectionFailsOnce() {
        var listening = listen(me -> {}, me -> {});
        listening.close();
        var opened = new AtomicReference<Peer>();
        var failed = new CopyOnWriteArrayList<Exception>();
        connect(loop(), listening.at(), opened::set, failed::add);
        until(() -> !failed.isEmpty());
        assertThat(opened.get()).isNull();
        assertThat(failed).hasSize(1);
    }

    @Test
    void closingAPortLeavesItsConnectionsOpen() {
        var server = new AtomicReference<Peer>();
        var listening = listen(server::set, me -> say(me.link, "still here"));
        var client = connect(listening.at());
        until(() -> server.get() != null);
        listening.close();
        client.says("?");
        until(() -> client.bytes.get() == 10);
        assertThat(client.closed).hasValue(0);
    }

    @Test
    void aPortIsFreeAgainOnceClosed() {
        var listening = listen(me -> {}, me -> {});
        listening.close();
        var again =
                world().net()
                        .listen(
                                Net.Kind.TCP,
                                loop(),
                                listening.at(),
                                link -> {
                                    throw new IllegalStateException();
                                });
        open.add(again);
        assertThat(again.at()).isEqualTo(listening.at());
    }

    /** Why a connection to {@code to} fails. */
    private String refusal(Target to) {
        var failed = new AtomicReference<Exception>();
        connect(
                loop(),
                to,
                peer -> {
                    throw new IllegalStateException("opened");
                },
                failed::set);
        until(() -> failed.get() != null);
        return String.valueOf(failed.get().getMessage());
    }

    private Peer connect(Target to) {
        var opened = new AtomicReference<Peer>();
        var failed = new AtomicReference<Exception>();
        connect(loop(), to, opened::set, failed::set);
        until(() -> opened.get() != null || failed.get() != null);
        assertThat(failed.get()).isNull();
        return opened.get();
    }

    private Identity identity() {
        return Objects.requireNonNull(world().net().identity());
    }

    private String fingerprint() {
        return identity().fingerprint();
    }

    private Target tls(InetSocketAddress at, String name) {
        return new Target(at, Net.Kind.TLS, name);
    }

    @Test
    void bothEndsSeeWhoTheOtherIsOverTls() {
        showing("localhost", "example.net");
        var server = new AtomicReference<Peer>();
        var at = listen(Net.Kind.TLS, server::set, me -> say(me.link, "pong")).at();
        var client = connect(tls(at, "example.net"));
        client.says("ping");
        until(() -> client.bytes.get() == 4);
        assertThat(client.certificate().covers("EXAMPLE.net.")).isTrue();
        assertThat(client.certificate().covers("a.example.net")).isFalse();
        assertThat(client.certificate().is(fingerprint())).isTrue();
        assertThat(server.get().certificate().is(fingerprint())).isTrue();
    }

    @Test
    void plainTcpShowsNothing() {
        var server = new AtomicReference<Peer>();
        var client =
                connect(
                        new Target(
                                listen(Net.Kind.TCP, server::set, me -> {}).at(),
                                Net.Kind.TCP,
                                "localhost"));
        until(() -> server.get() != null);
        assertThat(client.link.certified()).isNull();
        assertThat(server.get().link.certified()).isNull();
    }

    @Test
    void aCertificateForAnotherNameIsRefused() {
        showing("one.example", "two.example");
        var at = listen(Net.Kind.TLS, me -> {}, me -> {}).at();
        assertThat(refusal(tls(at, "three.example")))
                .contains("certificate is for one.example, two.example and not for three.example");
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() {
        showing();
        var at = listen(Net.Kind.TLS, me -> {}, me -> {}).at();
        assertThat(refusal(tls(at, "localhost"))).contains("certificate is self-signed");
    }

    @Test
    void aFingerprintNeedsNoAuthorityAndNoName() {
        showing();
        var at = listen(Net.Kind.TLS, me -> {}, me -> {}).at();
        var mine = fingerprint();
        var client = connect(tls(at, "whoever").promised(List.of(mine)));
        assertThat(client.certificate().vouched()).isFalse();
        var other = "sha-256 " + "AB:".repeat(31) + "AB";
        assertThat(refusal(tls(at, "localhost").promised(List.of(other))))
                .contains(
                        "certificate is not that of a=fingerprint: shown " + mine.substring(8, 19))
                .contains("promised AB:AB:AB:AB…");
    }

    @Test
    void anotherCertificateIsForNewConnectionsOnly() {
        showing("localhost");
        var at = listen(Net.Kind.TLS, me -> {}, me -> say(me.link, "old")).at();
        var before = fingerprint();
        var old = connect(tls(at, "localhost"));
        showing("localhost", "new.example");
        assertThat(fingerprint()).isNotEqualTo(before);
        connect(tls(at, "new.example"));
        old.says("?");
        until(() -> old.bytes.get() == 3);
        assertThat(old.certificate().is(before)).isTrue();
    }

    /** RFC 8122 section 5.1: where it is not known which certificate will be used. */
    @Test
    void oneOfSeveralFingerprintsIsEnough() {
        showing();
        var at = listen(Net.Kind.TLS, me -> {}, me -> {}).at();
        var other = "sha-256 " + "AB:".repeat(31) + "AB";
        connect(tls(at, "whoever").promised(List.of(other, fingerprint())));
        assertThat(refusal(tls(at, "whoever").promised(List.of(other, other.replace('B', 'C')))))
                .endsWith("promised AB:AB:AB:AB… or AC:AC:AC:AC…");
        assertThat(refusal(tls(at, "whoever").promised(Collections.nCopies(100, other))))
                .endsWith("promised AB:AB:AB:AB… or AB:AB:AB:AB… or one of 98 more");
    }

    @Test
    void whatWasPromisedIsShownThoughAnotherCertificateHasCome() {
        showing("localhost");
        var before = identity();
        var server = new AtomicReference<Peer>();
        var listening =
                world().net()
                        .listen(
                                Net.Kind.TLS,
                                otherLoop(),
                                ANY_PORT,
                                () -> before,
                                link -> {
                                    var peer = new Peer(link, it -> {});
                                    server.set(peer);
                                    return peer;
                                });
        open.add(listening);
        showing("localhost", "new.example");
        var client = connect(tls(listening.at(), "localhost").showing(before));
        until(() -> server.get() != null);
        assertThat(client.certificate().is(before.fingerprint())).isTrue();
        assertThat(server.get().certificate().is(before.fingerprint())).isTrue();
        assertThat(fingerprint()).isNotEqualTo(before.fingerprint());
    }

    @Test
    void tlsToAPlainPortFailsWithAReason() {
        var at = listen(Net.Kind.TCP, me -> {}, me -> say(me.link, "what?")).at();
        assertThat(refusal(tls(at, "localhost"))).contains("speaks no TLS");
    }

    @Test
    void plainTextToATlsPortIsClosedAndNeverAccepted() {
        var accepted = new AtomicReference<Peer>();
        var at = listen(Net.Kind.TLS, accepted::set, me -> {}).at();
        var client = connect(new Target(at, Net.Kind.TCP, "localhost"));
        client.says("REGISTER sip:example.net SIP/2.0\r\n");
        until(() -> client.closed.get() == 1);
        assertThat(accepted.get()).isNull();
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Datagram(InetSocketAddress from, byte[] bytes) {}

    private Net.Datagrams datagrams(List<Datagram> into) {
        var socket =
                world().net()
                        .datagrams(
                                otherLoop(),
                                ANY_PORT,
                                (from, bytes) -> into.add(new Datagram(from, bytes)));
        open.add(socket);
        return socket;
    }

    @Test
    void datagramsOfAnySizeArriveWhole() {
        var arrived = new CopyOnWriteArrayList<Datagram>();
        var answers = new CopyOnWriteArrayList<Datagram>();
        var one = datagrams(answers);
        var other = datagrams(arrived);
        for (int size : List.of(1, 1_500, 60_000)) {
            arrived.clear();
            var bytes = new byte[size];
            bytes[size - 1] = 7;
            one.send(other.at(), bytes);
            until(() -> !arrived.isEmpty());
            assertThat(arrived.getFirst().bytes()).isEqualTo(bytes);
            assertThat(arrived.getFirst().from()).isEqualTo(one.at());
        }
        other.send(one.at(), new byte[3]);
        until(() -> !answers.isEmpty());
    }

    @Test
    void aDatagramThatCannotBeSentIsLost() {
        var arrived = new CopyOnWriteArrayList<Datagram>();
        var one = datagrams(arrived);
        var gone = datagrams(arrived);
        gone.close();
        one.send(gone.at(), new byte[1]);
        one.send(one.at(), new byte[70_000]);
        one.send(one.at(), new byte[2]);
        until(() -> !arrived.isEmpty());
        assertThat(arrived.getFirst().bytes()).hasSize(2);
        gone.send(one.at(), new byte[1]);
    }

    @Test
    void aDatagramPortThatIsTakenIsNamed() {
        var taken = datagrams(new CopyOnWriteArrayList<>()).at();
        assertThatThrownBy(() -> world().net().datagrams(loop(), taken, (from, bytes) -> {}))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining(String.valueOf(taken.getPort()));
    }
}

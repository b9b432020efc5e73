package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.live.HandshakesUnderWay.Limits;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS ports and those who come to them by the sockets of the JDK. */
@Timeout(60)
class LiveTlsTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private static final String ONE_ADDRESS = "too many TLS handshakes at once from one address";
    private static final String FAILED = "TLS handshake failed: ";
    private static final String PLAIN =
            "plain text on a port of TLS (listen names those without it)";
    private static final String GONE = "the other side closed during the TLS handshake";

    @TempDir static Path directory;

    @AutoClose private final LivePorts ports = new LivePorts(directory);

    private final AtomicInteger accepted = new AtomicInteger();

    private Map<String, Long> refused() {
        return ports.world().refusedHandshakes();
    }

    private void handshakes(int ofLoopback, Duration patience) {
        ports.world().handshakes(new Limits(1_000, 50, ofLoopback, patience));
    }

    /** Says back what it hears. */
    private InetSocketAddress echo(Kind kind) {
        var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return ports.world()
                .net()
                .listen(
                        kind,
                        ports.world().loops().getFirst(),
                        here,
                        link -> {
                            accepted.incrementAndGet();
                            return new Echo(link);
                        })
                .at();
    }

    private record Echo(Link link) implements Link.Reader {
        @Override
        public void bytes(ByteBuf bytes) {
            link.write(bytes);
            link.flush();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {}
    }

    private static Socket dial(InetSocketAddress at, String from) throws IOException {
        var socket = new Socket(at.getAddress(), at.getPort(), InetAddress.ofLiteral(from), 0);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static SSLSocket greeted(Socket socket) throws IOException, GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        var tls =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(socket, "localhost", socket.getPort(), true);
        tls.startHandshake();
        return tls;
    }

    private static void served(InetSocketAddress at, String from) throws Exception {
        try (var tls = greeted(dial(at, from))) {
            tls.getOutputStream().write(7);
            assertThat(tls.getInputStream().read()).isEqualTo(7);
        }
    }

    /** The other side has closed, with or without a word. */
    private static void assertClosed(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    @Test
    void oneAddressKeepsNobodyElseOut() throws Exception {
        handshakes(2, LONG);
        var at = echo(Kind.TLS);
        try (var first = dial(at, "127.0.0.1");
                var _ = dial(at, "127.0.0.1");
                var third = dial(at, "127.0.0.1")) {
            assertClosed(third);
            assertThat(refused()).containsExactly(Map.entry(ONE_ADDRESS, 1L));
            served(at, "127.0.0.2");

            first.close();
            ports.until(() -> refused().containsKey(GONE));
            served(at, "127.0.0.1");
        }
    }

    @Test
    void plainTextIsToldThatThePortIsOneOfTls() throws Exception {
        var at = echo(Kind.TLS);
        try (var peer = dial(at, "127.0.0.1")) {
            peer.getOutputStream()
                    .write("OPTIONS sip:a SIP/2.0".getBytes(StandardCharsets.US_ASCII));
            assertClosed(peer);
            ports.until(() -> !refused().isEmpty());
        }
        assertThat(refused()).containsOnlyKeys(PLAIN);
        assertThat(accepted).hasValue(0);
    }

    /** The beginning of a ClientHello of 508 bytes. Source: RFC 8446 section 5.1. */
    private static final byte[] HALF_A_HELLO = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    private static byte[] block(int lengthBytes, byte[]... parts) {
        var out = new ByteArrayOutputStream();
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) out.write(length >> shift);
        for (var part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        return block(0, parts);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A ClientHello for {@code server}. Source: RFC 8446 section 4.1.2, RFC 6066 section 3. */
    private static byte[] helloFor(String server) {
        var names = block(2, new byte[] {0}, block(2, ascii(server)));
        var extensions = block(2, new byte[] {0, 0}, block(2, names));
        var hello =
                block(
                        3,
                        new byte[] {3, 3},
                        new byte[32],
                        block(1),
                        block(2, new byte[] {0x13, 1}),
                        block(1, new byte[] {0}),
                        extensions);
        return joined(new byte[] {22, 3, 1}, block(2, new byte[] {1}, hello));
    }

    @Test
    void aStrangersTextIsNoReason() throws Exception {
        var at = echo(Kind.TLS);
        for (var name : List.of("x\n\033]0;", "y\n", "z ".repeat(4_000))) {
            try (var peer = dial(at, "127.0.0.1")) {
                peer.getOutputStream().write(helloFor(name));
                peer.getInputStream().readAllBytes();
            }
        }
        ports.until(() -> refused().values().stream().mapToLong(n -> n).sum() == 3);
        assertThat(refused()).containsExactly(Map.entry(FAILED + "wrong message", 3L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Received fatal alert: bad_certificate | Received fatal alert: bad_certificate",
                "(bad_certificate) Received fatal alert: bad_certificate"
                        + "         | Received fatal alert: bad_certificate",
                "Received fatal alert: of my own       | another reason",
                "no cipher suites in common            | no cipher suites in common",
                "The client supported protocol versions[Unknown-0xabcd] | no version in common",
                "Client requested protocol TLSv1 is not enabled         | no version in common",
            })
    void theReasonOfARefusalIsOneOfOurOwn(String said, String reason) {
        assertThat(Handshake.refusal(new SSLHandshakeException(said), LONG))
                .isEqualTo(FAILED + reason);
    }

    @Test
    void whatAServerWritesStaysOnOneShortLine() {
        var wrong = new SSLHandshakeException("x\n\033]0;\u009b\u202e" + "y".repeat(100_000));
        var certificate = new SSLHandshakeException("wrong");
        certificate.initCause(new CertificateException("a\r\nb"));
        assertThat(Handshake.reason(wrong, LONG))
                .startsWith(FAILED + "x  ]0;  yy")
                .hasSizeLessThan(400);
        assertThat(Handshake.reason(certificate, LONG)).isEqualTo("a  b");
    }

    @Test
    void aConnectionThatCannotBeSetUpIsClosedAndOthersAreServed() throws Exception {
        var identity = Objects.requireNonNull(ports.world().net().identity());
        var broken = new AtomicBoolean(true);
        var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var at =
                ports.world()
                        .net()
                        .listen(
                                Kind.TLS,
                                ports.world().loops().getFirst(),
                                here,
                                () -> {
                                    if (broken.get()) throw new IllegalStateException("in a test");
                                    return identity;
                                },
                                Echo::new)
                        .at();
        try (var peer = dial(at, "127.0.0.1")) {
            assertClosed(peer);
        }
        broken.set(false);
        served(at, "127.0.0.1");
    }

    @Test
    void whoDoesNotFinishTheHandshakeIsClosedAndOthersAreServedMeanwhile() throws Exception {
        var at = echo(Kind.TLS);
        handshakes(2, Duration.ofMillis(300));
        try (var silent = dial(at, "127.0.0.1");
                var slow = dial(at, "127.0.0.1");
                var third = dial(at, "127.0.0.1")) {
            slow.getOutputStream().write(HALF_A_HELLO);
            // Those before it are in their handshakes, and what comes now has time.
            assertClosed(third);
            handshakes(2, LONG);
            served(at, "127.0.0.2");
            assertClosed(silent);
            assertClosed(slow);
            served(at, "127.0.0.1");
        }
        assertThat(accepted).hasValue(2);
        assertThat(refused())
                .containsOnly(
                        Map.entry("no TLS handshake in 0.3 s", 2L), Map.entry(ONE_ADDRESS, 1L));
    }

    /** How a peer says that it has said all. */
    private enum LastWord {
        FIN_OF_TCP,
        CLOSE_NOTIFY,
        FIN_WITHOUT_CLOSE_NOTIFY
    }

    /** Answers the first bytes with many, and remembers what it heard. */
    private static final class Answering implements Link.Reader {
        final AtomicInteger heard = new AtomicInteger();
        final AtomicInteger closes = new AtomicInteger();
        final CompletableFuture<String> closed = new CompletableFuture<>();
        private final Link link;
        private final byte[] answer;

        Answering(Link link, byte[] answer) {
            this.link = link;
            this.answer = answer;
        }

        @Override
        public void bytes(ByteBuf bytes) {
            if (heard.getAndAdd(bytes.readableBytes()) == 0) {
                link.write(Unpooled.wrappedBuffer(answer));
                link.flush();
            }
            bytes.release();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            closes.incrementAndGet();
            closed.complete(String.valueOf(why));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatEndsInMidMessageStillHearsTheAnswer(LastWord word) throws Exception {
        var answer = new byte[3_000_000];
        new Random(11).nextBytes(answer);
        var readers = new LinkedBlockingQueue<Answering>();
        var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var at =
                ports.world()
                        .net()
                        .listen(
                                word == LastWord.FIN_OF_TCP ? Kind.TCP : Kind.TLS,
                                ports.world().loops().getFirst(),
                                here,
                                link -> {
                                    var reader = new Answering(link, answer);
                                    readers.add(reader);
                                    return reader;
                                })
                        .at();
        var half = "MSRP d93kswow SEND\r\nTo-Path: msrps://".getBytes(StandardCharsets.US_ASCII);
        try (var below = dial(at, "127.0.0.1");
                var peer = word == LastWord.FIN_OF_TCP ? below : greeted(below)) {
            peer.getOutputStream().write(half);
            switch (word) {
                case FIN_OF_TCP, CLOSE_NOTIFY -> peer.shutdownOutput();
                case FIN_WITHOUT_CLOSE_NOTIFY -> below.shutdownOutput();
            }
            var read = peer.getInputStream().readNBytes(answer.length);
            assertThat(Arrays.equals(read, answer)).isTrue();
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
        var reader = Objects.requireNonNull(readers.poll(20, TimeUnit.SECONDS));
        assertThat(reader.closed.get(20, TimeUnit.SECONDS)).isEqualTo("null");
        assertThat(reader.heard).hasValue(half.length);
        assertThat(reader.closes).hasValue(1);
    }
}

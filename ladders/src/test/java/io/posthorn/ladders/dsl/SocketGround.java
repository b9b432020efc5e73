package io.posthorn.ladders.dsl;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.LiveWorld;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.World;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Parties are plain {@code java.net} sockets of the loopback with a thread each; the units have the
 * live world.
 */
final class SocketGround implements Ground {

    private final Object lock = new Object();
    private final List<Closeable> open = new ArrayList<>();
    private final Map<String, LiveWorld> worlds = new LinkedHashMap<>();
    private final Map<String, MemoryRecorder> recorders = new LinkedHashMap<>();
    private final Map<String, PlainTls> certificates = new LinkedHashMap<>();
    private final Path data;
    private final Instant began = Instant.now();
    private final long beganNanos = System.nanoTime();

    private final InetAddress loopback;

    /**
     * @param loopback an address of this host, as a literal
     */
    SocketGround(String loopback) {
        this.loopback = InetAddress.ofLiteral(loopback);
        try {
            data = Files.createTempDirectory(Path.of("target"), "ladder");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MemoryRecorder recorder(String node) {
        return recorders.computeIfAbsent(
                node, _ -> new MemoryRecorder(this::now, MemoryRecorder.Mode.FULL, 64L << 20));
    }

    @Override
    public World world(String node) {
        return worlds.computeIfAbsent(
                node, n -> LiveWorld.start(2, data.resolve(n.replace(' ', '-')), recorder(n)));
    }

    @Override
    public Instant now() {
        return began.plusNanos(System.nanoTime() - beganNanos);
    }

    @Override
    public InetSocketAddress free(String unit) {
        while (true)
            try (var tcp = new ServerSocket(0, 1, loopback);
                    var udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
                return new InetSocketAddress(loopback, udp.getLocalPort());
            } catch (IOException taken) {
                // another one
            }
    }

    @Override
    public boolean isFree(InetSocketAddress at) {
        try (var socket = new ServerSocket(at.getPort(), 1, at.getAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return waitsOut(at.getPort());
        }
    }

    /** RFC 9293 section 3.6: whoever closed first keeps the port in TIME-WAIT, without a user. */
    private static boolean waitsOut(int port) {
        var local = String.format(Locale.ROOT, ":%04X", port);
        try (var v4 = Files.lines(Path.of("/proc/net/tcp"));
                var v6 = Files.lines(Path.of("/proc/net/tcp6"))) {
            return java.util.stream.Stream.concat(v4, v6)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(cells -> cells[1].endsWith(local))
                    .allMatch(cells -> cells[3].equals("06"));
        } catch (IOException noProc) {
            return false;
        }
    }

    /** Reads until its socket closes. */
    private interface Loop {
        void once() throws IOException;
    }

    private static void reads(String name, Loop loop) {
        Thread.ofVirtual()
                .name(name)
                .start(() -> {
                    try {
                        while (true) loop.once();
                    } catch (IOException closed) {
                        // the end
                    }
                });
    }

    private <C extends Closeable> C opened(C closeable) {
        synchronized (lock) {
            open.add(closeable);
        }
        return closeable;
    }

    private void happens(Runnable event) {
        synchronized (lock) {
            event.run();
            lock.notifyAll();
        }
    }

    @Override
    public Udp udp(String party, Packets in) {
        try {
            var socket = opened(new DatagramSocket(0, loopback));
            var at = new InetSocketAddress(loopback, socket.getLocalPort());
            reads(
                    party,
                    () -> {
                        var packet = new DatagramPacket(new byte[65_536], 65_536);
                        socket.receive(packet);
                        var bytes = Arrays.copyOf(packet.getData(), packet.getLength());
                        var from = (InetSocketAddress) packet.getSocketAddress();
                        happens(() -> in.packet(from, bytes));
                    });
            return new Udp() {
                @Override
                public InetSocketAddress at() {
                    return at;
                }

                @Override
                public void send(InetSocketAddress to, byte[] bytes) {
                    try {
                        socket.send(new DatagramPacket(bytes, bytes.length, to));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Listening listen(String party, Function<Stream, Stream.Reader> accepted) {
        try {
            var server = opened(new ServerSocket(0, 50, loopback));
            reads(party, () -> new Connection(server.accept(), accepted));
            return new Listening() {
                @Override
                public InetSocketAddress at() {
                    return new InetSocketAddress(loopback, server.getLocalPort());
                }

                @Override
                public void close() {
                    try {
                        server.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void certifies(String unit) {
        world(unit);
        var own = Authority.selfSigned(unit, now(), Duration.ofDays(1));
        Objects.requireNonNull(worlds.get(unit))
                .show(Credentials.of(own.key(), own.chain(), List.of()));
    }

    private PlainTls tls(String party) {
        return certificates.computeIfAbsent(party, _ -> new PlainTls());
    }

    @Override
    public String fingerprint(String party) {
        return tls(party).fingerprint();
    }

    @Override
    public void connect(
            String party, InetSocketAddress to, Function<Stream, Stream.Reader> opened) {
        connect(party, () -> new Socket(to.getAddress(), to.getPort()), opened);
    }

    @Override
    public void connect(
            String party,
            InetSocketAddress to,
            String fingerprint,
            Function<Stream, Stream.Reader> opened) {
        var tls = tls(party);
        connect(party, () -> tls.connect(to, fingerprint), opened);
    }

    private interface Dial {
        Socket socket() throws IOException;
    }

    private void connect(String party, Dial dial, Function<Stream, Stream.Reader> opened) {
        Thread.ofVirtual()
                .name(party)
                .start(() -> {
                    try {
                        new Connection(dial.socket(), opened);
                    } catch (IOException refused) {
                        // the party stays without a connection, and its test says so
                    }
                });
    }

    /** A TCP connection. */
    private final class Connection implements Stream {
        private final Socket socket;
        private boolean reading = true;

        Connection(Socket socket, Function<Stream, Stream.Reader> opened) throws IOException {
            this.socket = opened(socket);
            socket.setTcpNoDelay(true);
            var reader = new Stream.Reader[1];
            happens(() -> reader[0] = opened.apply(this));
            var buffer = new byte[65_536];
            reads(
                    "stream",
                    () -> {
                        awaitReading();
                        int n = read(buffer);
                        if (n < 0) {
                            happens(() -> reader[0].closed(null));
                            throw new IOException("the end");
                        }
                        var bytes = Arrays.copyOf(buffer, n);
                        happens(() -> reader[0].bytes(bytes));
                    });
        }

        private int read(byte[] buffer) {
            try {
                return socket.getInputStream().read(buffer);
            } catch (IOException reset) {
                return -1;
            }
        }

        private void awaitReading() throws IOException {
            synchronized (lock) {
                while (!reading) waitFor(1_000);
            }
        }

        @Override
        public InetSocketAddress local() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public InetSocketAddress remote() {
            return (InetSocketAddress) socket.getRemoteSocketAddress();
        }

        @Override
        public void send(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException closed) {
                // the reader hears of it
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void reset() {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void reading(boolean on) {
            happens(() -> reading = on);
        }
    }

    private void waitFor(long millis) {
        try {
            lock.wait(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public boolean until(BooleanSupplier done, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            while (!done.getAsBoolean()) {
                if (System.nanoTime() >= end) return false;
                // Conditions may look at what no party hears of; so look again now and then.
                waitFor(20);
            }
            return true;
        }
    }

    @Override
    public void pass(Duration d) {
        until(() -> false, d);
    }

    @Override
    public void run(Runnable task) {
        happens(task);
    }

    @Override
    public void close() {
        worlds.values().forEach(LiveWorld::close);
        synchronized (lock) {
            for (var closeable : open)
                try {
                    closeable.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
        }
    }
}

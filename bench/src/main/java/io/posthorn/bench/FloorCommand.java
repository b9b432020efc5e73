package io.posthorn.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "floor",
        description = {
            "What any relay costs on this machine at this moment: a process that hands bytes from one",
            "connection to another, 256 KiB at a time, and looks at none of them."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  posthorn bench floor --runs 5"})
final class FloorCommand implements Callable<Integer> {

    private static final int BUFFER = 256 << 10;
    private static final long WARM_UP = 500_000_000;
    private static final long MEASURED = 2_000_000_000;

    @Spec private CommandSpec spec;

    @Option(
            names = "--runs",
            paramLabel = "R",
            description = "how often (default: ${DEFAULT-VALUE})",
            defaultValue = "5")
    private int runs;

    @Option(names = "--json", description = "the figure as one line of JSON")
    private boolean json;

    @Override
    public Integer call() {
        var seconds = IntStream.range(0, runs).mapToDouble(_ -> once()).sorted().toArray();
        double median = seconds[seconds.length / 2];
        var out = spec.commandLine().getOut();
        if (json)
            out.printf(
                    Locale.ROOT, "{\"bench\":\"floor\",\"cpuSecondsPerGigabyte\":%.4f}%n", median);
        else out.printf(Locale.ROOT, "floor: %.2f CPU s per GB%n", median);
        out.flush();
        return 0;
    }

    /** CPU seconds per GB. */
    private static double once() {
        try (var end = ServerSocketChannel.open().bind(loopback(0))) {
            var relay = relay(((InetSocketAddress) end.getLocalAddress()).getPort());
            try (var words = relay.inputReader();
                    var from = SocketChannel.open(loopback(Integer.parseInt(words.readLine())));
                    var to = end.accept()) {
                pass(from, to, WARM_UP);
                var before = Server.cpu(relay.pid());
                pass(from, to, MEASURED);
                return Server.cpu(relay.pid()).minus(before).toNanos() / (double) MEASURED;
            } finally {
                relay.destroy();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static Process relay(int port) throws IOException {
        var java = ProcessHandle.current().info().command().orElse("java");
        return new ProcessBuilder(
                        List.of(
                                java,
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Relay.class.getName(),
                                Integer.toString(port)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Sends {@code count} bytes, and returns when all have come out at the other end. */
    private static void pass(SocketChannel from, SocketChannel to, long count) {
        var all = new CountDownLatch(1);
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    take(to, count);
                    all.countDown();
                });
        try {
            var bytes = ByteBuffer.allocateDirect(BUFFER);
            for (long left = count; left > 0; ) {
                bytes.clear().limit((int) Math.min(BUFFER, left));
                while (bytes.hasRemaining()) left -= from.write(bytes);
            }
            all.await();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            throw new Failed(Failed.FAILED, "interrupted");
        }
    }

    private static void take(SocketChannel to, long count) {
        try {
            var bytes = ByteBuffer.allocateDirect(BUFFER);
            for (long left = count; left > 0; ) {
                int read = to.read(bytes.clear().limit((int) Math.min(BUFFER, left)));
                if (read < 0) throw new IllegalStateException("the relay has ended");
                left -= read;
            }
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    /** The process that is measured. */
    static final class Relay {
        private Relay() {}

        /** {@code args}: the port to go on to. */
        public static void main(String[] args) throws IOException {
            try (var own = ServerSocketChannel.open().bind(loopback(0))) {
                System.out.println(((InetSocketAddress) own.getLocalAddress()).getPort());
                try (var to = SocketChannel.open(loopback(Integer.parseInt(args[0])));
                        var from = own.accept()) {
                    var bytes = ByteBuffer.allocateDirect(BUFFER);
                    while (from.read(bytes.clear()) >= 0) {
                        bytes.flip();
                        while (bytes.hasRemaining()) to.write(bytes);
                    }
                }
            }
        }
    }
}

package io.posthorn.bench;

import io.posthorn.server.Ports;
import io.posthorn.server.users.Development;
import io.posthorn.strand.World;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server in a process of its own, with a data directory and ports of its own, and what the
 * operating system says about it. Started as a user starts it: by the launcher, so with its
 * options.
 */
final class Server implements AutoCloseable {

    private static final int DRAIN_SECONDS = 45;

    private final @Nullable Process process;
    private final Path data;
    private final long pid;
    private final String core;
    private final String participating;
    private final Duration started;
    private final @Nullable String password;

    private Server(
            @Nullable Process process,
            Path data,
            long pid,
            String core,
            String participating,
            Duration started,
            @Nullable String password) {
        this.process = process;
        this.data = data;
        this.pid = pid;
        this.core = core;
        this.participating = participating;
        this.started = started;
        this.password = password;
    }

    /**
     * What is started.
     *
     * @param core the embedded core too; else whoever measures is at {@code coreAt}
     * @param coreAt {@code host:port}; empty: a free port
     * @param settings further ones, such as {@code custody.window = "64KiB"}
     * @param javaOpts further options of its JVM; null: those of this environment
     * @param cpu the one processor it may use; null: any
     */
    record Plan(
            boolean core,
            String coreAt,
            List<String> settings,
            @Nullable String javaOpts,
            @Nullable Integer cpu) {}

    /**
     * One that already runs.
     *
     * @param password of its users; null: it asks for none
     */
    static Server running(String core, long pid, @Nullable String password) {
        if (!Files.exists(Path.of("/proc", Long.toString(pid), "stat")))
            throw new Failed(Failed.NO_SERVER, "no process " + pid);
        return new Server(null, Path.of(""), pid, core, "", Duration.ZERO, password);
    }

    /**
     * Starts one, and returns when it is ready.
     *
     * @throws Failed if it ends before
     */
    static Server start(World world, Plan plan) {
        var loopback = InetAddress.getLoopbackAddress();
        var host = Ports.host(loopback);
        var core =
                plan.coreAt().isEmpty() ? host + ":" + Ports.free(world, loopback) : plan.coreAt();
        var participating = host + ":" + Ports.free(world, loopback);
        Path data = null;
        try {
            data = Files.createTempDirectory("posthorn-bench");
            var settings =
                    Files.writeString(
                            data.resolve("posthorn.toml"), settings(plan, core, participating));
            var opts = javaOpts(plan);
            var builder = new ProcessBuilder(command(plan.cpu(), opts, settings, data));
            builder.redirectError(data.resolve("log").toFile());
            builder.environment().put("POSTHORN_JAVA_OPTS", opts);
            long began = System.nanoTime();
            var process = builder.start();
            ready(process, data);
            var started = Duration.ofNanos(System.nanoTime() - began);
            var password = Development.find(data).map(Development::password).orElse(null);
            return new Server(process, data, process.pid(), core, participating, started, password);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String settings(Plan plan, String core, String participating) {
        var lines = new ArrayList<String>();
        lines.add("roles = [" + (plan.core() ? "\"core\", " : "") + "\"participating\"]");
        if (plan.core()) {
            lines.add("core.listen = [\"" + core + "\"]");
            lines.add("core.participating = \"sip:" + participating + "\"");
        }
        lines.add("participating.listen = [\"" + participating + "\"]");
        lines.add("participating.core = \"sip:" + core + "\"");
        lines.add("msrp.listen = \"127.0.0.1:0\"");
        lines.addAll(plan.settings());
        return String.join("\n", lines) + "\n";
    }

    private static String javaOpts(Plan plan) {
        var opts = plan.javaOpts();
        return opts == null ? System.getenv().getOrDefault("POSTHORN_JAVA_OPTS", "") : opts;
    }

    /** By the launcher; where there is none, as in a test, on our own class path. */
    private static List<String> command(
            @Nullable Integer cpu, String javaOpts, Path settings, Path data) {
        var command = new ArrayList<String>();
        if (cpu != null) command.addAll(List.of("taskset", "-c", cpu.toString()));
        var launcher = System.getenv("POSTHORN_LAUNCHER");
        if (launcher != null) {
            command.addAll(List.of("sh", launcher));
        } else {
            command.add(ProcessHandle.current().info().command().orElse("java"));
            command.addAll(
                    List.of(
                            "--add-opens=java.base/java.lang=ALL-UNNAMED",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-XX:+UseSerialGC"));
            if (!javaOpts.isBlank()) command.addAll(List.of(javaOpts.strip().split("\\s+")));
            command.addAll(
                    List.of(
                            "-cp",
                            System.getProperty("java.class.path"),
                            "io.posthorn.server.Main"));
        }
        command.addAll(List.of("up", "--config", settings.toString(), "--data", data.toString()));
        return command;
    }

    private static void ready(Process process, Path data) throws IOException {
        var output = process.inputReader(StandardCharsets.UTF_8);
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("ready")) return;
        }
        var log = Files.readString(data.resolve("log"));
        remove(data);
        throw new Failed(Failed.NO_SERVER, "the server did not start:\n" + log);
    }

    /** Where its SIP/IP core is, {@code host:port}. */
    String core() {
        return core;
    }

    /** Of all its users; null: it asks for none. */
    @Nullable String password() {
        return password;
    }

    /** Where its participating function is, {@code host:port}. */
    String participating() {
        return participating;
    }

    /** From the start of the process until it said that it is ready. */
    Duration started() {
        return started;
    }

    /** The CPU time it has used, in user and in kernel mode. */
    Duration cpu() {
        return cpu(pid);
    }

    /** The same, of any process. */
    static Duration cpu(long pid) {
        return cpu(read(pid, "stat"));
    }

    /** The part of it that its JIT compiler has used. */
    Duration compiling() {
        var sum = Duration.ZERO;
        try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (var thread : threads.toList()) {
                var stat = Files.readString(thread.resolve("stat"));
                if (stat.contains(" (C1 Comp") || stat.contains(" (C2 Comp"))
                    sum = sum.plus(cpu(stat));
            }
        } catch (IOException threadEnded) {
            return sum;
        }
        return sum;
    }

    private static Duration cpu(String stat) {
        // proc(5): fields 14 and 15, in ticks of 10 ms; the name before them may hold spaces.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Duration.ofMillis(10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12])));
    }

    /** The most memory it ever had, in bytes. */
    long peakResident() {
        for (var line : read(pid, "status").split("\n")) {
            if (line.startsWith("VmHWM:"))
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
        throw new IllegalStateException("no VmHWM in /proc/" + pid + "/status");
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException gone) {
            throw new Failed(Failed.FAILED, "the server has ended");
        }
    }

    /** The bytes of all objects that are in use: counts after a full collection. */
    long liveHeap() {
        var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        try {
            var process =
                    new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
                            .redirectErrorStream(true)
                            .start();
            try (var output = process.inputReader(StandardCharsets.UTF_8)) {
                return total(output);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static long total(BufferedReader histogram) throws IOException {
        for (var line = histogram.readLine(); line != null; line = histogram.readLine()) {
            var words = line.strip().split("\\s+");
            if (words[0].equals("Total")) return Long.parseLong(words[2]);
        }
        throw new Failed(Failed.FAILED, "jcmd showed no histogram of the server's heap");
    }

    @Override
    public void close() {
        if (process == null) return;
        process.destroy();
        try {
            if (!process.waitFor(DRAIN_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
            remove(data);
        } catch (InterruptedException hurried) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(path);
        }
    }
}

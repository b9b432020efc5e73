package io.posthorn.ladders.sipp;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One run of the {@code sipp} of this machine, a child process. */
final class Sipp {

    /** How it sends. */
    enum Over {
        UDP("u1"),
        TCP("t1");

        private final String option;

        Over(String option) {
            this.option = option;
        }

        private String protocol() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int SECONDS = 20;

    /** Of each log, in a failed test. */
    private static final int SHOWN = 12_000;

    private final Process process;
    private final Path logs;
    private final Over over;
    private final int port;

    private Sipp(Process process, Path logs, Over over, int port) {
        this.process = process;
        this.logs = logs;
        this.over = over;
        this.port = port;
    }

    static Optional<Path> program() {
        var path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        return Arrays.stream(path.split(File.pathSeparator))
                .map(directory -> Path.of(directory, "sipp"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Calls {@code peer} with {@code more} options, one of them {@code -sn} or {@code -sf}. */
    static Sipp calls(Over over, InetSocketAddress peer, String... more) {
        var options = new ArrayList<>(List.of(more));
        options.add(hostPort(peer));
        return start(over, options);
    }

    /** Waits to be called; returns when it can be. */
    static Sipp answers(Over over, String... more) {
        var sipp = start(over, List.of(more));
        sipp.listens();
        return sipp;
    }

    /** A scenario of {@code src/test/resources/sipp}. */
    static String file(String scenario) {
        try {
            var resource = Sipp.class.getResource("/sipp/" + scenario);
            return Path.of(Objects.requireNonNull(resource, scenario).toURI()).toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static Sipp start(Over over, List<String> more) {
        try {
            var logs = Files.createTempDirectory(Files.createDirectories(directory()), "run");
            int port = Ports.free().getPort();
            var command = new ArrayList<String>();
            command.addAll(List.of("sipp", "-t", over.option, "-i", "127.0.0.1", "-bind_local"));
            command.addAll(
                    List.of("-p", "" + port, "-mp", "" + Ports.free().getPort(), "-nostdin"));
            command.addAll(List.of("-trace_err", "-error_file", "errors.log"));
            command.addAll(List.of("-trace_msg", "-message_file", "messages.log"));
            command.addAll(List.of("-timeout", SECONDS + "s", "-timeout_error"));
            command.addAll(more);
            var process =
                    new ProcessBuilder(command)
                            .directory(logs.toFile())
                            .redirectInput(new File("/dev/null"))
                            .redirectOutput(logs.resolve("screen.log").toFile())
                            .redirectError(logs.resolve("stderr.log").toFile())
                            .start();
            return new Sipp(process, logs, over, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory() {
        return Path.of("target", "sipp").toAbsolutePath();
    }

    private static String hostPort(InetSocketAddress at) {
        return at.getAddress().getHostAddress() + ":" + at.getPort();
    }

    private void listens() {
        for (int i = 0; i < 500 && !Ports.taken(over.protocol(), port); i++)
            if (ended(10)) throw failed("ended before it was called");
    }

    /** Where it answers. */
    String uri() {
        return "sip:sipp@127.0.0.1:" + port + ";transport=" + over.protocol();
    }

    /** Waits until it has ended, which it must with no failed call. */
    void passes() {
        if (!ended(1_000 * (SECONDS + 5))) {
            process.destroyForcibly();
            throw failed("does not end");
        }
        if (process.exitValue() != 0) throw failed("exit code " + process.exitValue());
    }

    private boolean ended(int millis) {
        try {
            return process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new AssertionError(e);
        }
    }

    /** With all that sipp wrote. */
    private AssertionError failed(String how) {
        var text = new StringBuilder("sipp over " + over + ": " + how);
        Stream.of("stderr.log", "errors.log", "screen.log", "messages.log")
                .forEach(log -> text.append("\n---- ").append(log).append("\n").append(end(log)));
        return new AssertionError(text.toString());
    }

    private String end(String log) {
        var file = logs.resolve(log);
        if (!Files.exists(file)) return "(none)";
        try {
            var text = Files.readString(file, StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - SHOWN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

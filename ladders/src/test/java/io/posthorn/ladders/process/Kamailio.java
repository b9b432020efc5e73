package io.posthorn.ladders.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The {@code kamailio} of this machine as a child process. */
final class Kamailio implements AutoCloseable {

    private static final int TRIES = 500;

    private final Process process;
    private final Path log;

    private Kamailio(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static Optional<Path> program() {
        var path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        return Arrays.stream((path + ":/usr/sbin").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "kamailio"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it, and returns when it takes connections at {@code at}. */
    static Kamailio start(Path config, InetSocketAddress at, List<String> options) {
        try {
            var directory = Files.createTempDirectory(config.getParent(), "kamailio");
            var log = directory.resolve("log");
            var command = new ArrayList<String>();
            command.add(program().orElseThrow().toString());
            command.addAll(List.of("-f", config.toString(), "-DD", "-E", "-Y", "" + directory));
            command.addAll(options);
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .redirectInput(new File("/dev/null"))
                            .start();
            var kamailio = new Kamailio(process, log);
            kamailio.listens(at);
            return kamailio;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listens(InetSocketAddress at) {
        for (int i = 0; i < TRIES; i++)
            try (var socket = new Socket()) {
                socket.connect(at);
                return;
            } catch (IOException notYet) {
                if (ended(20)) break;
            }
        process.destroyForcibly();
        throw new AssertionError("kamailio does not listen at " + at + "\n" + printed());
    }

    private boolean ended(int millis) {
        try {
            return process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String printed() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Ends it and its children. */
    @Override
    public void close() {
        var children = process.descendants().toList();
        process.destroy();
        if (ended(5_000)) return;
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        ended(5_000);
    }
}

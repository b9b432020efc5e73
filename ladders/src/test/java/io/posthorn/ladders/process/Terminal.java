package io.posthorn.ladders.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One {@code posthorn} command in a process of its own, on this test's class path. */
final class Terminal implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 60;

    private final Process process;
    private final BufferedReader output;
    private final List<String> seen = new ArrayList<>();

    private Terminal(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static Terminal run(String... command) {
        return run(List.of("-Xmx128m"), command);
    }

    /**
     * @param options of its JVM
     */
    static Terminal run(List<String> options, String... command) {
        var line = new ArrayList<String>();
        line.add(ProcessHandle.current().info().command().orElseThrow());
        line.addAll(
                List.of(
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1"));
        line.addAll(options);
        line.addAll(
                List.of("-cp", System.getProperty("java.class.path"), "io.posthorn.server.Main"));
        line.addAll(Arrays.asList(command));
        try {
            return new Terminal(new ProcessBuilder(line).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads until a line holds {@code text}; fails with all that was printed when the process ends
     * before.
     */
    String until(String text) {
        try {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                seen.add(line);
                if (line.contains(text)) return line;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("ended without '" + text + "':\n" + String.join("\n", seen));
    }

    /** The exit code. */
    int end() {
        try {
            for (var line = output.readLine(); line != null; line = output.readLine())
                seen.add(line);
            if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) return process.exitValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        throw new AssertionError("does not end:\n" + String.join("\n", seen));
    }

    long pid() {
        return process.pid();
    }

    boolean runs() {
        return process.isAlive();
    }

    /** All it printed so far. */
    String printed() {
        return String.join("\n", seen);
    }

    void terminate() {
        process.toHandle().destroy(); // its output stays readable
    }

    void kill() {
        process.toHandle().destroyForcibly();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

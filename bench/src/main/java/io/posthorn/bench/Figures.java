package io.posthorn.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What a run cost.
 *
 * @param cpu of the server
 * @param compiling the part of it that its JIT compiler took
 * @param bytes of all messages, once for each, however many devices got it
 */
record Figures(Ledger ledger, Duration took, Duration cpu, Duration compiling, long bytes) {

    long calls() {
        return ledger.sent();
    }

    double callsPerSecond() {
        return calls() / seconds(took);
    }

    double megabytesPerSecond() {
        return bytes / 1e6 / seconds(took);
    }

    /** The server's, in microseconds. */
    double cpuPerCall() {
        return calls() == 0 ? 0 : cpu.toNanos() / 1e3 / calls();
    }

    /** The server's, in seconds per 10^9 bytes. */
    double cpuPerGigabyte() {
        return bytes == 0 ? 0 : seconds(cpu) / (bytes / 1e9);
    }

    /** The part of the CPU time that goes when the server has run for long, in per cent. */
    double compilingPercent() {
        return cpu.isZero() ? 0 : 100.0 * compiling.toNanos() / cpu.toNanos();
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    /** Of a figure over several runs: the middle one. */
    static double median(List<Figures> runs, ToDoubleFunction<Figures> figure) {
        var values = runs.stream().mapToDouble(figure).sorted().toArray();
        return values.length % 2 == 1
                ? values[values.length / 2]
                : (values[values.length / 2 - 1] + values[values.length / 2]) / 2;
    }

    /** Smallest, middle and largest, or only the one there is. */
    static String spread(List<Figures> runs, String format, ToDoubleFunction<Figures> figure) {
        var middle = String.format(Locale.ROOT, format, median(runs, figure));
        if (runs.size() == 1) return middle;
        var values = runs.stream().mapToDouble(figure).sorted().toArray();
        return middle
                + String.format(
                        Locale.ROOT,
                        "  (" + format + " to " + format + ")",
                        values[0],
                        values[values.length - 1]);
    }
}

package io.posthorn.bench;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** The figures of a measurement, for people or for machines. */
final class Report {

    private final boolean json;
    private final StringBuilder text = new StringBuilder();
    private final StringJoiner fields = new StringJoiner(",", "{", "}");
    private long failed;

    Report(String kind, boolean json) {
        this.json = json;
        fields.add("\"bench\":\"" + kind + "\"");
    }

    Report title(String title) {
        text.append(title).append('\n');
        return this;
    }

    /**
     * @param what a call of this measurement is
     */
    Report calls(List<Figures> runs, String what) {
        number("calls", (double) runs.stream().mapToLong(Figures::calls).sum());
        number("runs", runs.size());
        figure(what + "s", "/s", "%,.1f", "callsPerSecond", runs, Figures::callsPerSecond);
        if (runs.getFirst().bytes() > 0)
            figure(
                    "payload",
                    " MB/s",
                    "%,.1f",
                    "megabytesPerSecond",
                    runs,
                    Figures::megabytesPerSecond);
        figure(
                "server CPU",
                " us per " + what,
                "%,.0f",
                "cpuMicrosPerCall",
                runs,
                Figures::cpuPerCall);
        if (runs.getFirst().bytes() > 0)
            figure("", " s per GB", "%.3f", "cpuSecondsPerGigabyte", runs, Figures::cpuPerGigabyte);
        figure(
                "",
                " % of it compiling",
                "%.0f",
                "compilingPercent",
                runs,
                Figures::compilingPercent);
        figure(
                "INVITE to its 200",
                " ms p50",
                "%.2f",
                "answeredMillis50",
                runs,
                r -> r.ledger().answered().at(50));
        figure("", " ms p99", "%.2f", "answeredMillis99", runs, r -> r.ledger().answered().at(99));
        if (runs.getFirst().bytes() > 0) {
            figure(
                    "to the last chunk's 200",
                    " ms p50",
                    "%.2f",
                    "deliveredMillis50",
                    runs,
                    r -> r.ledger().delivered().at(50));
            figure(
                    "",
                    " ms p99",
                    "%.2f",
                    "deliveredMillis99",
                    runs,
                    r -> r.ledger().delivered().at(99));
        }
        return this;
    }

    private void figure(
            String name,
            String unit,
            String format,
            String field,
            List<Figures> runs,
            ToDoubleFunction<Figures> figure) {
        line(name, Figures.spread(runs, format, figure) + unit);
        number(field, Figures.median(runs, figure));
    }

    private void line(String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-24s %s%n", name, value));
    }

    private void number(String field, double value) {
        fields.add(
                String.format(Locale.ROOT, "\"%s\":%.4f", field, value).replaceAll("\\.?0+$", ""));
    }

    Report resident(long bytes) {
        line("server memory", String.format(Locale.ROOT, "%,.0f MB resident at most", bytes / 1e6));
        number("peakResidentBytes", bytes);
        return this;
    }

    Report held(long bytes, int count) {
        line(
                "held call",
                String.format(Locale.ROOT, "%,d bytes of heap (%,d calls)", bytes, count));
        number("heldCallBytes", bytes);
        return this;
    }

    /** Of all runs, the warm-up included: what was lost there is lost too. */
    Report failures(List<Ledger> ledgers) {
        var all = new TreeMap<String, Long>();
        for (var ledger : ledgers)
            ledger.failures().forEach((why, count) -> all.merge(why, count.sum(), Long::sum));
        failed = all.values().stream().mapToLong(Long::longValue).sum();
        if (failed == 0) line("failures", "none; every byte was compared");
        all.forEach((why, count) -> line("FAILED", count + " x " + why));
        number("failures", failed);
        return this;
    }

    /** Prints, and returns the exit code. */
    int print(PrintWriter out) {
        out.print(json ? fields + "\n" : text.toString());
        out.flush();
        return failed == 0 ? 0 : Failed.FAILED;
    }
}

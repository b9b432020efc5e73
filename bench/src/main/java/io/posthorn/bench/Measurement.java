package io.posthorn.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Warm-up, then the same several times, and what it cost the server. */
final class Measurement {

    private final Server server;
    private final Load load;
    private final LoadOptions options;
    private final List<Ledger> ledgers = new ArrayList<>();

    Measurement(Server server, Load load, LoadOptions options) {
        this.server = server;
        this.load = load;
        this.options = options;
    }

    /** {@code calls} with {@code bytes} each, so many at a time as {@link Load} says. */
    List<Figures> closed(int calls, long bytes) {
        warmUp();
        return measured(calls, bytes, progress -> load.run(calls, progress));
    }

    /** {@code calls}, {@code rate} of them begun each second. */
    List<Figures> open(int calls, int rate) {
        warmUp();
        return measured(calls, 0, progress -> load.run(calls, rate, progress));
    }

    /** By the server's own CPU time: on a busy machine the clock says nothing. */
    private void warmUp() {
        if (options.warmUp() == 0) return;
        var end = server.cpu().plusSeconds(options.warmUp());
        try (var progress = Progress.of("warm-up", -1)) {
            ledgers.add(load.until(() -> server.cpu().compareTo(end) >= 0, progress));
        }
    }

    private interface Run {
        Ledger with(Progress progress);
    }

    private List<Figures> measured(int calls, long bytes, Run run) {
        var runs = new ArrayList<Figures>();
        try (var progress = Progress.of("calls", (long) calls * options.runs())) {
            for (int i = 0; i < options.runs(); i++)
                runs.add(measured(bytes, () -> run.with(progress)));
        }
        runs.forEach(figures -> ledgers.add(figures.ledger()));
        return runs;
    }

    private Figures measured(long bytes, Supplier<Ledger> run) {
        var cpu = server.cpu();
        var compiling = server.compiling();
        long began = System.nanoTime();
        var ledger = run.get();
        var took = Duration.ofNanos(System.nanoTime() - began);
        return new Figures(
                ledger,
                took,
                server.cpu().minus(cpu),
                server.compiling().minus(compiling),
                bytes * ledger.sent());
    }

    /** A ledger of something else that is told with this. */
    Ledger another() {
        var ledger = new Ledger();
        ledgers.add(ledger);
        return ledger;
    }

    /** Of everything, the warm-up included: what was lost there is lost too. */
    List<Ledger> ledgers() {
        return ledgers;
    }
}

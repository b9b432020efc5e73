package io.posthorn.ladders.storm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Many histories, side by side: they share nothing. */
final class Storms {

    /** A history whose ledger does not hold. */
    record Failure(long seed, List<String> drawn, List<String> findings) {

        String text() {
            var text = new StringBuilder("seed " + seed + "\n");
            for (var line : drawn) text.append("    ").append(line).append('\n');
            for (var line : findings) text.append("  * ").append(line).append('\n');
            return text.append("  again: ./posthorn simulate --seed " + seed + '\n').toString();
        }
    }

    private final boolean large;
    private final LongConsumer done;
    private final Consumer<Failure> failed;
    private final int enough;

    /**
     * @param done hears of each seed that was run; any thread
     * @param failed hears of each that failed, one at a time
     * @param enough so many failures end it
     */
    Storms(boolean large, LongConsumer done, Consumer<Failure> failed, int enough) {
        this.large = large;
        this.done = done;
        this.failed = failed;
        this.enough = enough;
    }

    /** Runs seeds {@code from} to {@code from + count - 1}; returns how many failed. */
    int run(long from, long count, int threads) {
        var next = new AtomicLong(from);
        var failures = new AtomicInteger();
        var workers = new ArrayList<Thread>();
        for (int i = 0; i < threads; i++)
            // Virtual, as the strands are: handing the baton over then takes no system call.
            workers.add(Thread.ofVirtual().start(() -> work(next, from + count, failures)));
        for (var worker : workers) join(worker);
        return failures.get();
    }

    private static void join(Thread worker) {
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted");
        }
    }

    private void work(AtomicLong next, long end, AtomicInteger failures) {
        for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
            if (failures.get() >= enough) return;
            one(seed, failures);
            done.accept(seed);
        }
    }

    private void one(long seed, AtomicInteger failures) {
        try (var storm = new Storm(seed, large)) {
            var findings = storm.run();
            if (findings.isEmpty()) return;
            failures.incrementAndGet();
            synchronized (this) {
                failed.accept(new Failure(seed, List.copyOf(storm.drawn()), findings));
            }
        }
    }
}

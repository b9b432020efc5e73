package io.posthorn.live;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The platform threads that do blocking work. */
final class Lanes {
    private final ExecutorService disk = pool(Lane.DISK);
    private final ExecutorService database = pool(Lane.DATABASE);
    private final List<LiveLoop> loops;

    Lanes(List<LiveLoop> loops) {
        this.loops = loops;
    }

    private static ExecutorService pool(Lane lane) {
        var count =
                switch (lane) {
                    case DISK -> 2;
                    case DATABASE -> 3;
                };
        var numbers = new AtomicInteger();
        return Executors.newFixedThreadPool(
                count, work -> new LaneThread(lane, numbers.getAndIncrement(), work));
    }

    /** Runs {@code work} in {@code lane}; the caller parks, and cannot be interrupted out of it. */
    <T> T call(Lane lane, Callable<T> work) throws Exception {
        // Already there: waiting for the other threads of a lane could wait for itself.
        if (Thread.currentThread() instanceof LaneThread here && here.lane == lane) {
            return work.call();
        }
        for (var loop : loops) {
            if (loop.inside()) throw new IllegalStateException(loop + " would wait for " + lane);
        }
        var outcome = new CompletableFuture<T>();
        submit(
                lane,
                () -> {
                    try {
                        outcome.complete(work.call());
                    } catch (Throwable failure) {
                        if (failure instanceof OutOfMemoryError) Fault.log(lane.name(), failure);
                        outcome.completeExceptionally(failure);
                    }
                });
        try {
            // join, as the work goes on in the caller's buffers whatever happens to the caller.
            return outcome.join();
        } catch (CompletionException failed) {
            switch (failed.getCause()) {
                case Exception e -> throw e;
                case Error e -> throw e;
                case null, default -> throw failed;
            }
        }
    }

    void run(Lane lane, Runnable work) {
        submit(lane, () -> Fault.contain(lane.name(), work));
    }

    private void submit(Lane lane, Runnable work) {
        var pool =
                switch (lane) {
                    case DISK -> disk;
                    case DATABASE -> database;
                };
        try {
            pool.execute(work);
        } catch (RejectedExecutionException closed) {
            throw new Unavailable("lane " + lane + " is closed", closed);
        }
    }

    /** Finishes what was handed in, for at most 5 s each. */
    void close() throws InterruptedException {
        for (var pool : List.of(disk, database)) pool.shutdown();
        for (var pool : List.of(disk, database)) {
            if (!pool.awaitTermination(5, TimeUnit.SECONDS)) {
                Fault.debug("closing", new IllegalStateException("blocking work goes on"));
            }
        }
    }

    private static final class LaneThread extends Thread {
        final Lane lane;

        LaneThread(Lane lane, int number, Runnable work) {
            super(work, lane.name().toLowerCase(Locale.ROOT) + "-" + number);
            this.lane = lane;
            setDaemon(true);
        }
    }
}

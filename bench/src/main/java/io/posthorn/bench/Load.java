package io.posthorn.bench;

import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Starts calls: so many at a time, or so many a second. */
final class Load {

    private static final long LATE_SECONDS = 60;

    /** Starts one call. */
    interface Start {
        /**
         * @param number no other call of this process has it
         * @param over to be run when the call has ended, however it went
         */
        void call(int number, Ledger ledger, Runnable over);
    }

    private final Start start;
    private final int parallel;
    private final int copies;

    /** A server knows a message again that it had from an earlier process. */
    private int numbers = new Random().nextInt(900_000_000);

    /**
     * @param parallel calls at a time
     * @param copies devices that get each message; 0 if none is sent
     */
    Load(Start start, int parallel, int copies) {
        this.start = start;
        this.parallel = parallel;
        this.copies = copies;
    }

    /** The run that is going on, for whoever receives. */
    private volatile Ledger ledger = new Ledger();

    Ledger ledger() {
        return ledger;
    }

    /** Calls, {@code parallel} at a time, until {@code warm} and each place was used. */
    Ledger until(BooleanSupplier warm, Progress progress) {
        return run(new Ledger(), done -> done >= parallel && warm.getAsBoolean(), progress);
    }

    /** {@code count} calls, {@code parallel} at a time. */
    Ledger run(int count, Progress progress) {
        return run(new Ledger(), done -> done >= count, progress);
    }

    private interface Enough {
        boolean after(int begun);
    }

    private Ledger run(Ledger fresh, Enough enough, Progress progress) {
        ledger = fresh;
        var places = new Semaphore(parallel);
        for (int begun = 0; !enough.after(begun); begun++) {
            places.acquireUninterruptibly();
            start.call(
                    numbers++,
                    fresh,
                    () -> {
                        progress.step();
                        places.release();
                    });
        }
        places.acquireUninterruptibly(parallel);
        await(fresh);
        return fresh;
    }

    /**
     * {@code count} calls, one each {@code 1/rate} seconds, whether earlier ones are over or not.
     */
    Ledger run(int count, int rate, Progress progress) {
        var fresh = new Ledger();
        ledger = fresh;
        var open = new Semaphore(0);
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = began + i * 1_000_000_000L / rate;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime())
                LockSupport.parkNanos(left);
            start.call(
                    numbers++,
                    fresh,
                    () -> {
                        progress.step();
                        open.release();
                    });
        }
        open.acquireUninterruptibly(count);
        await(fresh);
        return fresh;
    }

    /** A sender has its 200 when the first device has the message; the others may still get it. */
    private void await(Ledger run) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(LATE_SECONDS);
        while (run.received() < run.sent() * copies && System.nanoTime() < giveUp)
            LockSupport.parkNanos(1_000_000);
        for (long missing = run.sent() * copies - run.received(); missing > 0; missing--)
            run.failed("acknowledged to the sender, but a device does not have it");
    }
}

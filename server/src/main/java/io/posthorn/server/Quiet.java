package io.posthorn.server;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;

/** Waits until nothing is open any more. */
final class Quiet {

    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private Quiet() {}

    /** True when {@code open} says 0; false after {@code longest}. */
    static CompletableFuture<Boolean> when(Loop loop, IntSupplier open, Duration longest) {
        var done = new CompletableFuture<Boolean>();
        loop.execute(() -> {
            loop.after(longest, () -> done.complete(false));
            look(loop, open, done);
        });
        return done;
    }

    private static void look(Loop loop, IntSupplier open, CompletableFuture<Boolean> done) {
        if (open.getAsInt() == 0) done.complete(true);
        else if (!done.isDone()) loop.after(LOOK_AGAIN, () -> look(loop, open, done));
    }
}

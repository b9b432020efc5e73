package io.posthorn.strand.contract;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all contracts share: a world, and a way to let it run. Everything that belongs to a loop
 * runs on it, and what tests look at is safe for any thread.
 */
abstract class PortContract {

    /** The world under test; always the same within one test. */
    protected abstract World world();

    /** Lets the world run until {@code done}, or fails within seconds. */
    protected abstract void until(BooleanSupplier done);

    protected Loop loop() {
        return world().loops().getFirst();
    }

    protected Loop otherLoop() {
        return world().loops().get(1);
    }

    /** What {@code task} gives on {@code loop}. */
    protected <T> T on(Loop loop, Supplier<T> task) {
        var result = new AtomicReference<T>();
        loop.execute(() -> result.set(task.get()));
        until(() -> result.get() != null);
        return result.get();
    }

    protected Track track() {
        return world().recorder().open("contract", Map.of());
    }

    protected <E> Strand<E> start(Consumer<Strand<E>> body) {
        return world().strands().start(track(), body, unread -> {});
    }
}

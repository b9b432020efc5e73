package io.posthorn.live;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Which threads carry strands: those of their loops, so that a strand and its loop hand over to
 * each other without waking anybody. The JDK lets its scheduler of virtual threads be replaced only
 * where {@code java.lang} is open to us ({@code --add-opens java.base/java.lang=ALL-UNNAMED});
 * elsewhere its own pool carries them.
 *
 * <p>A virtual thread that is made by a strand in the JDK's way is carried as that strand is.
 */
final class Carriers implements AutoCloseable {
    /** Ours: far above a turn of a loop, far below the first repetition of a request. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** (scheduler, name, characteristics, work) to a virtual thread; null if it is closed to us. */
    private static final @Nullable MethodHandle SCHEDULED = scheduled();

    /** By number of their loops; none where the JDK's pool carries. */
    private final List<LoopCarrier> carriers;

    private volatile boolean closed;

    private Carriers(List<LoopCarrier> carriers) {
        this.carriers = carriers;
        if (!carriers.isEmpty()) Thread.ofPlatform().daemon().name("carriers").start(this::watch);
    }

    /** The loops if the JDK lets us. */
    static Carriers best(List<LiveLoop> loops) {
        return SCHEDULED == null
                ? pooled()
                : new Carriers(loops.stream().map(LoopCarrier::new).toList());
    }

    /** The JDK's own pool. */
    static Carriers pooled() {
        return new Carriers(List.of());
    }

    private static @Nullable MethodHandle scheduled() {
        try {
            var make =
                    Class.forName("java.lang.ThreadBuilders")
                            .getDeclaredMethod(
                                    "newVirtualThread",
                                    Executor.class,
                                    String.class,
                                    int.class,
                                    Runnable.class);
            if (!make.trySetAccessible()) return null;
            return MethodHandles.lookup().unreflect(make);
        } catch (ReflectiveOperationException otherJdk) {
            return null;
        }
    }

    /** Whether strands run on the threads of their loops. */
    boolean onLoops() {
        return !carriers.isEmpty();
    }

    /** A virtual thread for a strand of {@code home}, not started yet. */
    Thread unstarted(LiveLoop home, String name, Runnable work) {
        if (SCHEDULED == null || carriers.isEmpty())
            return Thread.ofVirtual().name(name).unstarted(work);
        try {
            return (Thread) SCHEDULED.invoke((Executor) carriers.get(home.number()), name, 0, work);
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable checked) {
            throw new IllegalStateException(checked);
        }
    }

    /**
     * A strand and its loop may wait for the same lock. Once it is free, its next in line alone is
     * woken; if that is the strand, it can only run where its loop's thread does not wait.
     */
    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(LOOK_NANOS);
            for (var carrier : carriers) Fault.contain("carriers", carrier::relieve);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}

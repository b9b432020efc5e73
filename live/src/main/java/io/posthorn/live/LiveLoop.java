package io.posthorn.live;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One Netty event loop, its thread and its wheel. */
final class LiveLoop implements Loop {
    private final int number;
    private final String name;
    private final Monotonic time;
    private final Sockets sockets;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop events;
    private final Wheel wheel;
    private @Nullable Future<?> alarm;

    LiveLoop(int number, Monotonic time, Sockets sockets) {
        this.number = number;
        this.name = "loop-" + number;
        this.time = time;
        this.sockets = sockets;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory(name, true), sockets.handler());
        this.events = group.next();
        this.wheel = new Wheel(name, this::alarm);
    }

    /** The live loop behind {@code loop}: ports of one world only take loops of that world. */
    static LiveLoop of(Loop loop) {
        if (loop instanceof LiveLoop live) return live;
        throw new IllegalStateException("not a live loop: " + loop);
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public Instant now() {
        return time.now();
    }

    @Override
    public Cancel after(Duration d, Runnable task) {
        return wheel.set(time.nanos(), nanos(d), task);
    }

    private static long nanos(Duration d) {
        if (d.isNegative()) return 0;
        return d.getSeconds() > Wheel.FOREVER / 1_000_000_000L ? Wheel.FOREVER : d.toNanos();
    }

    private void alarm(long nanos) {
        // One alarm at a time: a second would set its own successors for ever.
        if (alarm != null) alarm.cancel(false);
        if (events.isShuttingDown()) return;
        alarm = events.schedule(this::turn, nanos, TimeUnit.NANOSECONDS);
    }

    private void turn() {
        Fault.contain(name, () -> wheel.turn(time.nanos()));
    }

    @Override
    public void execute(Runnable task) {
        try {
            events.execute(() -> Fault.contain(name, task));
        } catch (RejectedExecutionException closed) {
            // The world is being closed; nobody is left whom this task could serve.
            Fault.debug(name + " is closed, a task is lost", closed);
        }
    }

    boolean inside() {
        return events.inEventLoop();
    }

    EventLoop events() {
        return events;
    }

    Sockets sockets() {
        return sockets;
    }

    Wheel wheel() {
        return wheel;
    }

    Future<?> close() {
        return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }

    @Override
    public String toString() {
        return name;
    }
}

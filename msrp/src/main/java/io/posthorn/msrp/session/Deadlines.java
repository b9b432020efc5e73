package io.posthorn.msrp.session;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Things that all wait equally long, with one timer for the oldest. Loop only. */
final class Deadlines<T> {

    private record Due<T>(Instant at, T what) {}

    private final Loop loop;
    private final Duration patience;
    private final Predicate<T> waiting;
    private final Consumer<T> late;
    private final ArrayDeque<Due<T>> queue = new ArrayDeque<>();
    private Loop.@Nullable Cancel timer;

    /**
     * @param waiting false once an item need not be looked at any more
     * @param late called for an item that still waits at its deadline
     */
    Deadlines(Loop loop, Duration patience, Predicate<T> waiting, Consumer<T> late) {
        this.loop = loop;
        this.patience = patience;
        this.waiting = waiting;
        this.late = late;
    }

    void add(T what) {
        skip();
        queue.add(new Due<>(loop.now().plus(patience), what));
        arm();
    }

    void cancel() {
        queue.clear();
        if (timer != null) timer.cancel();
        timer = null;
    }

    private void skip() {
        while (!queue.isEmpty() && !waiting.test(queue.getFirst().what())) queue.removeFirst();
    }

    private void arm() {
        if (timer != null || queue.isEmpty()) return;
        var left = Duration.between(loop.now(), queue.getFirst().at());
        timer = loop.after(left.isNegative() ? Duration.ZERO : left, this::fire);
    }

    private void fire() {
        timer = null;
        var now = loop.now();
        skip();
        while (!queue.isEmpty() && !queue.getFirst().at().isAfter(now)) {
            late.accept(queue.removeFirst().what());
            skip();
        }
        arm();
    }
}

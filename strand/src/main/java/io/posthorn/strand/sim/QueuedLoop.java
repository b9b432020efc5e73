package io.posthorn.strand.sim;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;

/** A loop that runs one task per turn, in the order they came. */
final class QueuedLoop implements Loop, Agenda.Runner {
    private final Agenda agenda;
    private final Node node;
    private final int number;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    QueuedLoop(Agenda agenda, Node node, int number) {
        this.agenda = agenda;
        this.node = node;
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public Instant now() {
        return agenda.instant();
    }

    @Override
    public void execute(Runnable task) {
        if (node.dead()) return;
        tasks.add(task);
        if (tasks.size() == 1) turn();
    }

    private void turn() {
        agenda.at(agenda.now(), Agenda.Kind.TASK, node, this, this::run);
    }

    private void run() {
        var task = tasks.element();
        try {
            task.run();
        } finally {
            tasks.remove();
            if (!tasks.isEmpty()) turn();
        }
    }

    @Override
    public Cancel after(Duration d, Runnable task) {
        here("a timer");
        if (node.dead()) return () -> {};
        var entry =
                agenda.at(
                        agenda.now() + Agenda.nanos(d),
                        Agenda.Kind.TIMER,
                        node,
                        this,
                        new Timer(task));
        return () -> {
            here("a timer");
            agenda.cancel(entry);
        };
    }

    /** A task that can say who made it. */
    record Timer(Runnable task) implements Runnable {
        @Override
        public void run() {
            task.run();
        }

        @Override
        public String toString() {
            var name = task.getClass().getName();
            int lambda = name.indexOf("$$");
            return lambda < 0 ? name : name.substring(0, lambda);
        }
    }

    /** What belongs to a loop is used on it; the test itself may use it while nothing runs. */
    void here(String what) {
        var current = agenda.current();
        if (current != null && current != this)
            throw new IllegalStateException(what + " of " + this + " used from " + current);
    }

    @Override
    public String toString() {
        return "loop " + number + " of " + node.name();
    }
}

package io.posthorn.strand.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Strands;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What every {@link Strands} and {@link Strand} does. */
public abstract class StrandsContract extends PortContract {

    private static final ScopedValue<String> SCOPED = ScopedValue.newInstance();

    @Test
    void aStrandReadsItsEventsInTheirOrder() {
        var read = new CopyOnWriteArrayList<Integer>();
        Strand<Integer> strand =
                start(me -> {
                    while (read.size() < 100) {
                        var event = me.await(me.in(Duration.ofSeconds(20)));
                        if (event != null) read.add(event);
                    }
                });
        for (int i = 0; i < 100; i++) assertThat(strand.post(i)).isTrue();
        until(() -> read.size() == 100);
        assertThat(read).isSorted();
    }

    @Test
    void awaitGivesNullOnceItsDeadlineHasPassed() {
        var ended = new AtomicReference<Duration>();
        this.<String>start(me -> {
            var begun = me.now();
            var event = me.await(me.in(Duration.ofMillis(60)));
            if (event == null) ended.set(Duration.between(begun, me.now()));
        });
        until(() -> ended.get() != null);
        assertThat(ended.get()).isBetween(Duration.ofMillis(60), Duration.ofSeconds(4));
    }

    @Test
    void aDeadlineInThePastOnlyLooksIntoTheInbox() {
        var seen = new CopyOnWriteArrayList<String>();
        this.<String>start(me -> {
            me.post("there");
            seen.add(String.valueOf(me.await(me.now().minusSeconds(9))));
            seen.add(String.valueOf(me.await(me.now())));
            seen.add(String.valueOf(me.await(Instant.MIN)));
        });
        until(() -> seen.size() == 3);
        assertThat(seen).containsExactly("there", "null", "null");
    }

    @Test
    void awaitMayWaitForEver() {
        var seen = new AtomicReference<String>();
        Strand<String> strand = start(me -> seen.set(String.valueOf(me.await(Instant.MAX))));
        loop().execute(() -> loop().after(Duration.ofMillis(20), () -> strand.post("at last")));
        until(() -> "at last".equals(seen.get()));
    }

    @Test
    void aStrandThatHasEndedTakesNothing() {
        var ended = new AtomicBoolean();
        var refused = new AtomicBoolean();
        Strand<String> strand = start(me -> ended.set(true));
        until(ended::get);
        until(() -> {
            if (!strand.post("late")) refused.set(true);
            return refused.get();
        });
    }

    @Test
    void eachEventThatWasLeftOverIsHandedBack() {
        var unread = new CopyOnWriteArrayList<Integer>();
        world().strands()
                .start(
                        track(),
                        (Strand<Integer> me) -> {
                            for (int i = 0; i < 5; i++) me.post(i);
                            me.await(me.now());
                        },
                        unread::add);
        until(() -> unread.size() == 4);
        assertThat(unread).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aStrandOfALoopHearsOfItAndOfTheTime() {
        var heard = new CopyOnWriteArrayList<String>();
        var loop = world().loops().getLast();
        Strand<String> strand =
                world().strands()
                        .start(
                                loop,
                                track(),
                                (Strand<String> me) -> {
                                    heard.add(
                                            String.valueOf(me.await(me.in(Duration.ofSeconds(9)))));
                                    heard.add(
                                            String.valueOf(me.await(me.in(Duration.ofMillis(5)))));
                                },
                                unread -> {});
        loop.execute(() -> strand.post("from the loop"));
        until(() -> heard.size() == 2);
        assertThat(heard).containsExactly("from the loop", "null");
    }

    @Test
    void anInboxTakes1024Events() {
        var taken = new AtomicInteger();
        var after = new AtomicReference<List<Boolean>>();
        this.<Integer>start(me -> {
            for (int i = 0; i < 1_024; i++) if (me.post(i)) taken.incrementAndGet();
            boolean tooMany = me.post(-1);
            me.await(me.now());
            after.set(List.of(tooMany, me.post(-2)));
        });
        until(() -> after.get() != null);
        assertThat(taken).hasValue(1_024);
        assertThat(after.get()).containsExactly(false, true);
    }

    @Test
    void callGivesWhatTheWorkGives() {
        var answers = new CopyOnWriteArrayList<String>();
        this.<String>start(me -> {
            for (var lane : Lane.values())
                answers.add(called(() -> world().strands().call(lane, lane::name)));
        });
        until(() -> answers.size() == 2);
        assertThat(answers).containsExactly("DISK", "DATABASE");
    }

    @Test
    void callThrowsWhatTheWorkThrows() {
        var thrown = new AtomicReference<Throwable>();
        this.<String>start(me -> {
            try {
                world().strands()
                        .call(
                                Lane.DISK,
                                () -> {
                                    throw new IOException("broken");
                                });
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        until(() -> thrown.get() != null);
        assertThat(thrown.get()).isExactlyInstanceOf(IOException.class).hasMessage("broken");
    }

    @Test
    void othersGoOnWhileAStrandWaitsForALane() {
        var pings = new AtomicInteger();
        var rounds = new AtomicInteger();
        Strand<Integer> other =
                start(me -> {
                    while (pings.get() < 20)
                        if (me.await(Instant.MAX) != null) pings.incrementAndGet();
                });
        this.<Integer>start(me -> {
            for (int i = 0; i < 20; i++) {
                other.post(i);
                called(() -> world().strands().call(Lane.DISK, () -> 1));
                rounds.incrementAndGet();
            }
        });
        until(() -> pings.get() == 20 && rounds.get() == 20);
    }

    @Test
    void aLoopHasWorkRunInALaneWithoutWaiting() {
        var done = new AtomicBoolean();
        loop().execute(() ->
                world().strands().run(Lane.DISK, () -> loop().execute(() -> done.set(true))));
        until(done::get);
    }

    @Test
    void loopsAndStrandsTalkToAndFro() {
        var rounds = new AtomicInteger();
        this.<Integer>start(me -> {
            for (int i = 0; i < 50; i++) {
                int number = i;
                var loop = i % 2 == 0 ? loop() : otherLoop();
                loop.execute(() -> me.post(number));
                var back = me.await(Instant.MAX);
                if (back != null && back == number) rounds.incrementAndGet();
            }
        });
        until(() -> rounds.get() == 50);
    }

    @Test
    void aStrandStartsStrands() {
        var ended = new AtomicInteger();
        this.<String>start(me -> {
            for (int i = 0; i < 10; i++) this.<String>start(it -> ended.incrementAndGet());
        });
        until(() -> ended.get() == 10);
    }

    @Test
    void aScopedValueStaysBoundAcrossAwaitAndCall() {
        var seen = new CopyOnWriteArrayList<String>();
        this.<String>start(me ->
                ScopedValue.where(SCOPED, "bound")
                        .run(() -> {
                            me.await(me.in(Duration.ofMillis(5)));
                            seen.add(SCOPED.get());
                            called(() -> world().strands().call(Lane.DISK, () -> 1));
                            seen.add(SCOPED.get());
                        }));
        until(() -> seen.size() == 2);
        assertThat(seen).containsOnly("bound");
    }

    @Test
    void aStrandKnowsItsTrack() {
        var track = track();
        var seen = new AtomicReference<Object>();
        world().strands().start(track, me -> seen.set(me.track()), event -> {});
        until(() -> seen.get() != null);
        assertThat(seen.get()).isSameAs(track);
    }

    @Test
    void onlyTheStrandItselfAwaits() {
        var strand = this.<String>start(me -> me.await(me.in(Duration.ofMillis(50))));
        assertThatThrownBy(() -> strand.await(strand.now()))
                .isInstanceOf(IllegalStateException.class);
    }

    private interface Called<T> {
        T call() throws Exception;
    }

    private static <T> T called(Called<T> work) {
        try {
            return work.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.posthorn.strand.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link Loop} does. */
public abstract class LoopContract extends PortContract {

    @Test
    void thereAreTwoLoopsAtLeastWithNumbersOfTheirOwn() {
        assertThat(world().loops()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(world().loops().stream().map(Loop::number)).doesNotHaveDuplicates();
    }

    @Test
    void tasksOfOneCallerRunInTheirOrder() {
        var ran = new CopyOnWriteArrayList<Integer>();
        for (int i = 0; i < 200; i++) {
            int number = i;
            loop().execute(() -> ran.add(number));
        }
        until(() -> ran.size() == 200);
        assertThat(ran).isEqualTo(IntStream.range(0, 200).boxed().toList());
    }

    @Test
    void aTaskGivenFromATaskRunsAfterIt() {
        var ran = new CopyOnWriteArrayList<String>();
        loop().execute(() -> {
            loop().execute(() -> ran.add("second"));
            ran.add("first");
        });
        until(() -> ran.size() == 2);
        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void loopsHandOverToEachOther() {
        var done = new AtomicBoolean();
        loop().execute(() -> otherLoop().execute(() -> loop().execute(() -> done.set(true))));
        until(done::get);
    }

    @Test
    void aTimerRunsWhenItsTimeHasPassed() {
        var begun = new AtomicReference<Instant>();
        var ran = new AtomicReference<Instant>();
        loop().execute(() -> {
            begun.set(loop().now());
            loop().after(Duration.ofMillis(60), () -> ran.set(loop().now()));
        });
        until(() -> ran.get() != null);
        assertThat(ran.get()).isAfterOrEqualTo(begun.get().plusMillis(60));
        assertThat(ran.get()).isBefore(begun.get().plusSeconds(4));
    }

    @Test
    void timersRunInTheOrderOfTheirTimes() {
        var ran = new CopyOnWriteArrayList<Integer>();
        loop().execute(() -> {
            for (int ms : List.of(250, 20, 120))
                loop().after(Duration.ofMillis(ms), () -> ran.add(ms));
        });
        until(() -> ran.size() == 3);
        assertThat(ran).containsExactly(20, 120, 250);
    }

    @Test
    void aCancelledTimerDoesNotRun() {
        var wrong = new AtomicBoolean();
        var done = new AtomicBoolean();
        loop().execute(() -> {
            var timer = loop().after(Duration.ofMillis(20), () -> wrong.set(true));
            loop().after(Duration.ofMillis(150), () -> done.set(true));
            timer.cancel();
        });
        until(done::get);
        assertThat(wrong).isFalse();
    }

    @Test
    void cancellingATimerThatHasRunIsHarmless() {
        var timer = new AtomicReference<Loop.Cancel>();
        var ran = new AtomicBoolean();
        var done = new AtomicBoolean();
        loop().execute(() -> timer.set(loop().after(Duration.ofMillis(5), () -> ran.set(true))));
        until(ran::get);
        loop().execute(() -> {
            timer.get().cancel();
            timer.get().cancel();
            done.set(true);
        });
        until(done::get);
    }

    @Test
    void timeNeverGoesBack() {
        var seen = new CopyOnWriteArrayList<Instant>();
        for (int i = 0; i < 50; i++) loop().execute(() -> seen.add(loop().now()));
        until(() -> seen.size() == 50);
        assertThat(seen).isSorted();
    }
}

package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LiveLoopTest {
    @TempDir static Path directory;

    @AutoClose LiveWorld world = LiveWorld.start(2, directory, new Untracked());

    @Test
    void thereIsALoopForEachCore() throws Exception {
        try (var perCore = LiveWorld.start(directory, new Untracked())) {
            assertThat(perCore.loops()).hasSize(Runtime.getRuntime().availableProcessors());
        }
    }

    @Test
    void thereAreAtLeastTwoLoopsWithTheirOwnNumbers() {
        assertThat(world.loops()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(world.loops().get(0).number()).isEqualTo(0);
        assertThat(world.loops().get(1).number()).isEqualTo(1);
    }

    @Test
    void tasksOfOneCallerKeepTheirOrder() throws Exception {
        var loop = world.loops().get(0);
        var seen = new ArrayList<Integer>();
        for (var i = 0; i < 10_000; i++) {
            var number = i;
            loop.execute(() -> seen.add(number));
        }
        var done = new CompletableFuture<List<Integer>>();
        loop.execute(() -> done.complete(List.copyOf(seen)));
        assertThat(done.get(10, TimeUnit.SECONDS)).hasSize(10_000).isSorted();
    }

    @Test
    void timersRunOnTheLoopInOrderNotBeforeTheirTimeAndNotWhenCancelled() throws Exception {
        var loop = world.loops().get(1);
        var seen = new ArrayList<String>();
        var done = new CompletableFuture<Duration>();
        loop.execute(() -> {
            var start = loop.now();
            loop.after(
                    Duration.ofMillis(80),
                    () -> done.complete(Duration.between(start, loop.now())));
            loop.after(Duration.ofMillis(50), () -> seen.add("second"));
            loop.after(Duration.ofMillis(20), () -> seen.add("first"));
            loop.after(Duration.ofMillis(30), () -> seen.add("never")).cancel();
        });
        assertThat(done.get(10, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
        assertThat(seen).containsExactly("first", "second");
    }

    @Test
    void aTaskThatThrowsLeavesTheLoopAlive() throws Exception {
        var loop = world.loops().get(0);
        loop.execute(() -> {
            throw new AssertionError("thrown on purpose by a task");
        });
        var done = new CompletableFuture<Boolean>();
        loop.execute(() -> done.complete(true));
        assertThat(done.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nowStartsAtTheWallClock() {
        var off = Duration.between(world.loops().get(0).now(), Instant.now()).abs();
        assertThat(off).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void cancelledTimersDoNotPileUp() throws Exception {
        var loop = (LiveLoop) world.loops().get(0);
        var done = new CompletableFuture<Integer>();
        loop.execute(() -> {
            for (var i = 0; i < 100_000; i++) {
                loop.after(Duration.ofSeconds(32), () -> {}).cancel();
            }
            done.complete(loop.wheel().size());
        });
        assertThat(done.get(10, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void anEndlessTimerIsNoError() throws Exception {
        var loop = world.loops().get(0);
        var done = new CompletableFuture<Boolean>();
        loop.execute(() -> {
            loop.after(Duration.ofSeconds(Long.MAX_VALUE), () -> {});
            loop.after(Duration.ofSeconds(Long.MIN_VALUE), () -> done.complete(true));
        });
        assertThat(done.get(10, TimeUnit.SECONDS)).isTrue();
    }
}

package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Strand;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class CarriersTest {
    @TempDir static Path directory;

    private final Untracked track = new Untracked();

    @AutoClose LiveWorld world = LiveWorld.start(1, directory, track);

    private Strand<String> start(Consumer<Strand<String>> body) {
        return world.strands().start(world.loops().getFirst(), track, body, unread -> {});
    }

    @Test
    void theJdkLetsItselfBeTold() {
        var loops = List.of(LiveLoop.of(world.loops().getFirst()));
        try (var carriers = Carriers.best(loops)) {
            assertThat(carriers.onLoops()).isTrue();
        }
    }

    @Test
    void aStrandAndItsLoopTakeTurns() throws Exception {
        var between = new CompletableFuture<Boolean>();
        var begun = new CountDownLatch(1);
        world.loops().getFirst().execute(begun::countDown);
        waitFor(begun);
        start(me -> {
            var ran = new AtomicBoolean();
            world.loops().getFirst().execute(() -> ran.set(true));
            var began = System.nanoTime();
            while (System.nanoTime() - began < 20_000_000) Thread.onSpinWait();
            between.complete(ran.get());
        });
        assertThat(between.get(5, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void aLockWhoseNextInLineIsAStrandDoesNotStopItsLoop() throws Exception {
        var lock = new ReentrantLock();
        var strandHasIt = new CompletableFuture<Boolean>();
        var loopHasIt = new CompletableFuture<Boolean>();
        lock.lock();
        try {
            start(me -> {
                lock.lock();
                lock.unlock();
                strandHasIt.complete(true);
            });
            until(lock, 1);
            world.loops()
                    .getFirst()
                    .execute(() -> {
                        lock.lock();
                        lock.unlock();
                        loopHasIt.complete(true);
                    });
            until(lock, 2);
        } finally {
            lock.unlock();
        }
        assertThat(strandHasIt.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(loopHasIt.get(5, TimeUnit.SECONDS)).isTrue();
    }

    private static void until(ReentrantLock lock, int waiting) {
        while (lock.getQueueLength() < waiting) LockSupport.parkNanos(100_000);
    }

    @Test
    void aStrandThatOutlivesItsLoopEnds() throws Exception {
        var waits = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var ended = new CompletableFuture<Boolean>();
        start(me -> {
            waits.countDown();
            waitFor(goOn);
            ended.complete(true);
        });
        waitFor(waits);
        LiveLoop.of(world.loops().getFirst()).close().await();
        goOn.countDown();
        assertThat(ended.get(5, TimeUnit.SECONDS)).isTrue();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

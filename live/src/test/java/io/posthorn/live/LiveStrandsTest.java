package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LiveStrandsTest {
    @TempDir static Path directory;

    private final Untracked track = new Untracked();

    @AutoClose LiveWorld world = LiveWorld.start(directory, track);

    private Strand<String> start(Consumer<Strand<String>> body) {
        return world.strands().start(track, body, unread -> {});
    }

    @Test
    void eventsArriveInOrder() throws Exception {
        var seen = new CompletableFuture<List<String>>();
        var strand =
                start(me -> {
                    var events = new ArrayList<String>();
                    for (var i = 0; i < 100; i++) {
                        events.add(String.valueOf(me.await(me.in(Duration.ofSeconds(9)))));
                    }
                    seen.complete(events);
                });
        var posted = new ArrayList<String>();
        for (var i = 0; i < 100; i++) {
            posted.add("e" + i);
            assertThat(strand.post("e" + i)).isTrue();
        }
        assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo(posted);
    }

    @Test
    void strandsToWhichOneTaskOfALoopPostsAllWake() throws Exception {
        var loop = world.loops().getFirst();
        var heard = new CountDownLatch(6);
        var waiting = new CountDownLatch(3);
        Consumer<Strand<String>> body =
                me -> {
                    waiting.countDown();
                    while (me.await(me.in(Duration.ofSeconds(9))) != null) heard.countDown();
                };
        var strands = List.of(start(body), start(body), start(body));
        waitFor(waiting);
        loop.execute(() -> {
            strands.forEach(strand -> strand.post("one"));
            throw new IllegalStateException("a bug after the posts");
        });
        loop.execute(() -> strands.forEach(strand -> strand.post("two")));
        assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void awaitReturnsNullWhenTheTimeIsUpAndNotBefore() throws Exception {
        var took = new CompletableFuture<Duration>();
        start(me -> {
            var start = me.now();
            // A later deadline first: the nearer one must not wait for its alarm.
            me.post("one");
            assertThat(me.await(me.in(Duration.ofSeconds(9)))).isEqualTo("one");
            assertThat(me.await(me.in(Duration.ofMillis(30)))).isNull();
            assertThat(me.await(me.in(Duration.ofMillis(30)))).isNull();
            took.complete(Duration.between(start, me.now()));
        });
        assertThat(took.get(5, TimeUnit.SECONDS))
                .isBetween(Duration.ofMillis(60), Duration.ofSeconds(4));
    }

    @Test
    void aFullInboxAndAnEndedStrandRefuse() throws Exception {
        var go = new CountDownLatch(1);
        var left = new ArrayList<String>();
        var ended = new CompletableFuture<Boolean>();
        var strand =
                world.strands()
                        .<String>start(
                                track,
                                me -> {
                                    waitFor(go);
                                    me.await(me.now());
                                },
                                unread -> {
                                    left.add(unread);
                                    if (left.size() == LiveStrands.INBOX - 1) ended.complete(true);
                                });
        for (var i = 0; i < LiveStrands.INBOX; i++) assertThat(strand.post("e" + i)).isTrue();
        assertThat(strand.post("one too many")).isFalse();
        go.countDown();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(left).first().isEqualTo("e1");
        assertThat(strand.post("too late")).isFalse();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aLaneParksOnlyTheStrandThatCalled() throws Exception {
        var release = new CountDownLatch(1);
        var slow = new CompletableFuture<String>();
        start(me -> {
            try {
                slow.complete(
                        world.strands()
                                .call(
                                        Lane.DISK,
                                        () -> {
                                            waitFor(release);
                                            return Thread.currentThread().getName();
                                        }));
            } catch (Exception e) {
                slow.completeExceptionally(e);
            }
        });
        for (var i = 0; i < 50; i++) {
            var other = new CompletableFuture<Boolean>();
            start(me -> other.complete(true));
            assertThat(other.get(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(slow).isNotDone();
        release.countDown();
        assertThat(slow.get(5, TimeUnit.SECONDS)).startsWith("disk-");
    }

    @Test
    void aLaneThrowsWhatTheWorkThrew() {
        assertThatThrownBy(() ->
                        world.strands()
                                .call(
                                        Lane.DATABASE,
                                        () -> {
                                            throw new IOException("torn");
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessage("torn");
    }

    @Test
    void workInALaneMayUseItsLaneAgain() throws Exception {
        var strands = world.strands();
        var inner = strands.call(Lane.DISK, () -> strands.call(Lane.DISK, () -> "inner"));
        assertThat(inner).isEqualTo("inner");
    }

    @Test
    void aLoopMayNotWaitForALane() throws Exception {
        var failed = new CompletableFuture<Throwable>();
        world.loops()
                .get(0)
                .execute(() -> {
                    try {
                        world.strands().call(Lane.DISK, () -> "never");
                    } catch (Throwable e) {
                        failed.complete(e);
                    }
                });
        assertThat(failed.get(5, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatABodyThrowsIsRecordedAndItsEventsAreAnswered() throws Exception {
        var answered = new CompletableFuture<String>();
        var go = new CountDownLatch(1);
        var strand =
                world.strands()
                        .<String>start(
                                track,
                                me -> {
                                    waitFor(go);
                                    throw new IllegalStateException("thrown on purpose by a body");
                                },
                                answered::complete);
        strand.post("left over");
        go.countDown();
        assertThat(answered.get(5, TimeUnit.SECONDS)).isEqualTo("left over");
        assertThat(track.outcome).contains("thrown on purpose");
    }

    @Test
    void closingWakesStrandsThatWait() throws Exception {
        var closing = LiveWorld.start(directory, track);
        var waiting = new CountDownLatch(1);
        var ended = new CompletableFuture<Throwable>();
        closing.strands()
                .start(
                        track,
                        me -> {
                            waiting.countDown();
                            try {
                                me.await(me.in(Duration.ofDays(400_000)));
                            } catch (Unavailable e) {
                                ended.complete(e);
                            }
                        },
                        unread -> {});
        waitFor(waiting);
        closing.close();
        assertThat(ended).isCompleted();
    }
}

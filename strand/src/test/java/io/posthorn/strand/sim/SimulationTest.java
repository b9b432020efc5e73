package io.posthorn.strand.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Net;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulationTest {

    private final Simulation simulation = new Simulation(1);
    private final World a = simulation.node("a");

    @AfterEach
    void close() {
        simulation.close();
    }

    private <E> Strand<E> start(String name, Consumer<Strand<E>> body) {
        return a.strands().start(a.recorder().open(name, Map.of()), body, left -> {});
    }

    @Test
    void twentySeedsGiveTheSameHistoryTwice() {
        var hashes = new HashSet<Long>();
        for (long seed = 0; seed < 20; seed++) {
            long once = Scenario.traceHash(seed);
            assertThat(Scenario.traceHash(seed)).as("seed " + seed).isEqualTo(once);
            hashes.add(once);
        }
        assertThat(hashes).hasSize(20);
    }

    @Test
    void timePassesOnlyWhenTheTestLetsIt() {
        var begun = simulation.now();
        assertThat(begun).isEqualTo(new Simulation(99).now());
        var ran = new ArrayList<Duration>();
        var loop = a.loops().getFirst();
        loop.after(Duration.ofHours(2), () -> ran.add(Duration.between(begun, loop.now())));
        simulation.settle();
        simulation.pass(Duration.ofMinutes(119));
        assertThat(ran).isEmpty();
        simulation.pass(Duration.ofMinutes(2));
        assertThat(ran).containsExactly(Duration.ofHours(2));
        assertThat(simulation.now()).isEqualTo(begun.plus(Duration.ofMinutes(121)));
    }

    @Test
    void untilFailsWithWhatIsLeft() {
        start("never ending", me -> me.await(Instant.MAX));
        assertThatThrownBy(() -> simulation.until(() -> false, Duration.ofSeconds(3)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("PT3S")
                .hasMessageContaining("never ending 1");
    }

    @Test
    void aStrandThatBlocksOutsideAwaitIsNamedWithItsStack() {
        var never = new Semaphore(0);
        start("lmm 42", me -> blockForEver(never));
        assertThatThrownBy(simulation::settle)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("strand blocks outside await: ")
                .hasMessageContaining("lmm 42")
                .cause()
                .extracting(Throwable::getStackTrace)
                .satisfies(stack ->
                        assertThat(List.of(stack))
                                .anyMatch(f -> f.getMethodName().equals("blockForEver")));
        assertThat(simulation.leftovers()).isEmpty();
    }

    private static void blockForEver(Semaphore never) {
        never.acquireUninterruptibly();
    }

    @Test
    void whatAStrandThrowsComesOutOfTheTest() {
        var bug = new IllegalStateException("answer after BYE");
        start(
                "buggy",
                me -> {
                    throw bug;
                });
        assertThatThrownBy(() -> simulation.pass(Duration.ofSeconds(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("buggy")
                .hasCause(bug);
        assertThat(simulation.recorder("a").ended().getFirst().outcome()).contains("after BYE");
        simulation.pass(Duration.ofSeconds(1));
    }

    @Test
    void whatATaskATimerOrLaneWorkThrowsComesOutOfTheTest() {
        var bug = new StackOverflowError("deep");
        var loop = a.loops().getFirst();
        Runnable broken =
                () -> {
                    throw bug;
                };
        loop.execute(broken);
        assertThatThrownBy(simulation::settle).hasCause(bug);
        loop.after(Duration.ofSeconds(1), broken);
        assertThatThrownBy(() -> simulation.pass(Duration.ofSeconds(2))).hasCause(bug);
        a.strands().run(Lane.DATABASE, broken);
        assertThatThrownBy(() -> simulation.until(() -> false, Duration.ofSeconds(1)))
                .hasCause(bug);
        var ran = new ArrayList<Integer>();
        loop.execute(broken);
        loop.execute(() -> ran.add(1));
        assertThatThrownBy(simulation::settle).hasCause(bug);
        simulation.settle();
        assertThat(ran).containsExactly(1);
    }

    @Test
    void whatBelongsToALoopIsUsedOnIt() {
        a.loops().get(1).execute(() -> a.loops().get(0).after(Duration.ZERO, () -> {}));
        assertThatThrownBy(simulation::settle)
                .hasRootCauseMessage("a timer of loop 0 of a used from loop 1 of a");
    }

    @Test
    void aLoopMustNotWaitForALane() {
        a.loops()
                .getFirst()
                .execute(() ->
                        assertThatThrownBy(() -> a.strands().call(Lane.DISK, () -> 1))
                                .isInstanceOf(IllegalStateException.class));
        simulation.settle();
    }

    @Test
    void twoThatPingEachOtherForEverAreFound() {
        var loops = a.loops();
        loops.getFirst().execute(() -> ping(loops.get(0), loops.get(1)));
        assertThatThrownBy(simulation::settle).hasMessageContaining("time stands still");
    }

    private static void ping(io.posthorn.strand.Loop one, io.posthorn.strand.Loop other) {
        other.execute(() -> ping(other, one));
    }

    @Test
    void leftoversNameStrandsTimersAndLinks() {
        assertThat(simulation.leftovers()).isEmpty();
        start("call", me -> me.await(Instant.MAX));
        var timer = a.loops().getFirst().after(Duration.ofSeconds(32), () -> {});
        simulation.settle();
        assertThat(simulation.leftovers())
                .containsExactly(
                        "strand 1 of a (call 1)",
                        "timer on loop 0 of a, due in PT32S: " + getClass().getName());
        assertThat(simulation.leftovers("b")).isEmpty();
        timer.cancel();
        assertThat(simulation.leftovers()).hasSize(1);
    }

    @Test
    void theWallClockJumpsAndNothingFires() {
        var fired = new ArrayList<Integer>();
        a.loops().getFirst().after(Duration.ofMinutes(1), () -> fired.add(1));
        simulation.jump("a", Duration.ofDays(1));
        simulation.settle();
        assertThat(fired).isEmpty();
        assertThat(a.clock().wall()).isEqualTo(simulation.now().plus(Duration.ofDays(1)));
        assertThat(a.loops().getFirst().now()).isEqualTo(simulation.now());
    }

    @Test
    void registeredNamesResolveInTheirOrderAndByTransport() {
        var udp = target(Net.Kind.UDP, 5060);
        var tcp = target(Net.Kind.TCP, 5062);
        simulation.name("Example.net", List.of(tcp, udp));
        assertThat(resolve("sip:bob@example.net")).containsExactly(tcp, udp);
        assertThat(resolve("sip:example.net;transport=udp")).containsExactly(udp);
        assertThat(resolve("sips:example.net")).isEmpty();
        assertThat(resolve("nowhere.example")).isEmpty();
        assertThat(resolve("a:5070;transport=tcp"))
                .containsExactly(
                        new Target(
                                new InetSocketAddress(simulation.address("a"), 5070),
                                Net.Kind.TCP,
                                "a"));
    }

    private static Target target(Net.Kind kind, int port) {
        var address = InetAddress.getLoopbackAddress();
        return new Target(new InetSocketAddress(address, port), kind, "example.net");
    }

    private List<Target> resolve(String service) {
        var found = new ArrayList<List<Target>>();
        a.names().resolve(a.loops().getFirst(), service, found::add);
        simulation.pass(Duration.ofMillis(5));
        return found.getFirst();
    }

    @Test
    void aCrashEndsEverythingOnTheNodeAndAnotherLifeBegins() {
        var ended = new ArrayList<String>();
        start(
                "call",
                me -> {
                    try {
                        me.await(Instant.MAX);
                    } finally {
                        a.loops().getFirst().execute(() -> ended.add("must not run"));
                    }
                });
        a.loops().getFirst().after(Duration.ofSeconds(1), () -> ended.add("must not run"));
        simulation.settle();
        simulation.crash("a");
        assertThat(simulation.leftovers()).isEmpty();
        simulation.pass(Duration.ofSeconds(5));
        assertThat(ended).isEmpty();
        assertThat(simulation.node("a")).isNotSameAs(a);
        assertThat(simulation.address("a").getHostAddress()).isEqualTo("10.0.0.1");
    }

    @Test
    void closingEndsTheThreadsOfStrands() {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 100; i++)
            start(
                    "call",
                    me -> {
                        threads.add(Thread.currentThread());
                        while (true) me.await(me.in(Duration.ofDays(1)));
                    });
        simulation.settle();
        simulation.close();
        assertThat(threads).hasSize(100);
        for (var thread : threads) assertThat(joined(thread)).isTrue();
    }

    private static boolean joined(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void twentyThousandCallsFitIntoOneWorld() {
        var answered = new int[1];
        var loop = a.loops().getFirst();
        for (int i = 0; i < 20_000; i++)
            this.<String>start(
                    "call",
                    me -> {
                        loop.execute(() -> loop.after(Duration.ofMillis(20), () -> me.post("180")));
                        me.await(me.in(Duration.ofSeconds(30)));
                        loop.execute(() -> loop.after(Duration.ofSeconds(4), () -> me.post("200")));
                        if (me.await(me.in(Duration.ofSeconds(30))) != null) answered[0]++;
                        me.track().end("200");
                    });
        simulation.pass(Duration.ofSeconds(60));
        assertThat(answered[0]).isEqualTo(20_000);
        assertThat(simulation.leftovers()).isEmpty();
    }
}

package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Loop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WheelTest {
    private static final long MS = 1_000_000;

    private long now = 12_345_678;
    private long alarm = Long.MAX_VALUE;
    private final List<String> ran = new ArrayList<>();
    private final Wheel wheel = new Wheel("test", nanos -> alarm = now + nanos);

    private Loop.Cancel set(long delayMs, String name) {
        return wheel.set(now, delayMs * MS, () -> ran.add(name));
    }

    /** Lets time pass up to {@code ms} from now, turning the wheel whenever it asks for it. */
    private void pass(long ms) {
        var until = now + ms * MS;
        while (alarm <= until) {
            now = Math.max(now, alarm);
            alarm = Long.MAX_VALUE;
            wheel.turn(now);
        }
        now = until;
    }

    @Test
    void runsTimersInTheOrderOfTheirTimesAndEqualOnesAsTheyWereSet() {
        set(50, "c");
        set(20, "a");
        set(23, "b2");
        set(21, "b1");
        set(50, "d");
        pass(100);
        assertThat(ran).containsExactly("a", "b1", "b2", "c", "d");
        assertThat(wheel.size()).isZero();
    }

    @Test
    void neverRunsATimerEarlyNorMoreThanATickLate() {
        var set = now;
        var at = new ArrayList<Long>();
        for (var ms = 0; ms < 300; ms++) wheel.set(now, ms * MS, () -> at.add(now));
        pass(1_000);
        assertThat(at).hasSize(300);
        for (var ms = 0; ms < 300; ms++) {
            assertThat(at.get(ms) - set).isBetween(ms * MS, ms * MS + Wheel.TICK);
        }
    }

    @Test
    void keepsNothingOfCancelledTimers() {
        for (var i = 0; i < 200_000; i++) set(32_000, "never").cancel();
        assertThat(wheel.size()).isZero();
        var kept = new ArrayList<Loop.Cancel>();
        for (var i = 0; i < 10_000; i++) kept.add(set(i, "never"));
        assertThat(wheel.size()).isEqualTo(10_000);
        kept.forEach(Loop.Cancel::cancel);
        assertThat(wheel.size()).isZero();
        pass(40_000);
        assertThat(ran).isEmpty();
    }

    @Test
    void cancelledTimersLeaveTheOthersOfTheirSlot() {
        set(20, "first");
        var middle = set(20, "middle");
        set(41_000 - 20, "of the next turn");
        set(20, "last");
        var tail = set(20, "tail");
        middle.cancel();
        tail.cancel();
        pass(100);
        assertThat(ran).containsExactly("first", "last");
        pass(41_000);
        assertThat(ran).containsExactly("first", "last", "of the next turn");
    }

    @Test
    void runsTimersOfLaterTurns() {
        set(100_000, "100 s");
        set(32_000, "32 s");
        set(41_000, "41 s");
        set(500, "0.5 s");
        pass(99_000);
        assertThat(ran).containsExactly("0.5 s", "32 s", "41 s");
        pass(2_000);
        assertThat(ran).endsWith("100 s");
    }

    @Test
    void aTimerMayTakeBackAnotherThatIsDueWithIt() {
        var later = new ArrayList<Loop.Cancel>();
        wheel.set(now, 10 * MS, () -> later.forEach(Loop.Cancel::cancel));
        later.add(set(11, "cancelled"));
        set(12, "stays");
        pass(100);
        assertThat(ran).containsExactly("stays");
    }

    @Test
    void timersSetByTimersRun() {
        wheel.set(now, 0, () -> set(0, "next"));
        pass(30);
        assertThat(ran).containsExactly("next");
    }

    @Test
    void aTaskThatThrowsKeepsNoOtherFromRunning() {
        wheel.set(
                now,
                MS,
                () -> {
                    throw new IllegalStateException("thrown on purpose by a timer");
                });
        set(2, "after");
        pass(30);
        assertThat(ran).containsExactly("after");
    }

    @Test
    void wakesOnlyWhenSomethingIsDue() {
        set(5_000, "5 s");
        assertThat(alarm - now).isBetween(5_000 * MS, 5_000 * MS + Wheel.TICK);
        set(9_000, "9 s");
        set(1_000, "1 s");
        assertThat(alarm - now).isBetween(1_000 * MS, 1_000 * MS + Wheel.TICK);
    }

    @Test
    void aLateTurnRunsEverythingThatWasDue() {
        for (var i = 0; i < 50; i++) set(i * 1_000L, "t" + i);
        now += 60_000 * MS;
        wheel.turn(now);
        assertThat(ran).hasSize(50).startsWith("t0", "t1", "t2").endsWith("t49");
    }
}

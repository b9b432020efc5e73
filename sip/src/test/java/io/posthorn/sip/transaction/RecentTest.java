package io.posthorn.sip.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentTest {
    private static final Duration LIFE = Duration.ofSeconds(32);

    private final Simulation simulation = new Simulation(1);
    private final World here = simulation.node("here");
    private final Loop loop = here.loops().getFirst();
    private final Recent recent = new Recent(loop, here.entropy(), LIFE);

    private void pass(Duration time) {
        simulation.pass(time);
    }

    private void add(String name, String text) {
        loop.execute(() -> recent.add(name, text.getBytes(StandardCharsets.UTF_8)));
        pass(Duration.ZERO);
    }

    private String found(String name) {
        var text = new StringBuilder();
        loop.execute(() -> {
            byte[] found = recent.find(name);
            text.append(found == null ? "nothing" : new String(found, StandardCharsets.UTF_8));
        });
        pass(Duration.ZERO);
        return text.toString();
    }

    @Test
    void remembersForItsTimeAndNotLonger() {
        add("a", "one");
        pass(Duration.ofSeconds(3));
        add("b", "two");
        assertThat(found("a")).isEqualTo("one");
        pass(Duration.ofMillis(28_999));
        assertThat(found("a")).isEqualTo("one");
        pass(Duration.ofMillis(1));
        assertThat(found("a")).isEqualTo("nothing");
        assertThat(found("b")).isEqualTo("two");
        pass(Duration.ofSeconds(3));
        assertThat(found("b")).isEqualTo("nothing");
    }

    @Test
    void theLastWordHolds() {
        add("a", "one");
        add("a", "two");
        pass(Duration.ofSeconds(10));
        assertThat(found("a")).isEqualTo("two");
        add("a", "");
        assertThat(found("a")).isEmpty();
        pass(Duration.ofSeconds(25));
        assertThat(found("a")).isEmpty();
    }

    @Test
    void namesWithTheSameHashAreTwo() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        add("Aa", "one");
        assertThat(found("BB")).isEqualTo("nothing");
        add("BB", "two");
        assertThat(found("Aa")).isEqualTo("one");
        assertThat(found("BB")).isEqualTo("two");
    }

    @Test
    void manyAndLargeOnesAreKeptAsTheyAre() {
        var large = "x".repeat(70_000);
        for (int i = 0; i < 1_000; i++) {
            add("name-" + i, i % 100 == 0 ? i + large : "text of " + i);
            if (i % 250 == 0) pass(Duration.ofSeconds(5));
        }
        for (int i = 0; i < 1_000; i++)
            assertThat(found("name-" + i)).isEqualTo(i % 100 == 0 ? i + large : "text of " + i);
        pass(LIFE);
        for (int i = 0; i < 1_000; i++) assertThat(found("name-" + i)).isEqualTo("nothing");
    }

    @Test
    void whatIsTooMuchCostsTheOldest() {
        var large = "x".repeat(1 << 20);
        for (int i = 0; i < 100; i++) add("name-" + i, large);
        assertThat(found("name-0")).isEqualTo("nothing");
        assertThat(found("name-99")).isEqualTo(large);
        pass(LIFE.multipliedBy(2));
        assertThat(found("name-99")).isEqualTo("nothing");
    }

    @Test
    void beginsAgainAfterARest() {
        add("a", "one");
        pass(Duration.ofMinutes(5));
        assertThat(found("a")).isEqualTo("nothing");
        add("a", "two");
        assertThat(found("a")).isEqualTo("two");
    }
}

package io.posthorn.ladders.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/**
 * {@code -Dstorm.seeds=N} for more histories than usual, {@code -Dstorm.from=N} for where they
 * begin.
 */
class StormTest {

    @Test
    void nobodyIsToldWhatIsNotSo() {
        var failures = new ArrayList<String>();
        new Storms(false, _ -> {}, failure -> failures.add(failure.text()), 5)
                .run(Long.getLong("storm.from", 1), Long.getLong("storm.seeds", 1_000), 2);
        assertThat(failures).isEmpty();
    }

    @Test
    void aSeedAlwaysTellsTheSameStory() {
        for (long seed = 1; seed <= 20; seed++)
            assertThat(told(seed)).as("seed " + seed).isEqualTo(told(seed));
    }

    private static String told(long seed) {
        try (var storm = new Storm(seed, false)) {
            storm.run();
            return storm.digest() + new Story(storm).text();
        }
    }
}

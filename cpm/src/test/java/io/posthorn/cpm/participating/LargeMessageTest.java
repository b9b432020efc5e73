package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.Sending;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargeMessageTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2_047, 2_048, 70_000, 5_000_000})
    void arrivesByteForByte(int size) {
        try (var town = new Town(size + 1).functions()) {
            town.device("bob");
            var bytes = Town.bytes(size);
            town.sends(town.alice(), bytes);

            town.s.until(() -> !town.outcomes.isEmpty(), Duration.ofMinutes(2));

            assertThat(town.outcomes)
                    .as(town::story)
                    .singleElement()
                    .isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.received).singleElement().extracting("bytes").isEqualTo((long) size);
            assertThat(town.file("bob", "photo.jpg")).isEqualTo(bytes);
        }
    }
}

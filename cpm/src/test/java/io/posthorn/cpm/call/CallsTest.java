package io.posthorn.cpm.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallsTest {

    @ParameterizedTest
    @CsvSource({
        "sip:alice@example.com,            alice",
        "sips:alice;x=y@example.com,       alice",
        "sip:+491701234567@example.com,    +49…4567",
        "tel:+491701234567;phone-context=a, +49…4567",
        "tel:1234567,                      123…4567",
        "tel:123456,                       123456",
        "sip:+12345a789@example.com,       +12345a789",
        "sip:example.com:5060,             example.com:5060",
        "alice@example.com,                alice",
    })
    void theLogSaysWhoAndNotWhereToReach(String uri, String user) {
        assertThat(Calls.user(uri)).isEqualTo(user);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.00", "4, 0.00", "5, 0.01", "994, 0.99", "1996, 2.00", "79020, 79.02"})
    void secondsHaveTwoDigits(long millis, String seconds) {
        assertThat(Calls.seconds(Duration.ofMillis(millis))).isEqualTo(seconds);
    }
}

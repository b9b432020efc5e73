package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** RFC 3326. */
class ReasonTest {

    private static Optional<Reason> of(String... values) {
        var bye = SipRequest.of("BYE", "sip:bob@example.net");
        for (var value : values) bye = bye.withAdded("Reason", value);
        return Reason.of(bye);
    }

    @Test
    void theFirstSipValueCounts() {
        assertThat(of("Q.850;cause=16, sip ;cause=200 ;text=\"Call, \\\"completed\\\"; x\""))
                .contains(new Reason("sip", 200, "Call, \"completed\"; x"));
        assertThat(of("Q.850;cause=16;text=\"x\"")).contains(new Reason("Q.850", 16, "x"));
    }

    @Test
    void whatCannotBeReadCountsAsAbsent() {
        assertThat(of()).isEmpty();
        assertThat(of("SIP;cause=abc")).isEmpty();
        assertThat(of("SIP;text=\"no cause\"")).isEmpty();
        assertThat(of("SIP;cause=99999999999999999999")).isEmpty();
        assertThat(of(";;;", "\"", "")).isEmpty();
        assertThat(of("SIP;cause=480" + ", SIP;cause=1".repeat(70)).orElseThrow().cause())
                .isEqualTo(480);
    }

    @Test
    void itIsWrittenAsItIsRead() {
        var reason = Reason.sip(480, "Bearer \"x\" \\ unavailable");
        assertThat(of(reason.toString())).contains(reason);
    }

    /** A BYE whose Reason could not be written would not be sent at all. */
    @Test
    void whateverAPeerWroteCanBePassedOn() {
        var odd = of("SIP;cause=200;text=\"a\\\u0001b\"").orElseThrow();
        var passed = SipRequest.of("BYE", "sip:bob@example.net").with("Reason", odd.toString());
        assertThat(passed.header("Reason")).contains("SIP;cause=200;text=\"a b\"");
        assertThat(Reason.sip(488, "two\r\nlines").toString()).doesNotContain("\r", "\n");
    }
}

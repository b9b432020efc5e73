package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionTimerTest {

    private static final Settings SETTINGS = Settings.at("192.0.2.1", 5060);

    private static SipRequest invite(
            @Nullable String supported, @Nullable String expires, @Nullable String minimum) {
        var invite =
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("Via", "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1")
                        .with("From", "<sip:alice@example.com>;tag=a")
                        .with("To", "<sip:bob@example.net>")
                        .with("Call-ID", "c")
                        .with("CSeq", "1 INVITE");
        if (supported != null) invite = invite.with("Supported", supported);
        if (expires != null) invite = invite.with("Session-Expires", expires);
        return minimum == null ? invite : invite.with("Min-SE", minimum);
    }

    // RFC 4028 section 9, table 2, and the limits.
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    # supported  asked                  Min-SE  answered                 required
                    timer,       1800,                  -,      1800;refresher=uac,      true
                    timer,       1800;refresher=uac,    -,      1800;refresher=uac,      true
                    timer,       1800;refresher=uas,    -,      1800;refresher=uas,      false
                    -,           1800,                  -,      1800;refresher=uas,      false
                    -,           1800;refresher=uac,    -,      1800;refresher=uas,      false
                    timer,       4294967295,            -,      86400;refresher=uac,     true
                    timer,       4294967295,            90000,  90000;refresher=uac,     true
                    -,           30,                    -,      90;refresher=uas,        false
                    timer,       -,                     -,      -,                       false
                    """)
    void answersAreAsTheTableSays(
            @Nullable String supported,
            @Nullable String asked,
            @Nullable String minimum,
            @Nullable String answered,
            boolean required) {
        var invite = invite(supported, asked, minimum);
        var ok = SessionTimer.answer(invite, SipResponse.to(invite, 200), SETTINGS);
        assertThat(ok.header("Session-Expires").orElse(null)).isEqualTo(answered);
        assertThat(ok.lists("Require", "timer")).isEqualTo(required);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    timer,  89,                  422
                    timer,  90,                  0
                    -,      5,                   0
                    timer,  -,                   0
                    timer,  1800;refresher=xyz,  400
                    timer,  soon,                400
                    timer,  99999999999999,      400
                    """)
    void refusalsAreAsTheTableSays(@Nullable String supported, @Nullable String asked, int code) {
        var refusal = SessionTimer.refusal(invite(supported, asked, null), 90);
        assertThat(refusal.map(SipResponse::code).orElse(0)).isEqualTo(code);
        if (code == 422) assertThat(refusal.orElseThrow().header("Min-SE")).contains("90");
    }

    @ParameterizedTest
    @CsvSource({"1800,900000,1768", "90,45000,60", "96,48000,64", "2,1000,2"})
    void refreshAtHalfAndEndAThirdOr32SecondsBefore(int seconds, long refresh, long end) {
        var timer = new SessionTimer(seconds, true);
        assertThat(timer.refreshAfter()).isEqualTo(Duration.ofMillis(refresh));
        assertThat(timer.endAfter()).isEqualTo(Duration.ofSeconds(end));
    }

    @Test
    void eachSideKnowsWhoRefreshes() {
        var invite = invite("timer", "90", null);
        var ok = SipResponse.to(invite, 200).with("Session-Expires", "90;refresher=uac");
        assertThat(SessionTimer.agreed(ok, SETTINGS)).contains(new SessionTimer(90, true));
        assertThat(SessionTimer.answered(ok, SETTINGS)).contains(new SessionTimer(90, false));
        var other = SipResponse.to(invite, 200).with("Session-Expires", "90;refresher=uas");
        assertThat(SessionTimer.agreed(other, SETTINGS)).contains(new SessionTimer(90, false));
        assertThat(SessionTimer.answered(other, SETTINGS)).contains(new SessionTimer(90, true));
        assertThat(SessionTimer.agreed(SipResponse.to(invite, 200), SETTINGS)).isEmpty();
    }

    @Test
    void aRaisedRequestKeepsItsRefresher() {
        var invite = invite("timer", "90;refresher=uas", null);
        var refused = SipResponse.to(invite, 422).with("Min-SE", "300");
        var raised = SessionTimer.raised(invite, refused).orElseThrow();
        assertThat(raised.header("Session-Expires")).contains("300;refresher=uas");
        assertThat(raised.header("Min-SE")).contains("300");
        assertThat(SessionTimer.raised(invite, SipResponse.to(invite, 422))).isEmpty();
    }
}

package io.posthorn.cpm.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.sip.wire.SipRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OnwardTest {

    @Test
    void keepsWhatItNamesAndDropsTheRest() {
        var onward = Onward.CPM.set("Supported", "timer").of(received(), "sip:onward@example.net");
        var text = new String(onward.bytes(), StandardCharsets.UTF_8);

        assertThat(onward.uri()).isEqualTo("sip:onward@example.net");
        assertThat(onward.maxForwards()).isEqualTo(69);
        assertThat(onward.from().tag()).isEmpty();
        assertThat(onward.from().display()).isEqualTo("Alice");
        assertThat(onward.fields("Accept-Contact")).containsExactly("*;+a", "*;+b");
        assertThat(onward.header("Conversation-ID")).contains("c1");
        assertThat(onward.header("Supported")).contains("timer");
        assertThat(text)
                .doesNotContain("Record-Route")
                .doesNotContain("Via")
                .doesNotContain("Call-ID")
                .doesNotContain("X-Secret")
                .doesNotContain("Require");
    }

    @Test
    void endsALoop() {
        assertThatThrownBy(() -> Onward.CPM.of(received().with("Max-Forwards", "0"), "sip:b@x"))
                .isInstanceOfSatisfying(
                        Rejection.class, refused -> assertThat(refused.code()).isEqualTo(483));
    }

    private static SipRequest received() {
        return SipRequest.of("INVITE", "sip:bob@example.net")
                .with("Via", "SIP/2.0/TCP 192.0.2.10;branch=z9hG4bKa1")
                .with("Record-Route", "<sip:core.example.com;lr>")
                .with("From", "\"Alice\" <sip:alice@example.com>;tag=a1")
                .with("To", "<sip:bob@example.net>")
                .with("Call-ID", "lmm-1")
                .with("CSeq", "1 INVITE")
                .with("Require", "timer")
                .with("X-Secret", "1")
                .withAdded("Accept-Contact", "*;+a")
                .withAdded("Accept-Contact", "*;+b")
                .with("Conversation-ID", "c1");
    }
}

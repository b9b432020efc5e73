package io.posthorn.sipcore;

import static io.posthorn.sipcore.CoreGround.ALICE;
import static io.posthorn.sipcore.CoreGround.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sender keeps for himself: RFC 3323, RFC 3325 section 7. */
class PrivacyTest {

    @AutoClose private final CoreGround ground = new CoreGround();
    private final CoreGround.Peer bob = ground.peer("bob", "bob");
    private final CoreGround.Peer alice = ground.peer("alice", "alice");

    @BeforeEach
    void register() {
        bob.registers(BOB);
        alice.asks(alice.flow(ALICE, 1, 1, 600));
    }

    private SipRequest arrives(String method, String privacy) {
        var request =
                alice.request(method, BOB, ALICE)
                        .with("Privacy", privacy)
                        .with("Subject", "a secret of alice")
                        .with("User-Agent", "phone of alice");
        var answer = alice.asks(request);
        assertThat(answer.code()).isEqualTo(200);
        // To the sender the answer is to what he sent.
        assertThat(answer.from()).isEqualTo(request.from());
        return bob.last();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "none;id", "unknown"})
    void whoWantsNoneIsShown(String privacy) {
        var arrived = arrives("MESSAGE", privacy);
        assertThat(arrived.header("P-Asserted-Identity")).contains("<" + ALICE + ">");
        assertThat(arrived.from().uri()).isEqualTo(ALICE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "ID; critical", "critical;id"})
    void theAssertedIdentityIsKept(String privacy) {
        var arrived = arrives("MESSAGE", privacy);
        assertThat(arrived.header("P-Asserted-Identity")).isEmpty();
        assertThat(arrived.from().uri()).isEqualTo(ALICE);
        assertThat(arrived.header("Privacy")).contains(privacy);
    }

    @Test
    void ofTheUserNothingIsToldThatIsNotNeeded() {
        var arrived = arrives("MESSAGE", "user;id");
        assertThat(arrived.from().uri()).isEqualTo("sip:anonymous@anonymous.invalid");
        assertThat(arrived.header("Privacy")).contains("id");
        var left = arrived.without("Contact").toString();
        assertThat(left).doesNotContain("alice");
    }

    @Test
    void whereTheSenderIsIsNotTold() {
        var arrived = arrives("INVITE", "header;user");
        assertThat(arrived.toString()).doesNotContain("alice").doesNotContain(alice.host);
        assertThat(arrived.contact().orElseThrow().uri()).startsWith("sip:tgruu.");
        assertThat(arrived.header("Privacy")).isEmpty();

        // And he is reached all the same.
        var info =
                bob.request("INFO", arrived.contact().orElseThrow().uri(), BOB)
                        .with("To", arrived.header("From").orElseThrow())
                        .with("From", "<" + BOB + ">;tag=b")
                        .with("Call-ID", arrived.callId())
                        .without("Route");
        for (var route : arrived.values("Record-Route")) info = info.withAdded("Route", route);
        assertThat(bob.asks(info).code()).isEqualTo(200);
        assertThat(alice.last().method()).isEqualTo("INFO");
    }

    @ParameterizedTest
    @CsvSource({"sip:mallory@example.com, 480", "tel:+4912345, 404"})
    void whoIsHiddenHearsThatNobodyCanBeReached(String called, int code) {
        var request = alice.request("MESSAGE", called, ALICE).with("Privacy", "header");
        assertThat(alice.asks(request).code()).isEqualTo(code);
    }

    @Test
    void whatCannotBeKeptAndMustIsRefused() {
        var request = alice.request("INVITE", BOB, ALICE).with("Privacy", "session;critical");
        assertThat(alice.asks(request).code()).isEqualTo(500);
        assertThat(bob.arrived).isEmpty();
    }

    @Test
    void anAnswererIsKeptToo() {
        bob.answers = ok -> ok.with("Privacy", "id");
        var answer = alice.asks(alice.request("MESSAGE", BOB, ALICE));
        assertThat(answer.header("P-Asserted-Identity")).isEmpty();
        bob.answers = ok -> ok.with("P-Asserted-Identity", "<" + ALICE + ">");
        assertThat(alice.asks(alice.request("MESSAGE", BOB, ALICE)).values("P-Asserted-Identity"))
                .isEqualTo(List.of("<" + BOB + ">"));
    }

    @Test
    void ofPreferredServicesTheFirstThatIsOneIsAsserted() {
        var request =
                alice.request("MESSAGE", BOB, ALICE)
                        .with("P-Preferred-Service", "nonsense, urn:urn-7:3gpp-service.ims.icsi.a")
                        .withAdded("P-Preferred-Service", "urn:urn-7:3gpp-service.ims.icsi.b");
        assertThat(alice.asks(request).code()).isEqualTo(200);
        assertThat(bob.last().values("P-Asserted-Service"))
                .containsExactly("urn:urn-7:3gpp-service.ims.icsi.a");
        assertThat(bob.last().header("P-Preferred-Service")).isEmpty();
    }
}

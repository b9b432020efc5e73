package io.posthorn.cpm.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.cpm.call.Rejection;
import io.posthorn.sip.wire.SipRequest;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksTest {

    @ParameterizedTest
    @CsvSource({
        "sip:alice@example.com,         false",
        "sip:alice@EXAMPLE.com,         false",
        "sip:alice@example.com;user=ip, false",
        "sip:bob@example.com,           true",
        "sip:eve@bad.example,           false",
        "tel:+15550100009,              true",
    })
    void barsUsersAndDomains(String address, boolean mayStart) {
        var listed = Originators.listed(List.of("sip:alice@example.com", "bad.example"), List.of());
        assertThat(listed.mayStart(address)).isEqualTo(mayStart);
    }

    @Test
    void allowsOnlyWhoIsListedIfAnybodyIs() {
        var listed = Originators.listed(List.of(), List.of("example.com"));
        assertThat(listed.mayStart("sip:a@example.com")).isTrue();
        assertThat(listed.mayStart("sip:a@example.net")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "id, true",
        "none, false",
        "user;critical, true",
        "header, true",
        "session, true",
    })
    void privacyIsARequestUnlessItSaysNone(String privacy, boolean requested) {
        var invite = invite().with("Privacy", privacy);
        assertThat(Anonymity.requested(invite)).isEqualTo(requested);
    }

    @Test
    void anAnonymousFromOfAKnownUserIsARequestToo() {
        var from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1";
        var hidden = invite().with("From", from);
        assertThat(Anonymity.requested(hidden)).isFalse();
        assertThat(Anonymity.requested(hidden.with("P-Asserted-Identity", "<sip:a@example.com>")))
                .isTrue();
    }

    @Test
    void anUnservedReleaseHearsWhereToReadWhy() {
        var checks =
                new Checks(
                        _ -> true,
                        new AgentVersion(
                                Pattern.compile("CPM-client/OMA2"), "https://help.example/v"),
                        Anonymity.ALLOWED,
                        new Warnings("pf.example.com", Warnings.Numbers.RCS));
        checks.agent(invite().with("User-Agent", "CPM-client/OMA2.2 x/1"));
        assertThatThrownBy(() -> checks.agent(invite()))
                .isInstanceOfSatisfying(
                        Rejection.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo(403);
                            assertThat(refused.headers())
                                    .containsEntry("Error-Info", "<https://help.example/v>")
                                    .containsEntry(
                                            "Warning",
                                            "399 pf.example.com \"132 Version not supported\"");
                        });
    }

    private static SipRequest invite() {
        return SipRequest.of("INVITE", "sip:bob@example.net")
                .with("From", "<sip:alice@example.com>;tag=1");
    }
}

package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in the responses to a call that is cancelled, as bytes. */
class CancelledCallTest extends Bench {

    private final Phone bob = new Phone(s, "bob");
    private final World caller = s.node("caller");
    private final List<SipResponse> responses = new ArrayList<>();
    private final InetSocketAddress at = new InetSocketAddress(s.address("caller"), 5060);
    private final Net.Datagrams socket =
            caller.net().datagrams(caller.loops().getFirst(), at, this::heard);

    private void heard(InetSocketAddress from, byte[] bytes) {
        if (SipParser.parse(bytes) instanceof SipResponse response) responses.add(response);
    }

    /** RFC 3261 section 9.2. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theTwoHundredToTheCancelHasTheTagOfTheCall(boolean rings) {
        Consumer<Leg> waits = _ -> {};
        Consumer<Leg> ringing = leg -> leg.progress(SipResponse.to(leg.invite(), 180));
        bob.taking = rings ? ringing : waits;
        send("INVITE");
        if (rings) seconds(0.1);
        send("CANCEL");
        seconds(0.1);
        assertThat(responses.stream().map(SipResponse::code).filter(code -> code != 180))
                .containsExactly(200, 487);
        assertThat(responses.stream().map(response -> response.to().tag()).distinct())
                .containsExactly(java.util.Optional.of(bob.call().id()));
        send("ACK");
        nothingIsLeft(bob);
    }

    /** RFC 6026 section 7.1: for 64*T1 the INVITE is still known, though nothing else is. */
    @Test
    void behindTheAckCopiesAreAbsorbedAndACancelStillHasTheTagOfTheCall() {
        send("INVITE");
        seconds(0.1);
        send("ACK", bob.call().id());
        seconds(1);
        send("INVITE");
        send("CANCEL");
        send("CANCEL");
        seconds(30);
        assertThat(responses.stream().map(response -> response.cseq() + " " + response.code()))
                .containsExactly("1 INVITE 200", "1 CANCEL 200", "1 CANCEL 200");
        assertThat(responses.stream().map(response -> response.to().tag()).distinct())
                .containsExactly(java.util.Optional.of(bob.call().id()));
        assertThat(bob.calls).hasSize(1);
        bob.call().bye(null, java.util.Map.of());
        nothingIsLeft(bob);
    }

    private void send(String method) {
        send(method, "");
    }

    /** To a dialog of that tag; none if it is empty. */
    private void send(String method, String tag) {
        var host = at.getAddress().getHostAddress();
        var request =
                SipRequest.of(method, bob.uri())
                        .withFirst("Via", "SIP/2.0/UDP " + host + ":5060;branch=z9hG4bK-one" + tag)
                        .with("From", "<sip:caller@example.net>;tag=raw")
                        .with("To", "<sip:bob@example.com>" + (tag.isEmpty() ? "" : ";tag=" + tag))
                        .with("Call-ID", "raw-call")
                        .with("CSeq", "1 " + method)
                        .with("Contact", "<sip:caller@" + host + ":5060>");
        socket.send(new InetSocketAddress(s.address("bob"), 5060), request.bytes());
    }
}

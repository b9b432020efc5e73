package io.posthorn.cpm.participating;

import static io.posthorn.strand.Steps.step;

import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Onward;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Clause;

/**
 * Large Message Mode CPM Message Request Originating at CPM Participating Function: the INVITE that
 * goes on into the network. The steps are ours, in the order in which the request is built.
 */
@Clause("OMA CPM Conv 8.3.1.1.3")
final class SendLargeMessageRequest {

    private final Answers us;
    private final Onward rules;

    SendLargeMessageRequest(Answers us) {
        this.us = us;
        this.rules = us.rules(Onward.CPM);
    }

    SipRequest build(SipRequest received, Description offer, MsrpSession down) {
        step(1, "the same Request-URI, and the way the core named for going on");
        var onward = rules.of(received, received.uri());
        onward = Requests.routed(onward, us.onward(received));
        step(2, "CPM ids and the service, made where the client left them out");
        onward = Requests.identified(onward, received);
        step(3, "session timer of this leg");
        onward =
                onward.with(
                        "Session-Expires", us.settings().sessions().expires() + ";refresher=uac");
        step(4, "SDP offer with our MSRP URI first, sendonly, actpass");
        return offer.replacedIn(
                onward,
                received,
                offer.onwardOffer(
                        down, us.settings().media().pathMode(), us.settings().media().maxSize()));
    }
}

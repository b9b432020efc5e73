package io.posthorn.cpm.participating;

import static io.posthorn.strand.Steps.step;

import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Onward;
import io.posthorn.cpm.policy.Anonymity;
import io.posthorn.cpm.policy.Device;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Clause;

/**
 * Large Message Mode CPM Message Request Originating at CPM Participating Function, terminating
 * side: the INVITE to one device of the recipient. The steps are ours, in the order in which the
 * request is built.
 */
@Clause("OMA CPM Conv 8.3.2.1.2")
final class DeliverLargeMessageRequest {

    private final Answers us;
    private final Onward rules;
    private final Onward anonymous;

    DeliverLargeMessageRequest(Answers us) {
        this.us = us;
        this.rules = us.rules(Onward.CPM);
        // RFC 3325 section 9.3: an identity that asks for privacy does not leave the trust domain.
        this.anonymous = rules.drop("P-Asserted-Identity").drop("Referred-By");
    }

    SipRequest build(SipRequest received, Description offer, Device device, MsrpSession down) {
        step(1, "Request-URI is the device's public GRUU, the way leads through the core");
        var gruu = device.gruu();
        var onward =
                (Anonymity.requested(received) ? anonymous : rules)
                        .of(received, gruu == null ? device.contact() : gruu);
        onward = Requests.routed(onward, us.onward(received));
        step(2, "CPM ids and the service, made where they are missing");
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

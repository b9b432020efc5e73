package io.posthorn.cpm.client;

import static io.posthorn.strand.Steps.skips;
import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Refusing;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.CpmIds;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.cpm.policy.Service;
import io.posthorn.msrp.session.FailureReport;
import io.posthorn.msrp.session.Head;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.Outgoing;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Steps;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Sending a Large Message: establishment of the session, and the message, to one recipient. */
@Clause("OMA CPM Conv 7.3.2.1")
final class SendLargeMessage implements Procedure {

    // How often the listener hears of progress.
    private static final Duration TICK = Duration.ofMillis(100);

    // Ours: for the last answer to a message that was all out when it was given up.
    private static final Duration LAST_CHUNK = Duration.ofSeconds(2);

    private static final String GIVEN_UP = "given up by the sender";

    static final String ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE";

    private final CpmClient client;
    private final Outbound message;
    private final CpmIds ids;
    private final MessageId messageId;
    private final Sending listener;
    private boolean told;

    SendLargeMessage(
            CpmClient client, Outbound message, CpmIds ids, MessageId messageId, Sending listener) {
        this.client = client;
        this.message = message;
        this.ids = ids;
        this.messageId = messageId;
        this.listener = listener;
    }

    @Override
    public void run(Call call) {
        try {
            send(call);
        } catch (Rejection refused) {
            failed(refused.code(), String.valueOf(refused.getMessage()));
            throw refused;
        } finally {
            // Also when a port failed: whoever waits must hear of it.
            if (!told) failed(0, "failed");
            client.over(ids.contribution());
        }
    }

    private void send(Call call) {
        var body = client.wrapped(message, messageId, call.home());
        try {
            call.track().id("imdn.Message-ID", messageId.value());
            var media = call.media(Refusing.EVERYTHING, client.settings().secure());
            var leg = call.invite(invite(media, body.total()));
            var ok = answer(call, leg);
            var answer = Description.answered(ok);

            upon("200 OK to the INVITE");
            step(1, "session timer"); // the leg runs it, with the value of the 200
            step(2, "contact of the other side"); // the leg keeps it: the target of ACK and BYE
            leg.acknowledge();
            if (answer.maxSize() > 0 && body.total() > answer.maxSize())
                throw new Rejection(
                        413, "larger than the " + answer.maxSize() + " bytes that are taken");
            step(3, "MSRP SENDs");
            media.start(Description.sending(media), answer.media());
            var outgoing =
                    media.send(
                            new Head(client.msrpMessageId(), Cpim.TYPE, false, FailureReport.YES),
                            body);
            deliver(call, leg, outgoing, body.total());
        } finally {
            body.close();
        }
    }

    private SipRequest invite(MsrpSession media, long size) {
        var settings = client.settings();
        step(1, "an initial INVITE");
        step(7, "to " + message.to());
        var from = settings.anonymous() ? ANONYMOUS : "<" + settings.address() + ">";
        var invite =
                client.routed(SipRequest.of("INVITE", message.to()))
                        .with("From", from)
                        .with("To", "<" + message.to() + ">");
        step(2, "User-Agent " + settings.release());
        invite = invite.with("User-Agent", settings.release().toString());
        step(3, "Contact with the service");
        invite = invite.with("Contact", client.contact());
        if (settings.anonymous()) {
            step(4, "Privacy: id");
            invite = invite.with("Privacy", "id");
        } else {
            skips(4, "anonymity is not requested");
        }
        step(5, "Supported: timer");
        step(6, "Session-Expires, refresher=uac");
        invite =
                invite.with("Supported", "timer")
                        .with("Session-Expires", settings.sessionExpires() + ";refresher=uac");
        skips(8, "one recipient");
        skips(9, "no group");
        step(10, "Accept-Contact with the service in both forms");
        invite =
                invite.withAdded("Accept-Contact", "*;" + Service.LARGE_MESSAGE.tag())
                        .withAdded("Accept-Contact", "*;" + Service.LEGACY_LARGE)
                        .with("P-Preferred-Service", Service.LARGE_MESSAGE.urn())
                        .with("P-Preferred-Identity", "<" + settings.address() + ">")
                        .with("Conversation-ID", ids.conversation())
                        .with("Contribution-ID", ids.contribution())
                        .with("Allow", ALLOW);
        step(11, "SDP offer, sendonly");
        invite = invite.withBody("application/sdp", Description.offer(media, size));
        step(12, "sent");
        return invite;
    }

    private static final String ANONYMOUS = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

    private SipResponse answer(Call call, Leg leg) {
        for (var giveUp = call.in(client.settings().answer()); ; ) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Answered(_, var ok)) -> {
                    return ok;
                }
                case Event.Sip(LegEvent.Refused(_, var response)) ->
                        throw new Rejection(response.code(), words(response));
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(408, "call ended: " + cause);
                case Event.Abort _ -> {
                    leg.cancel(null);
                    throw new Rejection(487, GIVEN_UP);
                }
                case Event.Sip _, Event.Msrp _, Event.Drain _ -> {}
                case null -> {
                    leg.cancel(null);
                    throw new Rejection(408, "no answer");
                }
            }
        }
    }

    /** What a refusal says, for a person: the Warning's text if there is one. */
    private static String words(SipResponse response) {
        var warning = response.header("Warning").orElse("");
        var quote = warning.indexOf('"');
        if (quote < 0) return response.reason();
        return warning.substring(quote).replace("\"", "");
    }

    /** A message that is given up ends with {@code #}; one that is all out may still arrive. */
    private void deliver(Call call, Leg leg, Outgoing outgoing, long total) {
        Instant givenUp = null;
        while (true) {
            switch (call.await(call.in(TICK))) {
                case Event.Msrp(MsrpEvent.Delivered _) -> {
                    listener.progress(total, total);
                    call.tell(String.format(Locale.ROOT, "200 %,d bytes sent", total));
                    tell(new Sending.Outcome.Sent(total, ids.contribution(), messageId.value()));
                    Steps.in(
                            ReleaseLargeMessage.class,
                            () -> new ReleaseLargeMessage().release(call, leg));
                    return;
                }
                case Event.Msrp(MsrpEvent.Failed(_, _, var code)) -> {
                    if (givenUp != null) throw new Rejection(487, GIVEN_UP);
                    // RFC 4975 has no code for what failed here: the file could not be read.
                    throw code == 0
                            ? new Rejection(500, "the message cannot be read")
                            : new Rejection(code, "message refused");
                }
                // RFC 4975 section 7.1.3: a relay that had said 200 tells so of a failure behind
                // it.
                case Event.Msrp(MsrpEvent.Reported(_, _, var code)) when code != 200 -> {
                    outgoing.abort();
                    throw new Rejection(code, "message refused");
                }
                case Event.Msrp(MsrpEvent.Lost(_, var why)) -> throw new Rejection(503, why);
                case Event.Sip(LegEvent.Bye(_, var bye)) -> {
                    bye.answer(SipResponse.to(bye.request(), 200));
                    outgoing.abort();
                    var why = Reason.of(bye.request());
                    throw new Rejection(
                            why.map(Reason::cause).orElse(480),
                            "ended by the other side" + why.map(r -> ": " + r.text()).orElse(""));
                }
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(408, "call ended: " + cause);
                case Event.Abort _ -> {
                    if (givenUp == null) givenUp = call.in(LAST_CHUNK);
                    outgoing.abort();
                }
                case Event.Sip _, Event.Msrp _, Event.Drain _ -> {}
                case null -> {
                    listener.progress(outgoing.acknowledged(), total);
                    if (givenUp != null && !call.now().isBefore(givenUp))
                        throw new Rejection(487, GIVEN_UP);
                }
            }
        }
    }

    private void failed(int code, String why) {
        var plain = why.startsWith(code + " ") ? why.substring((code + " ").length()) : why;
        tell(new Sending.Outcome.Failed(code, plain, ids.contribution()));
    }

    private void tell(Sending.Outcome outcome) {
        if (told) return;
        told = true;
        listener.ended(outcome);
    }
}

package io.posthorn.cpm.client;

import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Receiving Large Message: takes one message into a file. */
@Clause("OMA CPM Conv 7.2.3")
final class ReceiveLargeMessage implements Procedure {

    // Ours: below the 20 s that the terminating function waits for the last answer.
    private static final Duration KEEPING = Duration.ofSeconds(15);

    // Ours: the longest life of a call, as at the functions between.
    private static final Duration LONGEST = Duration.ofHours(1);

    private final CpmClient client;
    private final Receiving settings;
    private final ReceivedMessages before;
    private final Inbox inbox;
    private String contribution = "";
    private boolean received;
    private boolean leaving;

    // Ours: other devices of ours may still be getting it, so that the BYE comes later.
    private static final Duration LAST_BYE = Duration.ofMinutes(10);

    // Ours: behind the answer to the last chunk, when we cannot wait for the BYE.
    private static final Duration LEAVING = Duration.ofSeconds(1);

    /** Loop only until the message is complete. */
    private volatile @Nullable FileSink sink;

    /** Loop only. */
    private boolean ended;

    ReceiveLargeMessage(
            CpmClient client, Receiving settings, ReceivedMessages before, Inbox inbox) {
        this.client = client;
        this.settings = settings;
        this.before = before;
        this.inbox = inbox;
    }

    @Override
    public void run(Call call) {
        var caller = call.caller();
        var invite = caller.invite();
        var from = sender(invite);
        contribution = invite.header("Contribution-ID").orElse("");
        try {
            if (settings.reject() != 0) throw new Rejection(settings.reject(), "as it was told to");
            receive(call, invite, from);
        } catch (Rejection | Unavailable refused) {
            if (!received) inbox.failed(from, String.valueOf(refused.getMessage()));
            throw refused;
        } finally {
            call.home().execute(this::end);
        }
        if (!received) inbox.failed(from, "the call ended before the message did");
    }

    /** On the loop, where a message may still arrive until the session is closed. */
    private void end() {
        ended = true;
        var begun = sink;
        if (begun != null) begun.discard();
    }

    private void receive(Call call, SipRequest invite, String from) {
        var caller = call.caller();
        step(1, "are its accept-types acceptable");
        var offer = Description.offered(invite, client.warnings());
        offer.checkSize(client.settings().maxSize(), client.warnings());
        step(2, "contact of the other side"); // the leg keeps it: the target of our requests
        var media = call.media(new Mailbox(call, from), offer.secure());
        step(3, "200 OK with Server, Allow, our address, and the answer: recvonly, active");
        var ok =
                SipResponse.to(invite, 200)
                        .with("Contact", client.contact())
                        .with("Server", client.settings().release().toString())
                        .with("Allow", SendLargeMessage.ALLOW)
                        .with("P-Preferred-Identity", "<" + client.settings().address() + ">")
                        .withBody(
                                "application/sdp",
                                offer.receive(media, client.settings().maxSize()));
        step(4, "sent");
        caller.answer(ok);

        for (var giveUp = call.in(LONGEST); ; ) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Confirmed _) -> {
                    upon("ACK");
                    step(1, "MSRP client");
                    step(2, "active endpoint");
                    step(3, "connects as the offer says");
                    media.start(offer.receiving(media, client.settings().maxSize()), offer.media());
                }
                case Event.Msrp(MsrpEvent.Bound _) -> step(4, "empty SEND, answered: bound");
                case Event.Msrp(MsrpEvent.Complete(_, var message, var total)) -> {
                    keep(call, message, total, from);
                    giveUp = call.in(leaving ? LEAVING : LAST_BYE);
                }
                case Event.Msrp(MsrpEvent.Lost(_, var why)) -> {
                    if (!received) throw new Rejection(503, "media lost: " + why);
                }
                case Event.Sip(LegEvent.Bye(_, var bye)) -> {
                    bye(bye);
                    if (!received) call.tell("BYE before the end of the message");
                    return;
                }
                case Event.Sip(LegEvent.Cancelled _) -> {
                    call.tell("487 cancelled");
                    return;
                }
                case Event.Sip(LegEvent.Ended(_, var cause)) -> {
                    call.tell("ended: " + cause);
                    return;
                }
                case Event.Drain _ -> {
                    leaving = true;
                    if (received) giveUp = call.in(LEAVING);
                }
                case Event.Sip _, Event.Msrp _, Event.Abort _ -> {}
                case null -> {
                    // The message is safe; only the BYE is missing, and we say it.
                    if (received) return;
                    throw new Rejection(408, "longest life of a call is over");
                }
            }
        }
    }

    private static void bye(Question bye) {
        upon("BYE");
        step(1, "200 to the BYE");
        bye.answer(SipResponse.to(bye.request(), 200));
    }

    /** The promise: only a message that is whole, durable and under its name is acknowledged. */
    private void keep(Call call, Incoming message, long total, String from) {
        var begun = sink;
        if (begun == null) {
            message.refuse(400);
            return;
        }
        FileSink.Result result = call.ask("disk", call.in(KEEPING), begun::finish);
        switch (result) {
            case FileSink.Result.Kept(var file, var bytes) -> {
                message.accept();
                received = true;
                var cpim = begun.cpim();
                call.tell(String.format(Locale.ROOT, "200 %,d bytes received", total));
                inbox.received(
                        new Inbox.Received(
                                from,
                                file,
                                bytes,
                                cpim == null ? "" : cpim.contentType(),
                                messageId(begun),
                                contribution));
            }
            case FileSink.Result.Again() -> {
                message.accept();
                received = true;
                call.tell("200 received before");
                inbox.again(from, messageId(begun));
            }
            case FileSink.Result.Failed(var why) -> {
                message.refuse(413);
                throw new Rejection(500, why, Map.of());
            }
        }
    }

    private static String messageId(FileSink begun) {
        var cpim = begun.cpim();
        return cpim == null ? "" : cpim.messageId().map(MessageId::value).orElse("");
    }

    /** Who sends, as SIP shows it; empty if it is hidden. */
    private static String sender(SipRequest invite) {
        try {
            var asserted = invite.header("P-Asserted-Identity");
            var uri =
                    asserted.isPresent()
                            ? NameAddr.parse(asserted.get()).uri()
                            : invite.from().uri();
            return uri.equals(Cpim.ANONYMOUS) ? "" : uri;
        } catch (SipSyntax wrong) {
            return "";
        }
    }

    /** Takes one message. Loop only. */
    private final class Mailbox implements Receiver {
        private final Call call;
        private final String from;

        Mailbox(Call call, String from) {
            this.call = call;
            this.from = from;
        }

        @Override
        public BodySink arriving(Incoming message) {
            if (ended) return refused(message, 481);
            if (sink != null) return refused(message, 403);
            if (!Cpim.is(message.head().contentType())) return refused(message, 415);
            if (message.total() > client.settings().maxSize()) return refused(message, 413);
            var begun =
                    client.sink(
                            call.home(),
                            settings,
                            from,
                            before,
                            inbox,
                            message::refuse,
                            headed -> headed(headed, message.total()));
            sink = begun;
            return begun;
        }

        private void headed(FileSink begun, long total) {
            var cpim = begun.cpim();
            if (cpim != null)
                cpim.messageId().ifPresent(id -> call.track().id("imdn.Message-ID", id.value()));
            inbox.arriving(from, begun.name(), total);
        }

        private BodySink refused(Incoming message, int code) {
            message.refuse(code);
            return BodySink.DROPPING;
        }
    }
}

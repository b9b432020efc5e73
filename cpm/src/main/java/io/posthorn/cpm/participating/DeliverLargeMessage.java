package io.posthorn.cpm.participating;

import static io.posthorn.strand.Steps.skips;
import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Refusing;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.participating.Fork.Branch;
import io.posthorn.cpm.participating.Fork.State;
import io.posthorn.cpm.policy.Device;
import io.posthorn.cpm.policy.Registrations;
import io.posthorn.cpm.policy.Registrations.Registered;
import io.posthorn.custody.Spools;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Steps;
import io.posthorn.strand.Unavailable;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Deliver Large Message Mode CPM Message: the terminating participating function takes a large
 * message for the user it serves, and hands it to that user's devices.
 *
 * <p>Coupled, as nothing may be kept beyond the call yet: the last chunk is answered only when a
 * device has acknowledged everything. What happens from the first 200 OK on is {@link Delivery}.
 */
@Clause("OMA CPM Conv 8.3.2.1.1")
final class DeliverLargeMessage implements Procedure {

    private final Answers us;
    private final Registrations registrations;
    private final Spools spools;
    private final Duplicates duplicates;
    private final DeliverLargeMessageRequest request;

    DeliverLargeMessage(
            Answers us, Registrations registrations, Spools spools, Duplicates duplicates) {
        this.us = us;
        this.registrations = registrations;
        this.spools = spools;
        this.duplicates = duplicates;
        this.request = new DeliverLargeMessageRequest(us);
    }

    @Override
    public void run(Call call) {
        var invite = call.caller().invite();
        var settings = us.settings();
        var checks = settings.checks();

        step(1, "may this originator send");
        var originator = Identity.originator(invite, settings);
        checks.originator(originator);

        step(2, "is this release of the user agent served");
        checks.agent(invite);

        step(3, "anonymity");
        checks.anonymity(invite);

        step(4, "session timer"); // RFC 4028; the page names RFC 3428, which has no such header
        us.checkSessionTimer(invite);

        step(5, "back-to-back user agent: our own leg and media session on every side");
        var offer = Description.offered(invite, checks.warnings());
        offer.checkSize(settings.media().maxSize(), checks.warnings());
        offer.checkTls(settings.media().tls(), checks.warnings());
        var served = Identity.served(invite, settings);
        var before = duplicates.between(originator, served);
        var bridge =
                new Bridge(call.home(), call.track(), spools, before, settings.media().maxSize());
        try {
            var up = call.media(bridge, offer.secure());
            step(6, "the clients that are expected to receive it");
            var devices = selected(call, served);
            if (devices.isEmpty()) {
                allFailed();
                throw new Rejection(480, "no device of the recipient can take it");
            }
            var fork = fork(call, offer, devices, bridge);
            var ringUntil = call.in(settings.patience().ringing());
            var first = firstAnswer(call, fork, bridge, ringUntil);
            if (first == null) return;
            accept(call, offer, first, up, served);
            new Delivery(call, us, offer, fork, first, up, bridge, ringUntil).run();
        } finally {
            bridge.close();
        }
    }

    /**
     * The devices that announced the service, the preferred one first. Preferences have no say yet:
     * everybody's say "all devices".
     */
    private List<Device> selected(Call call, String served) {
        return registered(call, served).stream()
                .filter(this::capable)
                .filter(device -> device.gruu() != null || !us.settings().devices().requireGruu())
                .sorted(Comparator.comparingDouble(Device::q).reversed())
                .toList();
    }

    /** Who cannot be found now may be found later: 480, and why. */
    private List<Device> registered(Call call, String served) {
        if (Identity.unregistered(call.caller().invite(), us.settings())) return List.of();
        var why = "did not answer in time";
        try {
            Registered known =
                    call.ask(
                            "registration event",
                            call.in(us.settings().patience().registrations()),
                            then -> registrations.devices(served, then));
            if (known.unknown() == null) return known.devices();
            why = known.unknown();
        } catch (Unavailable late) {
            // Told below.
        }
        throw new Rejection(
                480,
                "registration event: " + why,
                us.settings().checks().warnings().because("Registration not known: " + why));
    }

    private boolean capable(Device device) {
        return device.largeMessages()
                || us.settings().devices().assumeCapable() && device.tags().isEmpty();
    }

    /** All at once: whoever answers first gives the caller its answer, the others join. */
    private Fork fork(Call call, Description offer, List<Device> devices, Bridge bridge) {
        var invite = us.named(call.caller().invite(), call.track());
        var fork = new Fork();
        for (var device : devices) {
            var tls = us.settings().media().tls().onward(offer.secure());
            var media = call.media(Refusing.EVERYTHING, tls);
            var onward =
                    Steps.in(
                            DeliverLargeMessageRequest.class,
                            () -> request.build(invite, offer, device, media));
            bridge.expect(media);
            fork.add(new Branch(device, call.invite(onward), media));
        }
        return fork;
    }

    /** The first device that answers; null if the caller gave up. */
    private @Nullable Branch firstAnswer(Call call, Fork fork, Bridge bridge, Instant giveUp) {
        var caller = call.caller();
        while (true) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Provisional(_, var response)) when response.code() == 180 ->
                        caller.progress(SipResponse.to(caller.invite(), 180));
                case Event.Sip(LegEvent.Answered(var leg, var ok)) -> {
                    var branch = fork.of(leg).orElseThrow();
                    if (answered(branch, ok, bridge)) return branch;
                    failUnlessRinging(fork);
                }
                case Event.Sip(LegEvent.Refused(var leg, var response)) -> {
                    var branch = fork.of(leg).orElseThrow();
                    branch.refusal = response;
                    branch.fail(bridge);
                    failUnlessRinging(fork);
                }
                case Event.Sip(LegEvent.Cancelled(_, var cancel)) -> {
                    call.tell("487 cancelled by the caller");
                    var why = Reason.of(cancel).orElse(null);
                    fork.all().forEach(branch -> branch.leg.cancel(why));
                    return null;
                }
                case Event.Sip(LegEvent.Asked(_, var question)) -> us.decline(question);
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> {
                    allFailed();
                    throw fork.best();
                }
            }
        }
    }

    /** False if the answer is of no use: then that device has failed, and gets BYE. */
    static boolean answered(Branch branch, SipResponse ok, Bridge bridge) {
        try {
            branch.answer = Description.answered(ok);
            branch.ok = ok;
            branch.state = State.JOINED;
            return true;
        } catch (Rejection unusable) {
            branch.leg.bye(Reason.sip(488, "Not Acceptable Here"), Map.of());
            branch.fail(bridge);
            return false;
        }
    }

    private static void failUnlessRinging(Fork fork) {
        if (!fork.allFailed()) return;
        allFailed();
        throw fork.best();
    }

    /** The last block of the page: without a queue there is nothing that could defer. */
    static void allFailed() {
        upon("errors from all selected clients");
        skips(1, "coupled: the sender is told, as deferred messages are not kept yet");
    }

    private void accept(Call call, Description offer, Branch first, MsrpSession up, String served) {
        var settings = us.settings();
        var invite = call.caller().invite();
        upon("the first 200 OK");
        step(1, "200 OK to the caller");
        step(
                2,
                "its SDP: the device's answer, our MSRP URI first, message/cpim, recvonly, passive");
        var sdp =
                offer.answer(
                        up,
                        first.answer(),
                        settings.media().pathMode(),
                        settings.media().maxSize());
        step(3, "Server " + settings.release());
        step(4, "Allow");
        step(5, "Contact is our address");
        step(6, "sent");
        call.caller().answer(us.ok(invite, sdp, first.ok(), served));
        skips(7, "no preferences and no conversation history yet");
    }
}

package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.Calls;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.policy.Registrations;
import io.posthorn.cpm.policy.Service;
import io.posthorn.custody.Spools;
import io.posthorn.msrp.session.MsrpEndpoint;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.World;
import java.util.Map;

/**
 * The participating function of one node: takes what the core sends it and starts the procedure
 * that belongs to the session case and to the service.
 */
public final class Participating {

    private final Answers us;
    private final Calls calls;
    private final SendLargeMessage sendLargeMessage;
    private final DeliverLargeMessage deliverLargeMessage;
    private volatile boolean draining;

    private Participating(
            World world,
            SipUserAgent agent,
            MsrpEndpoint endpoint,
            Spools spools,
            Registrations registrations,
            Settings settings) {
        this.us = new Answers(settings, agent.contact(), world.entropy());
        this.calls = new Calls(world, agent, endpoint, settings.release().toString());
        this.sendLargeMessage = new SendLargeMessage(us);
        this.deliverLargeMessage =
                new DeliverLargeMessage(
                        us, registrations, spools, new Duplicates(settings.repeats()));
    }

    /**
     * Begins to serve; its devices come from the registration event, for which the core at {@link
     * Settings#core} is asked.
     *
     * @param agent whose session interval check must be left to the procedures
     */
    public static Participating start(
            World world,
            SipUserAgent agent,
            MsrpEndpoint endpoint,
            Spools spools,
            Settings settings) {
        var registrations = new SubscribeRegistration(world, agent, settings);
        agent.onRequest("REGISTER", registrations::registered);
        return start(world, agent, endpoint, spools, registrations, settings);
    }

    /** As above, with devices from elsewhere. */
    public static Participating start(
            World world,
            SipUserAgent agent,
            MsrpEndpoint endpoint,
            Spools spools,
            Registrations registrations,
            Settings settings) {
        var function = new Participating(world, agent, endpoint, spools, registrations, settings);
        agent.onInvite(function::invited);
        return function;
    }

    /** The calls of this function, for draining and for operators. */
    public Calls calls() {
        return calls;
    }

    /** Takes no more calls (503), and tells those that run that the server is about to stop. */
    public void drain() {
        draining = true;
        calls.drain();
    }

    private void invited(Leg leg) {
        var invite = leg.invite();
        try {
            if (draining) throw new Rejection(503, "about to stop", Map.of("Retry-After", "30"));
            boolean trusted = Identity.trusted(invite, us.settings());
            var service = Service.of(invite, trusted);
            if (service.isEmpty() || !service.get().large())
                throw new Rejection(
                        403,
                        "no service of ours",
                        us.settings().checks().warnings().functionNotAllowed());
            switch (SessionCase.of(invite, trusted)) {
                case ORIGINATING -> calls.take(leg, "lmm originating", sendLargeMessage);
                case TERMINATING -> calls.take(leg, "lmm terminating", deliverLargeMessage);
            }
        } catch (Rejection refused) {
            refuse(leg, refused);
        } catch (SipSyntax wrong) {
            refuse(leg, new Rejection(400, String.valueOf(wrong.getMessage())));
        }
    }

    private void refuse(Leg leg, Rejection refused) {
        var response =
                SipResponse.to(leg.invite(), refused.code())
                        .with("Server", us.settings().release().toString());
        for (var header : refused.headers().entrySet())
            response = response.with(header.getKey(), header.getValue());
        leg.answer(response);
    }
}

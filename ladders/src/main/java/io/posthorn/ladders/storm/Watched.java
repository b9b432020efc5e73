package io.posthorn.ladders.storm;

import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Notifier;
import io.posthorn.sip.dialog.NotifierEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.dialog.Subscription;
import io.posthorn.sip.dialog.SubscriptionEvent;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A user agent whose calls can be got at, for a CANCEL or a BYE that no user interface offers.
 *
 * @param legs gets each call that is made, by its Contribution-ID
 */
record Watched(SipUserAgent agent, Map<String, Leg> legs) implements SipUserAgent {

    @Override
    public Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox) {
        var leg = agent.invite(invite, track, inbox);
        invite.header("Contribution-ID").ifPresent(id -> legs.put(id, leg));
        return leg;
    }

    @Override
    public void onInvite(Consumer<Leg> incoming) {
        agent.onInvite(incoming);
    }

    @Override
    public void onRequest(String method, Consumer<Question> incoming) {
        agent.onRequest(method, incoming);
    }

    @Override
    public void ask(SipRequest request, Predicate<SipResponse> inbox) {
        agent.ask(request, inbox);
    }

    @Override
    public void askAlong(SipRequest request, BiPredicate<SipResponse, @Nullable Flow> inbox) {
        agent.askAlong(request, inbox);
    }

    @Override
    public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
        return agent.keepAlive(flow, silence, lost);
    }

    @Override
    public Subscription subscribe(SipRequest subscribe, Consumer<SubscriptionEvent> inbox) {
        return agent.subscribe(subscribe, inbox);
    }

    @Override
    public Notifier accept(Question subscribe, Duration expires, Consumer<NotifierEvent> inbox) {
        return agent.accept(subscribe, expires, inbox);
    }

    @Override
    public String callId(Loop home) {
        return agent.callId(home);
    }

    @Override
    public String contact() {
        return agent.contact();
    }

    @Override
    public Stats stats() {
        return agent.stats();
    }
}

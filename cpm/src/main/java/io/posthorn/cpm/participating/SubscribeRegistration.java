package io.posthorn.cpm.participating;

import io.posthorn.cpm.policy.Device;
import io.posthorn.cpm.policy.Registrations;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.dialog.Subscription;
import io.posthorn.sip.dialog.SubscriptionEvent;
import io.posthorn.sip.reginfo.RegInfo;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes to the registration event of the users that are served, and knows their devices from
 * it: when a third-party REGISTER tells of a user, or at the first call for one that is not known.
 *
 * <p>All state belongs to one loop. Source: OMA CPM Conv 8.1.3; RFC 3680, RFC 5628.
 */
@Clause("OMA CPM Conv 8.1.3")
public final class SubscribeRegistration implements Registrations {

    private static final Logger LOG = System.getLogger(SubscribeRegistration.class.getName());

    // The value of 3GPP TS 24.229 section 5.7.1.
    private static final int EXPIRES = 600_000;

    // Ours: as many users as a node of this size serves; further ones wait for its restart.
    private static final int LIMIT = 200_000;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final SipUserAgent agent;
    private final String core;
    private final Loop home;
    private final Map<String, User> users = new LinkedHashMap<>();

    /**
     * @param core where SUBSCRIBE goes, as a Route value
     */
    public SubscribeRegistration(World world, SipUserAgent agent, String core) {
        this.agent = agent;
        this.core = core;
        this.home = world.loops().getFirst();
    }

    /** One user. */
    private static final class User {
        final String address;
        final Map<String, Device> devices = new LinkedHashMap<>();
        final List<Consumer<List<Device>>> waiting = new ArrayList<>();
        @Nullable Subscription subscription;
        boolean known;
        long version = -1;
        Duration pause = Duration.ofSeconds(1);

        User(String address) {
            this.address = address;
        }

        List<Device> list() {
            return devices.values().stream()
                    .sorted(Comparator.comparingDouble(Device::q).reversed())
                    .toList();
        }
    }

    @Override
    public void devices(String user, Consumer<List<Device>> then) {
        home.execute(() -> {
            var known = user(user);
            if (known == null) then.accept(List.of());
            else if (known.known) then.accept(known.list());
            else known.waiting.add(then);
        });
    }

    /** A third-party REGISTER of the core. Source: 3GPP TS 24.229 section 5.7.1.1. */
    public void registered(Question register) {
        var request = register.request();
        register.answer(SipResponse.to(request, 200));
        try {
            var address = SipUri.parse(request.to().uri()).aor();
            var gone = request.header("Expires").orElse("").strip().equals("0");
            // Whoever is gone is told of by the NOTIFY that follows.
            if (!gone) home.execute(() -> user(address));
        } catch (SipSyntax wrong) {
            LOG.log(Level.DEBUG, "third-party REGISTER: {0}", wrong.getMessage());
        }
    }

    /** Ends all subscriptions. */
    public void close() {
        home.execute(() -> {
            users.values().stream()
                    .map(user -> user.subscription)
                    .filter(java.util.Objects::nonNull)
                    .forEach(Subscription::unsubscribe);
            users.clear();
        });
    }

    private @Nullable User user(String address) {
        var known = users.get(address);
        if (known != null) return known;
        if (users.size() >= LIMIT) {
            LOG.log(Level.WARNING, "registration event of more than {0} users", LIMIT);
            return null;
        }
        var user = new User(address);
        users.put(address, user);
        subscribe(user);
        return user;
    }

    private void subscribe(User user) {
        var us = "<" + agent.contact() + ">";
        var subscribe =
                SipRequest.of("SUBSCRIBE", user.address)
                        .with("Route", core)
                        .with("From", us)
                        .with("To", "<" + user.address + ">")
                        .with("Event", "reg")
                        .with("Accept", "application/reginfo+xml")
                        .with("Expires", Integer.toString(EXPIRES))
                        .with("P-Asserted-Identity", us);
        user.version = -1;
        user.subscription =
                agent.subscribe(subscribe, event -> home.execute(() -> told(user, event)));
    }

    private void told(User user, SubscriptionEvent event) {
        if (users.get(user.address) != user) return;
        switch (event) {
            case SubscriptionEvent.Notified notified -> notified(user, notified);
            case SubscriptionEvent.Ended(_, var code, var reason, var retryAfter) ->
                    ended(user, code, reason, retryAfter);
        }
    }

    private void notified(User user, SubscriptionEvent.Notified notified) {
        var body = notified.request().body();
        if (body.length == 0) return;
        try {
            notified(user, notified.subscription(), RegInfo.parse(body));
        } catch (SipSyntax wrong) {
            LOG.log(Level.WARNING, "NOTIFY of {0}: {1}", user.address, wrong.getMessage());
        }
    }

    private static void notified(User user, Subscription subscription, RegInfo info) {
        var gap = !info.full() && info.version() != user.version + 1;
        user.version = info.version();
        if (gap) {
            subscription.refresh();
            return;
        }
        user.pause = Duration.ofSeconds(1);
        apply(user, info);
    }

    private static void apply(User user, RegInfo info) {
        if (info.full()) user.devices.clear();
        for (var registration : info.registrations()) {
            var ended = registration.state() == RegInfo.State.TERMINATED;
            for (var contact : registration.contacts()) {
                if (contact.active() && !ended) user.devices.put(contact.id(), device(contact));
                else user.devices.remove(contact.id());
            }
        }
        user.known = true;
        answer(user);
    }

    private static Device device(RegInfo.Contact contact) {
        return new Device(
                contact.uri(),
                contact.publicGruu(),
                contact.instance().orElse(null),
                contact.tags(),
                contact.q() < 0 ? 1 : contact.q());
    }

    private static void answer(User user) {
        var waiting = List.copyOf(user.waiting);
        user.waiting.clear();
        waiting.forEach(then -> then.accept(user.list()));
    }

    /**
     * The next call subscribes again; so do we, if the registrar only wanted a new subscription.
     */
    private void ended(User user, int code, String reason, Duration retryAfter) {
        answer(user);
        var again = reason.equals("deactivated") || reason.equals("probation");
        if (!again) {
            users.remove(user.address);
            if (code != 200)
                LOG.log(
                        Level.DEBUG,
                        "registration event of {0} refused: {1} {2}",
                        user.address,
                        code,
                        reason);
            return;
        }
        user.known = false;
        var pause = retryAfter.compareTo(user.pause) > 0 ? retryAfter : user.pause;
        user.pause = min(user.pause.multipliedBy(2), LONGEST_PAUSE);
        home.after(
                pause,
                () -> {
                    if (users.get(user.address) == user) subscribe(user);
                });
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}

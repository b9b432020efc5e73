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
import java.time.Instant;
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

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
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
        final List<Consumer<Registered>> waiting = new ArrayList<>();
        @Nullable Subscription subscription;
        boolean known;

        /** Of the last document that was used; -1 until one said all. */
        long version = -1;

        /** When all was asked for, and did not come yet. */
        @Nullable Instant asked;

        Duration pause = SHORTEST_PAUSE;

        User(String address) {
            this.address = address;
        }

        Registered registered() {
            return Registered.of(
                    devices.values().stream()
                            .sorted(Comparator.comparingDouble(Device::q).reversed())
                            .toList());
        }

        void answer(Registered answer) {
            var all = List.copyOf(waiting);
            waiting.clear();
            all.forEach(then -> then.accept(answer));
        }
    }

    @Override
    public void devices(String user, Consumer<Registered> then) {
        home.execute(() -> {
            var known = user(user);
            if (known == null) then.accept(Registered.unknown("too many users"));
            else if (known.known) then.accept(known.registered());
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
        user.asked = null;
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
            askForAll(user, notified.subscription());
        }
    }

    /**
     * What is known stays known until a whole document comes; only the next partial one changes it.
     * Source: RFC 3680 section 5.
     */
    private void notified(User user, Subscription subscription, RegInfo info) {
        if (info.full()) {
            user.devices.clear();
            user.asked = null;
        } else if (user.version < 0 || info.version() > user.version + 1) {
            askForAll(user, subscription);
            return;
        } else if (info.version() <= user.version) {
            return; // it is known, and more
        }
        user.version = info.version();
        user.pause = SHORTEST_PAUSE;
        info.registrations().stream()
                .filter(registration -> isOf(user, registration))
                .forEach(registration -> apply(user, registration));
        user.known = true;
        user.answer(user.registered());
    }

    /** RFC 3680 section 4.7: a refresh makes the registrar tell all. Not more often than this. */
    private void askForAll(User user, Subscription subscription) {
        var asked = user.asked;
        var now = home.now();
        if (asked != null && now.isBefore(asked.plus(LONGEST_PAUSE))) return;
        user.asked = now;
        subscription.refresh();
    }

    /** The document may tell of further identities of an implicit set; these have their own. */
    private static boolean isOf(User user, RegInfo.Registration registration) {
        try {
            return SipUri.parse(registration.aor()).aor().equals(user.address);
        } catch (SipSyntax wrong) {
            return registration.aor().equals(user.address);
        }
    }

    private static void apply(User user, RegInfo.Registration registration) {
        var ended = registration.state() == RegInfo.State.TERMINATED;
        if (ended) user.devices.clear();
        for (var contact : registration.contacts()) {
            if (contact.active() && !ended) user.devices.put(contact.id(), device(contact));
            else user.devices.remove(contact.id());
        }
    }

    private static Device device(RegInfo.Contact contact) {
        return new Device(
                contact.uri(),
                contact.publicGruu(),
                contact.instance().orElse(null),
                contact.tags(),
                contact.q() < 0 ? 1 : contact.q());
    }

    /**
     * What follows for us. Where a new subscription may be had, what is known stays until it tells;
     * else the next call asks for one.
     *
     * <p>Source: RFC 6665 section 4.1.3.
     */
    private void ended(User user, int code, String reason, Duration retryAfter) {
        user.subscription = null;
        var notified = code == 200;
        switch (notified ? reason : "") {
            case "deactivated", "timeout" -> again(user, user.pause);
            case "probation", "giveup" ->
                    again(user, retryAfter.compareTo(user.pause) > 0 ? retryAfter : user.pause);
            case "invariant" -> {
                // Nothing will change any more.
                if (!user.known) forget(user, reason);
            }
            default -> forget(user, notified ? reason : code + " " + reason);
        }
    }

    private void forget(User user, String why) {
        users.remove(user.address);
        user.answer(Registered.unknown(why.isBlank() ? "ended" : why.strip()));
        LOG.log(Level.DEBUG, "registration event of {0} ended: {1}", user.address, why);
    }

    private void again(User user, Duration pause) {
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

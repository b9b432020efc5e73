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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes to the registration event of the users that are served, and knows their devices from
 * it: when a third-party REGISTER tells of a user, or at the first call for one that is not known.
 * A core that has no such event, or does not answer, is believed what its third-party REGISTERs
 * say.
 *
 * <p>All state belongs to one loop. Source: OMA CPM Conv 8.1.3; RFC 3680, RFC 5628; 3GPP TS 24.229
 * section 5.7.1.1.
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

    // Ours: how long the event may keep a call waiting for what a REGISTER has told already.
    private static final Duration TOLD_PAUSE = Duration.ofSeconds(2);

    // Ours: a core that knows no such event is not asked again before.
    private static final Duration WITHOUT_EVENT = Duration.ofHours(1);

    private final SipUserAgent agent;
    private final Settings settings;
    private final Loop home;
    private final Map<String, User> users = new LinkedHashMap<>();

    private final AtomicBoolean strangers = new AtomicBoolean();

    /** Until when the core is taken to have no such event. */
    private Instant withoutEvent = Instant.MIN;

    SubscribeRegistration(World world, SipUserAgent agent, Settings settings) {
        this.agent = agent;
        this.settings = settings;
        this.home = world.loops().getFirst();
    }

    /** One user. */
    private static final class User {
        final String address;

        /** As the event tells. */
        final Map<String, Device> devices = new LinkedHashMap<>();

        /** As third-party REGISTERs tell. */
        final ToldDevices told = new ToldDevices();

        final List<Consumer<Registered>> waiting = new ArrayList<>();
        @Nullable Subscription subscription;

        /** The event told all. */
        boolean known;

        /** The event was asked for, and said nothing yet. */
        boolean pending;

        /** Of the last document that was used; -1 until one said all. */
        long version = -1;

        /** When the event told something last. */
        Instant heard = Instant.MIN;

        /** When all was asked for, and did not come yet. */
        @Nullable Instant asked;

        Duration pause = SHORTEST_PAUSE;
        Loop.@Nullable Cancel again;
        Loop.@Nullable Cancel expiry;

        User(String address) {
            this.address = address;
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
            else if (known.known || !known.pending && !known.told.isEmpty())
                then.accept(registered(known));
            else wait(known, then);
        });
    }

    private void wait(User user, Consumer<Registered> then) {
        user.waiting.add(then);
        if (user.told.isEmpty()) return;
        home.after(
                TOLD_PAUSE,
                () -> {
                    if (user.waiting.remove(then)) then.accept(registered(user));
                });
    }

    private Registered registered(User user) {
        var gruus = new HashSet<String>();
        return Registered.of(
                current(user).stream()
                        .map(device -> named(user, device))
                        .sorted(Comparator.comparingDouble(Device::q).reversed())
                        // RFC 5626: two flows of one client are one device.
                        .filter(device -> device.gruu() == null || gruus.add(device.gruu()))
                        .toList());
    }

    /**
     * Which devices there are the event knows better, but for what a REGISTER told since; what they
     * are, both may say.
     */
    private List<Device> current(User user) {
        var told = user.told.at(home.now());
        if (!user.known) return told;
        var current = new ArrayList<Device>();
        for (var device : user.devices.values()) current.add(user.told.completed(device));
        for (var newer : user.told.since(user.heard)) {
            current.removeIf(newer::same);
            current.add(newer);
        }
        return current;
    }

    private Device named(User user, Device device) {
        return settings.devices().buildGruu() ? device.withBuiltGruu(user.address) : device;
    }

    // ---- third-party REGISTER

    /** A third-party REGISTER. Source: 3GPP TS 24.229 section 5.7.1.1. */
    void registered(Question register) {
        var request = register.request();
        try {
            if (!Identity.trusted(request, settings)) {
                refuse(register);
                return;
            }
            var heard = ThirdPartyRegister.of(request);
            register.answer(SipResponse.to(request, 200));
            home.execute(() -> heard(heard));
        } catch (SipSyntax wrong) {
            LOG.log(Level.DEBUG, "third-party REGISTER: {0}", wrong.getMessage());
            register.answer(SipResponse.to(request, 400));
        }
    }

    private void refuse(Question register) {
        var request = register.request();
        // Once it may be a setting that is wrong; more often it is a stranger who tries.
        LOG.log(
                strangers.getAndSet(true) ? Level.DEBUG : Level.WARNING,
                "third-party REGISTER of {0} refused",
                request.via().host());
        var answer = SipResponse.to(request, 403);
        var warning = settings.checks().warnings().because("REGISTER of no trusted core");
        for (var header : warning.entrySet())
            answer = answer.with(header.getKey(), header.getValue());
        register.answer(answer);
    }

    private void heard(ThirdPartyRegister register) {
        if (register.life().isZero()) {
            gone(register.user());
            return;
        }
        var known = users.get(register.user());
        var user = known == null ? created(register.user()) : known;
        if (user == null) return;
        user.told.hear(register, home.now());
        forgetInTime(user);
        // A core that was away is back.
        if (user.subscription == null && !home.now().isBefore(withoutEvent)) subscribe(user);
        else askUnless(user, () -> tells(user));
    }

    /** The event is a moment behind a REGISTER, but no longer. */
    private void askUnless(User user, BooleanSupplier told) {
        if (told.getAsBoolean()) return;
        home.after(
                TOLD_PAUSE,
                () -> {
                    var subscription = user.subscription;
                    if (subscription != null && !told.getAsBoolean()) askForAll(user, subscription);
                });
    }

    /**
     * Whether the event tells what a REGISTER told; a core that began anew has forgotten who
     * subscribed, and says so when it is asked.
     */
    private static boolean tells(User user) {
        return !user.known
                || user.devices.values().stream()
                        .map(Device::contact)
                        .toList()
                        .containsAll(user.told.contacts());
    }

    /** Where the event tells of the user, it tells this too. */
    private void gone(String address) {
        var user = users.get(address);
        if (user == null) return;
        user.told.clear();
        if (user.subscription == null) forget(user, "not registered");
        else askUnless(user, user.devices::isEmpty);
    }

    private void forgetInTime(User user) {
        if (user.expiry != null) user.expiry.cancel();
        user.expiry =
                home.after(
                        user.told.life(home.now()),
                        () -> {
                            user.told.at(home.now());
                            if (user.subscription == null && user.told.isEmpty() && !user.known)
                                forget(user, "not registered");
                        });
    }

    // ---- the registration event

    /** Ends all subscriptions. */
    public void close() {
        home.execute(() -> {
            users.values().stream()
                    .map(user -> user.subscription)
                    .filter(Objects::nonNull)
                    .forEach(Subscription::unsubscribe);
            users.values().forEach(SubscribeRegistration::stop);
            users.clear();
        });
    }

    private @Nullable User user(String address) {
        var known = users.get(address);
        if (known != null) return known;
        var user = created(address);
        if (user != null) subscribe(user);
        return user;
    }

    private @Nullable User created(String address) {
        if (users.size() >= LIMIT) {
            LOG.log(Level.WARNING, "registration event of more than {0} users", LIMIT);
            return null;
        }
        var user = new User(address);
        users.put(address, user);
        return user;
    }

    private void subscribe(User user) {
        var us = "<" + agent.contact() + ">";
        var subscribe =
                SipRequest.of("SUBSCRIBE", user.address)
                        .with("Route", settings.core())
                        .with("From", us)
                        .with("To", "<" + user.address + ">")
                        .with("Event", "reg")
                        .with("Accept", "application/reginfo+xml")
                        .with("Expires", Integer.toString(EXPIRES))
                        .with("P-Asserted-Identity", us);
        if (user.again != null) user.again.cancel();
        user.version = -1;
        user.asked = null;
        user.pending = true;
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
        if (body.length == 0) {
            says(user);
            return;
        }
        try {
            notified(user, notified.subscription(), RegInfo.parse(body));
        } catch (SipSyntax wrong) {
            LOG.log(Level.WARNING, "NOTIFY of {0}: {1}", user.address, wrong.getMessage());
            askForAll(user, notified.subscription());
        }
    }

    /** Nothing: what a REGISTER told must do. */
    private void says(User user) {
        if (user.known || user.told.isEmpty()) return;
        user.pending = false;
        user.answer(registered(user));
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
        user.heard = home.now();
        user.known = true;
        user.pending = false;
        user.answer(registered(user));
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
     * else only what a REGISTER told, and the next one asks again; where there is nothing, the next
     * call.
     *
     * <p>Source: RFC 6665 section 4.1.3.
     */
    private void ended(User user, int code, String reason, Duration retryAfter) {
        user.subscription = null;
        user.pending = false;
        if (code == 200) terminated(user, reason, retryAfter);
        else refused(user, code, code + " " + reason, retryAfter);
    }

    private void terminated(User user, String reason, Duration retryAfter) {
        switch (reason) {
            case "deactivated", "timeout" -> again(user, Duration.ZERO);
            case "probation", "giveup" -> again(user, retryAfter);
            case "noresource" -> {
                user.told.clear();
                lost(user, reason);
            }
            case "invariant" -> {
                // Nothing will change any more.
                if (!user.known) lost(user, reason);
            }
            default -> lost(user, reason);
        }
    }

    private void refused(User user, int code, String why, Duration retryAfter) {
        boolean something = user.known || !user.told.isEmpty();
        switch (code) {
            case 405, 489, 501 -> {
                withoutEvent = home.now().plus(WITHOUT_EVENT);
                lost(user, why);
            }
            // The core is away, or was: it will be back.
            case 408, 480, 481, 500, 502, 503, 504 -> {
                if (something) again(user, retryAfter);
                else lost(user, why);
            }
            default -> lost(user, why);
        }
    }

    /** The event tells nothing any more. */
    private void lost(User user, String why) {
        user.devices.clear();
        user.known = false;
        if (user.told.at(home.now()).isEmpty()) {
            forget(user, why);
            return;
        }
        LOG.log(Level.DEBUG, "devices of {0} as REGISTER told, event: {1}", user.address, why);
        user.answer(registered(user));
    }

    private void forget(User user, String why) {
        users.remove(user.address);
        stop(user);
        user.answer(Registered.unknown(why.isBlank() ? "ended" : why.strip()));
        LOG.log(Level.DEBUG, "registration event of {0} ended: {1}", user.address, why);
    }

    private static void stop(User user) {
        if (user.again != null) user.again.cancel();
        if (user.expiry != null) user.expiry.cancel();
    }

    private void again(User user, Duration notBefore) {
        var pause = max(notBefore, user.pause);
        user.pause = min(user.pause.multipliedBy(2), LONGEST_PAUSE);
        user.again =
                home.after(
                        pause,
                        () -> {
                            if (users.get(user.address) == user && user.subscription == null)
                                subscribe(user);
                        });
        if (!user.told.isEmpty() && !user.known) user.answer(registered(user));
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}

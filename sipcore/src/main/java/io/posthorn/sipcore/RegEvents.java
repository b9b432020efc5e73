package io.posthorn.sipcore;

import io.posthorn.sip.dialog.Notifier;
import io.posthorn.sip.dialog.NotifierEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.reginfo.RegInfo;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipLimits;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tells subscribers who is registered with what, and every change of it: all at the beginning and
 * at every refresh, then what changed. On the registrar's loop.
 */
@Clause("RFC 3680 5")
final class RegEvents implements Registrar.Watcher {

    /** What 3GPP TS 24.229 section 5.4.2.1.1 lets a subscription last. */
    private static final Duration LONGEST = Duration.ofSeconds(600_000);

    /** Fewer devices fit always, with Contacts as long as a line may be. */
    private static final int MANY = 8;

    /** Ours: subscriptions to one user. */
    private static final int MOST = 64;

    private static final class Watched {
        final Notifier notifier;
        long version;

        Watched(Notifier notifier) {
            this.notifier = notifier;
        }
    }

    private final Loop home;
    private final SipUserAgent agent;
    private final Location location;
    private final List<String> domains;
    private final Map<String, List<Watched>> watching = new LinkedHashMap<>();

    RegEvents(Loop home, SipUserAgent agent, Location location, List<String> domains) {
        this.home = home;
        this.agent = agent;
        this.location = location;
        this.domains = domains;
        agent.onRequest("SUBSCRIBE", question -> home.execute(() -> subscribed(question)));
    }

    private void subscribed(Question question) {
        var request = question.request();
        if (!event(request).equals("reg")) {
            question.answer(SipResponse.to(request, 489).with("Allow-Events", "reg"));
            return;
        }
        var accept = request.values("Accept");
        if (!accept.isEmpty()
                && !accept.contains(RegInfo.CONTENT_TYPE)
                && !accept.contains("*/*")) {
            question.answer(SipResponse.to(request, 406).with("Accept", RegInfo.CONTENT_TYPE));
            return;
        }
        try {
            var user = SipUri.parse(request.uri());
            if (domains.contains(user.host())) watch(question, user.aor());
            else question.answer(SipResponse.to(request, 404));
        } catch (SipSyntax wrong) {
            question.answer(SipResponse.to(request, wrong.status()));
        }
    }

    private static String event(SipRequest request) {
        return request.header("Event").orElse("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private void watch(Question question, String aor) {
        if (watching.getOrDefault(aor, List.of()).size() >= MOST) {
            question.answer(SipResponse.to(question.request(), 480).with("Retry-After", "60"));
            return;
        }
        var notifier =
                agent.accept(question, LONGEST, event -> home.execute(() -> heard(aor, event)));
        var watched = new Watched(notifier);
        watching.computeIfAbsent(aor, _ -> new ArrayList<>()).add(watched);
        tellAll(watched, aor);
    }

    private void heard(String aor, NotifierEvent event) {
        var watchers = watching.getOrDefault(aor, new ArrayList<>());
        switch (event) {
            case NotifierEvent.Refreshed(var notifier, _) -> {
                for (var watched : watchers)
                    if (watched.notifier == notifier) tellAll(watched, aor);
            }
            case NotifierEvent.Ended(var notifier, _) -> {
                watchers.removeIf(watched -> watched.notifier == notifier);
                if (watchers.isEmpty()) watching.remove(aor);
            }
        }
    }

    @Override
    public void changed(Registrar.Change change) {
        for (var watched : watching.getOrDefault(change.aor(), List.of())) tell(watched, change);
    }

    /** RFC 3680 section 5.1: the full state; a contact that stays is known as registered. */
    private void tellAll(Watched watched, String aor) {
        var contacts = contacts(location.of(aor), home.now());
        // RFC 3680 section 3.4.1: who never had a device, or has none any more, is at the start.
        var state = contacts.isEmpty() ? RegInfo.State.INIT : RegInfo.State.ACTIVE;
        tell(watched, aor, true, state, contacts);
    }

    /** RFC 3680 section 5.1: partial state has what changed only. */
    private void tell(Watched watched, Registrar.Change change) {
        var contacts =
                change.contacts().stream()
                        .map(c -> contact(c.binding(), c.event(), home.now()))
                        .toList();
        var state =
                location.of(change.aor()).isEmpty()
                        ? RegInfo.State.TERMINATED
                        : RegInfo.State.ACTIVE;
        tell(watched, change.aor(), false, state, contacts);
    }

    private static void tell(
            Watched watched,
            String aor,
            boolean full,
            RegInfo.State state,
            List<RegInfo.Contact> contacts) {
        var registration = new RegInfo.Registration(aor, "r1", state, contacts);
        var info = new RegInfo(watched.version++, full, List.of(registration));
        watched.notifier.notify(RegInfo.CONTENT_TYPE, info.bytes());
    }

    private static List<RegInfo.Contact> contacts(List<Binding> bindings, Instant now) {
        return bindings.stream().map(b -> contact(b, RegInfo.Event.REGISTERED, now)).toList();
    }

    /** Whether a NOTIFY can tell of all {@code bindings}; its body is no larger than any. */
    static boolean fits(String aor, List<Binding> bindings, Instant now) {
        if (bindings.size() < MANY) return true;
        var all =
                new RegInfo.Registration(aor, "r1", RegInfo.State.ACTIVE, contacts(bindings, now));
        return new RegInfo(Integer.MAX_VALUE, true, List.of(all)).bytes().length
                <= SipLimits.DEFAULT.body();
    }

    private static RegInfo.Contact contact(Binding binding, RegInfo.Event event, Instant now) {
        boolean named = !binding.gruu().isEmpty();
        return new RegInfo.Contact(
                binding.id(),
                event.active(),
                event,
                event.active() ? binding.secondsLeft(now) : -1,
                -1,
                priority(binding),
                binding.callId(),
                binding.cseq(),
                binding.contact().display(),
                binding.contact().uri(),
                announced(binding.contact().params()),
                named ? binding.gruu() : null,
                named ? binding.temporaryGruu() : null,
                binding.firstCseq());
    }

    private static double priority(Binding binding) {
        try {
            return binding.contact().params().get("q").map(Double::parseDouble).orElse(-1.0);
        } catch (NumberFormatException notNumber) {
            return -1;
        }
    }

    /** What is the registrar's own is not repeated. */
    private static Params announced(Params params) {
        return params.without("expires").without("q").without("pub-gruu").without("temp-gruu");
    }
}

package io.posthorn.sipcore;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps the bindings of the users of its domains. On one loop. */
@Clause("RFC 3261 10.3")
final class Registrar {

    /** Ours: more devices than anybody has. */
    private static final int MOST_CONTACTS = 16;

    /** RFC 5626, RFC 5627 and RFC 3327; RFC 3840 has pref, which asks nothing of us. */
    private static final List<String> OPTIONS = List.of("gruu", "outbound", "path", "pref");

    /** Ours: a call that was begun by a temporary GRUU outlives so many refreshes. */
    private static final int MOST_TEMPORARY = 32;

    private static final long LEAST_SECONDS = 60;
    private static final long USUAL_SECONDS = 3600;

    /** Hears of every change. On the registrar's loop. */
    interface Watcher {
        /**
         * @param ended bindings that are no more
         * @param event why, as RFC 3680 section 5.2 names it: {@code unregistered}, {@code expired}
         */
        void changed(String aor, List<Binding> now, List<Binding> ended, String event);
    }

    private final Loop home;
    private final Entropy entropy;
    private final Location location;
    private final List<String> domains;
    private final Duration longest;
    private final String serviceRoute;
    private final Watcher watcher;

    /** What ends each binding that is in force, by its id. */
    private final Map<String, Loop.Cancel> expiring = new HashMap<>();

    /**
     * @param serviceRoute the route for requests of registered users, without its transport
     */
    Registrar(
            Loop home,
            Entropy entropy,
            Location location,
            List<String> domains,
            Duration longest,
            String serviceRoute,
            Watcher watcher) {
        this.home = home;
        this.entropy = entropy;
        this.location = location;
        this.domains = List.copyOf(domains);
        this.longest = longest;
        this.serviceRoute = serviceRoute;
        this.watcher = watcher;
    }

    /** The response to a REGISTER; its bindings are in force when this returns. */
    SipResponse register(SipRequest request, Flow flow) {
        var unknown = request.values("Require").stream().filter(o -> !OPTIONS.contains(o)).toList();
        if (!unknown.isEmpty()) {
            return SipResponse.to(request, 420).with("Unsupported", String.join(", ", unknown));
        }
        var user = SipUri.parse(request.to().uri());
        if (!domains.contains(user.host())) return SipResponse.to(request, 404);
        var aor = user.aor();
        if (!aor.equals(SipUri.parse(request.from().uri()).aor()))
            return SipResponse.to(request, 403);
        var asked = request.values("Contact");
        if (asked.contains("*")) return removeAll(request, aor, asked);
        if (asked.size() > MOST_CONTACTS) return SipResponse.to(request, 403);
        return update(request, aor, request.addresses("Contact"), flow);
    }

    private SipResponse removeAll(SipRequest request, String aor, List<String> asked) {
        if (asked.size() != 1 || !request.header("Expires").equals(Optional.of("0"))) {
            return SipResponse.to(request, 400);
        }
        var gone = location.of(aor);
        // RFC 3261 section 10.3 step 6: nor may a star overtake
        if (gone.stream().anyMatch(old -> overtaken(request, old)))
            return SipResponse.to(request, 500);
        put(aor, List.of());
        if (!gone.isEmpty()) watcher.changed(aor, List.of(), gone, "unregistered");
        return accepted(request, aor);
    }

    /** The network ends all bindings of {@code aor}: RFC 3680 section 5.2, {@code rejected}. */
    void remove(String aor) {
        var gone = location.of(aor);
        put(aor, List.of());
        if (!gone.isEmpty()) watcher.changed(aor, List.of(), gone, "rejected");
    }

    private SipResponse update(SipRequest request, String aor, List<NameAddr> contacts, Flow flow) {
        var now = new ArrayList<>(location.of(aor));
        var ended = new ArrayList<Binding>();
        for (var contact : contacts) {
            if (!SipUri.parse(contact.uri()).scheme().startsWith("sip"))
                return SipResponse.to(request, 400);
            long seconds = seconds(request, contact);
            if (seconds > 0 && seconds < LEAST_SECONDS) {
                return SipResponse.to(request, 423)
                        .with("Min-Expires", Long.toString(LEAST_SECONDS));
            }
            var old = same(now, contact);
            // RFC 3261 section 10.3 step 7: a request that was overtaken changes nothing
            if (old != null && overtaken(request, old)) return SipResponse.to(request, 500);
            if (old != null) now.remove(old);
            if (seconds > 0) now.add(binding(request, aor, contact, seconds, flow, old));
            else if (old != null) ended.add(old);
        }
        if (now.size() > MOST_CONTACTS) return SipResponse.to(request, 403);
        if (!contacts.isEmpty()) {
            put(aor, now);
            watcher.changed(aor, location.of(aor), ended, "unregistered");
        }
        return accepted(request, aor);
    }

    private static boolean overtaken(SipRequest request, Binding by) {
        return by.callId().equals(request.callId()) && request.cseq().number() <= by.cseq();
    }

    /** In force from now on, each until its time is up; the timers of those before go. */
    private void put(String aor, List<Binding> bindings) {
        for (var old : location.of(aor)) {
            var timer = bindings.contains(old) ? null : expiring.remove(old.id());
            if (timer != null) timer.cancel();
        }
        location.put(aor, bindings);
        for (var binding : bindings) {
            var left = Duration.between(home.now(), binding.expires());
            expiring.computeIfAbsent(binding.id(), _ -> home.after(left, () -> expire(binding)));
        }
    }

    private long seconds(SipRequest request, NameAddr contact) {
        var text = contact.params().get("expires").or(() -> request.header("Expires"));
        try {
            long asked = text.map(Long::parseLong).orElse(USUAL_SECONDS);
            return Math.min(Math.max(0, asked), longest.toSeconds());
        } catch (NumberFormatException notNumber) {
            return USUAL_SECONDS; // RFC 3261 section 10.2.1.1: malformed values count as 3600
        }
    }

    /**
     * The binding that {@code contact} takes the place of: of the same instance and registration,
     * else of the same URI.
     */
    private static @Nullable Binding same(List<Binding> bindings, NameAddr contact) {
        var instance = instance(contact);
        var uri = SipUri.parse(contact.uri());
        for (var binding : bindings) {
            boolean named = !instance.isEmpty() && !binding.instance().isEmpty();
            boolean same =
                    named
                            ? binding.instance().equals(instance)
                                    && regId(binding.contact()).equals(regId(contact))
                            : SipUri.parse(binding.contact().uri()).matches(uri);
            if (same) return binding;
        }
        return null;
    }

    private static String regId(NameAddr contact) {
        return contact.params().get("reg-id").orElse("");
    }

    private static String instance(NameAddr contact) {
        var value = contact.params().get("+sip.instance").orElse("");
        return value.startsWith("<") && value.endsWith(">")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    private Binding binding(
            SipRequest request,
            String aor,
            NameAddr contact,
            long seconds,
            Flow flow,
            @Nullable Binding old) {
        var instance = instance(contact);
        boolean named = !instance.isEmpty();
        var host = SipUri.parse(aor).host();
        return new Binding(
                aor,
                old == null ? entropy.hex(64) : old.id(),
                contact,
                instance,
                named ? aor + ";gr=" + instance : "",
                named ? temporary(request, host, old) : List.of(),
                named ? firstCseq(request, old) : -1,
                request.callId(),
                request.cseq().number(),
                home.now().plusSeconds(seconds),
                request.values("Path"),
                flow);
    }

    /**
     * RFC 5627 section 5.3: a refresh gives one more, and those of before stay valid as long as
     * they are of the same Call-ID. Ours: the last {@link #MOST_TEMPORARY}.
     */
    private List<String> temporary(SipRequest request, String host, @Nullable Binding old) {
        var valid = new ArrayList<String>();
        if (old != null && old.callId().equals(request.callId())) valid.addAll(old.temporary());
        valid.add("sip:tgruu." + entropy.hex(96) + "@" + host + ";gr");
        return valid.subList(Math.max(0, valid.size() - MOST_TEMPORARY), valid.size());
    }

    /** RFC 5628 section 5.2: the CSeq of the REGISTER that gave the first one still valid. */
    private static long firstCseq(SipRequest request, @Nullable Binding old) {
        return old != null && old.callId().equals(request.callId())
                ? old.firstCseq()
                : request.cseq().number();
    }

    private void expire(Binding binding) {
        var now = new ArrayList<>(location.of(binding.aor()));
        if (!now.remove(binding)) return; // refreshed or removed since
        put(binding.aor(), now);
        watcher.changed(binding.aor(), location.of(binding.aor()), List.of(binding), "expired");
    }

    private SipResponse accepted(SipRequest request, String aor) {
        var ok = SipResponse.to(request, 200);
        var now = home.now();
        boolean outbound = request.lists("Supported", "outbound") && firstHopKnows(request);
        boolean applied = false;
        for (var binding : location.of(aor)) {
            ok = ok.withAdded("Contact", described(binding, now));
            applied |=
                    outbound
                            && binding.callId().equals(request.callId())
                            && !regId(binding.contact()).isEmpty();
        }
        for (var path : request.values("Path")) ok = ok.withAdded("Path", path);
        if (applied) ok = ok.with("Require", "outbound"); // RFC 5626 section 6
        return ok.with("Service-Route", serviceRoute).with("P-Associated-URI", "<" + aor + ">");
    }

    /** RFC 5626 section 6: the edge put ob into its Path, or there is none between. */
    private static boolean firstHopKnows(SipRequest request) {
        var path = request.addresses("Path");
        if (path.isEmpty()) return request.values("Via").size() == 1;
        return SipUri.parse(path.getLast().uri()).params().has("ob");
    }

    private static String described(Binding binding, Instant now) {
        var params = binding.contact().params();
        params = params.with("expires", Long.toString(secondsLeft(binding, now)));
        if (!binding.gruu().isEmpty()) {
            params = params.with("pub-gruu", "\"" + binding.gruu() + "\"");
            params = params.with("temp-gruu", "\"" + binding.temporaryGruu() + "\"");
        }
        return new NameAddr(binding.contact().display(), binding.contact().uri(), params)
                .toString();
    }

    static long secondsLeft(Binding binding, Instant now) {
        return Math.max(0, Duration.between(now, binding.expires()).toSeconds());
    }

    /** Whether {@code uri} is of a user here; false for what is no SIP URI. */
    boolean serves(String uri) {
        try {
            return domains.contains(SipUri.parse(uri).host());
        } catch (SipSyntax notSip) {
            return false;
        }
    }
}

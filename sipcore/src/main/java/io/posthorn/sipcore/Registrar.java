package io.posthorn.sipcore;

import io.posthorn.sip.reginfo.RegInfo.Event;
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

    /** RFC 5626, RFC 5627 and RFC 3327; RFC 3840 has pref, which asks nothing of us. */
    private static final List<String> OPTIONS = List.of("gruu", "outbound", "path", "pref");

    /** Ours: a call that was begun by a temporary GRUU outlives so many refreshes. */
    private static final int MOST_TEMPORARY = 32;

    private static final long LEAST_SECONDS = 60;
    private static final long USUAL_SECONDS = 3600;

    /** What a datagram carries, less what the transaction still adds to an answer. */
    private static final int DATAGRAM = 65_507 - 128;

    /**
     * What registrations are like.
     *
     * @param longest the longest life of a binding
     * @param devices how many one user may have
     * @param serviceRoute the route for requests of registered users
     * @param flowTimer how long a flow may be silent, RFC 5626 section 4.4
     */
    record Terms(Duration longest, int devices, String serviceRoute, Duration flowTimer) {}

    /** What a client asked, and what it was answered. */
    record Cause(SipRequest register, SipResponse answer) {}

    /** How a binding came to be as it is: RFC 3680 section 5.2. */
    record Changed(Binding binding, Event event) {}

    /**
     * @param contacts what is new, other than it was, or no more
     * @param cause null if no client asked for it
     */
    record Change(String aor, List<Changed> contacts, @Nullable Cause cause) {
        Change {
            contacts = List.copyOf(contacts);
        }

        private static Change of(String aor, List<Binding> gone, Event event) {
            return new Change(
                    aor, gone.stream().map(binding -> new Changed(binding, event)).toList(), null);
        }
    }

    /** Hears of every change, once it is in force. On the registrar's loop. */
    interface Watcher {
        void changed(Change change);
    }

    private final Loop home;
    private final Entropy entropy;
    private final Location location;
    private final List<String> domains;
    private final Terms terms;
    private final List<Watcher> watchers;

    /** What ends each binding that is in force, by its id. */
    private final Map<String, Loop.Cancel> expiring = new HashMap<>();

    Registrar(
            Loop home,
            Entropy entropy,
            Location location,
            List<String> domains,
            Terms terms,
            List<Watcher> watchers) {
        this.home = home;
        this.entropy = entropy;
        this.location = location;
        this.domains = List.copyOf(domains);
        this.terms = terms;
        this.watchers = List.copyOf(watchers);
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
        if (asked.size() > terms.devices()) return tooMany(request);
        var contacts = request.addresses("Contact");
        var refused = outboundRefused(request, contacts);
        return refused != null ? refused : update(request, aor, contacts, flow);
    }

    private SipResponse tooMany(SipRequest request) {
        return refused(request, "more than " + terms.devices() + " devices");
    }

    private static SipResponse refused(SipRequest request, String why) {
        return SipResponse.to(request, 403).with("Warning", "399 registrar \"" + why + "\"");
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
        var ok = accepted(request, aor, List.of());
        if (!gone.isEmpty()) tell(aor, gone, Event.UNREGISTERED, new Cause(request, ok));
        return ok;
    }

    private void tell(String aor, List<Binding> gone, Event event, @Nullable Cause cause) {
        tell(new Change(aor, Change.of(aor, gone, event).contacts(), cause));
    }

    private void tell(Change change) {
        for (var watcher : watchers) watcher.changed(change);
    }

    /** The network ends all bindings of {@code aor}: RFC 3680 section 5.2, {@code rejected}. */
    void remove(String aor) {
        var gone = location.of(aor);
        put(aor, List.of());
        if (!gone.isEmpty()) tell(aor, gone, Event.REJECTED, null);
    }

    /**
     * The flow of {@code binding} has failed, and the device cannot be reached in another way: RFC
     * 3680 section 5.2, {@code deactivated}, as it may register anew at once.
     */
    void lost(Binding binding) {
        end(binding, Event.DEACTIVATED);
    }

    private SipResponse update(SipRequest request, String aor, List<NameAddr> contacts, Flow flow) {
        var now = new ArrayList<>(location.of(aor));
        var changed = new ArrayList<Changed>();
        for (var contact : contacts) {
            if (!SipUri.parse(contact.uri()).scheme().startsWith("sip"))
                return SipResponse.to(request, 400);
            long seconds = seconds(request, contact);
            if (seconds > 0 && seconds < LEAST_SECONDS) {
                return SipResponse.to(request, 423)
                        .with("Min-Expires", Long.toString(LEAST_SECONDS));
            }
            var flowId = flowId(request, contact);
            var replaced = replaced(now, contact, flowId);
            // RFC 3261 section 10.3 step 7: a request that was overtaken changes nothing
            if (replaced.stream().anyMatch(old -> overtaken(request, old)))
                return SipResponse.to(request, 500);
            now.removeAll(replaced);
            var old = replaced.isEmpty() ? null : replaced.getFirst();
            if (seconds > 0) {
                var made = binding(request, aor, contact, flowId, seconds, flow, old);
                now.add(made);
                changed.add(new Changed(made, old == null ? Event.REGISTERED : renewed(made, old)));
                replaced.stream()
                        .skip(1)
                        .forEach(gone -> changed.add(new Changed(gone, Event.UNREGISTERED)));
            } else {
                replaced.forEach(gone -> changed.add(new Changed(gone, Event.UNREGISTERED)));
            }
        }
        if (now.size() > terms.devices()) return tooMany(request);
        var ok = accepted(request, aor, now);
        // Nobody would hear that it was accepted: all is as before. Nor would it be read by TCP.
        if (ok.bytes().length > DATAGRAM)
            return refused(request, "the answer with all devices does not fit a datagram");
        if (!RegEvents.fits(aor, now, home.now()))
            return refused(request, "what is told of all devices does not fit a NOTIFY");
        if (!changed.isEmpty()) {
            put(aor, now);
            tell(new Change(aor, changed, new Cause(request, ok)));
        }
        return ok;
    }

    /** RFC 3680 section 5.2. */
    private static Event renewed(Binding made, Binding old) {
        return made.expires().isBefore(old.expires()) ? Event.SHORTENED : Event.REFRESHED;
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
            expiring.computeIfAbsent(
                    binding.id(), _ -> home.after(left, () -> end(binding, Event.EXPIRED)));
        }
    }

    private long seconds(SipRequest request, NameAddr contact) {
        var text = contact.params().get("expires").or(() -> request.header("Expires"));
        try {
            long asked = text.map(Long::parseLong).orElse(USUAL_SECONDS);
            return Math.min(Math.max(0, asked), terms.longest().toSeconds());
        } catch (NumberFormatException notNumber) {
            return USUAL_SECONDS; // RFC 3261 section 10.2.1.1: malformed values count as 3600
        }
    }

    // ---- RFC 5626

    /**
     * RFC 5626 section 6: 439 if the edge before us does not keep flows, 400 if one REGISTER makes
     * several; null if all is well.
     */
    private static @Nullable SipResponse outboundRefused(
            SipRequest request, List<NameAddr> contacts) {
        boolean wanted =
                request.lists("Supported", "outbound")
                        && contacts.stream().anyMatch(Registrar::namesFlow);
        if (!wanted) return null;
        if (contacts.size() > 1) return SipResponse.to(request, 400);
        return firstHopKnows(request) ? null : SipResponse.to(request, 439);
    }

    /** Without an instance {@code reg-id} means nothing. */
    private static boolean namesFlow(NameAddr contact) {
        return !instance(contact).isEmpty() && contact.params().get("reg-id").isPresent();
    }

    /** RFC 5626 section 6: the edge put ob into its Path, or there is none between. */
    private static boolean firstHopKnows(SipRequest request) {
        var path = request.addresses("Path");
        if (path.isEmpty()) return request.values("Via").size() == 1;
        return SipUri.parse(path.getLast().uri()).params().has("ob");
    }

    /** {@code reg-id} if outbound applies, else empty. */
    private static String flowId(SipRequest request, NameAddr contact) {
        boolean applies =
                request.lists("Supported", "outbound")
                        && namesFlow(contact)
                        && firstHopKnows(request);
        return applies ? contact.params().get("reg-id").orElse("") : "";
    }

    /**
     * The bindings that {@code contact} takes the place of: of the same instance and flow, else of
     * the same URI.
     */
    private static List<Binding> replaced(List<Binding> now, NameAddr contact, String flowId) {
        var instance = instance(contact);
        var uri = SipUri.parse(contact.uri());
        return now.stream().filter(old -> same(old, instance, flowId, uri)).toList();
    }

    private static boolean same(Binding old, String instance, String flowId, SipUri uri) {
        boolean named = !instance.isEmpty() && !old.instance().isEmpty();
        if (!named) return SipUri.parse(old.contact().uri()).matches(uri);
        boolean several = old.outbound() && !flowId.isEmpty();
        return old.instance().equals(instance) && (!several || old.flowId().equals(flowId));
    }

    private static String instance(NameAddr contact) {
        var value = contact.params().get("+sip.instance").orElse("");
        return value.startsWith("<") && value.endsWith(">")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    // ---- what is kept, and what is told of it

    private Binding binding(
            SipRequest request,
            String aor,
            NameAddr contact,
            String flowId,
            long seconds,
            Flow flow,
            @Nullable Binding old) {
        var instance = instance(contact);
        boolean named = !instance.isEmpty();
        var host = SipUri.parse(aor).host();
        var path = request.values("Path");
        return new Binding(
                aor,
                old == null ? entropy.hex(64) : old.id(),
                contact,
                instance,
                flowId,
                named ? gruu(aor, instance) : "",
                named ? temporary(request, host, old) : List.of(),
                named ? firstCseq(request, old) : -1,
                request.callId(),
                request.cseq().number(),
                home.now().plusSeconds(seconds),
                path,
                flow,
                path.isEmpty() && request.values("Via").size() == 1);
    }

    /** RFC 5627 section 5.1; before anything has changed, as not every instance makes a URI. */
    private static String gruu(String aor, String instance) {
        var gruu = aor + ";gr=" + instance;
        SipUri.parse(gruu);
        return gruu;
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

    private void end(Binding binding, Event event) {
        var now = new ArrayList<>(location.of(binding.aor()));
        if (!now.remove(binding)) return; // refreshed or removed since
        put(binding.aor(), now);
        tell(Change.of(binding.aor(), List.of(binding), event));
    }

    private SipResponse accepted(SipRequest request, String aor, List<Binding> bindings) {
        var ok = SipResponse.to(request, 200);
        var now = home.now();
        boolean applied = false;
        for (var binding : bindings) {
            ok = ok.withAdded("Contact", described(binding, now));
            applied |=
                    binding.outbound()
                            && binding.callId().equals(request.callId())
                            && binding.cseq() == request.cseq().number();
        }
        // RFC 3327 section 5.3: also to whoever did not say Supported: path, as it MAY.
        for (var path : request.values("Path")) ok = ok.withAdded("Path", path);
        if (applied)
            ok =
                    ok.with("Require", "outbound")
                            .with("Flow-Timer", Long.toString(terms.flowTimer().toSeconds()));
        return ok.with("Service-Route", terms.serviceRoute())
                .with("P-Associated-URI", "<" + aor + ">");
    }

    private static String described(Binding binding, Instant now) {
        var params = binding.contact().params();
        params = params.with("expires", Long.toString(binding.secondsLeft(now)));
        if (!binding.gruu().isEmpty()) {
            params = params.with("pub-gruu", "\"" + binding.gruu() + "\"");
            params = params.with("temp-gruu", "\"" + binding.temporaryGruu() + "\"");
        }
        return new NameAddr(binding.contact().display(), binding.contact().uri(), params)
                .toString();
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

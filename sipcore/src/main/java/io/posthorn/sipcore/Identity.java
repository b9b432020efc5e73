package io.posthorn.sipcore;

import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/** Who a message is from, as the core says it and not as the sender does. Any thread. */
@Clause("RFC 3325 5")
final class Identity {

    /**
     * What only the trust domain says: RFC 3325, RFC 6050, RFC 5502, RFC 7315, RFC 7044; and what
     * was in use for it before these.
     */
    static final List<String> ASSERTED =
            List.of(
                    "P-Asserted-Identity",
                    "P-Asserted-Service",
                    "P-Served-User",
                    "P-Called-Party-ID",
                    "P-Profile-Key",
                    "P-User-Database",
                    "P-Visited-Network-ID",
                    "P-Charging-Vector",
                    "P-Charging-Function-Addresses",
                    "Remote-Party-ID",
                    "History-Info",
                    "Diversion");

    /** What a sender wishes of us; nobody else needs to know. */
    private static final List<String> PREFERRED =
            List.of("P-Preferred-Identity", "P-Preferred-Service");

    /** RFC 6050 section 4.4, with the services of 3GPP TS 23.003 annex D. */
    private static final Pattern SERVICE =
            Pattern.compile(
                    "urn:urn-7:3gpp-(service|application)(\\.[a-z0-9_-]+)+",
                    Pattern.CASE_INSENSITIVE);

    private final Map<String, LongAdder> stripped = new TreeMap<>();

    Identity() {
        for (var name : ASSERTED) stripped.put(name, new LongAdder());
        stripped.put("Referred-By", new LongAdder());
    }

    /** How often each header was taken from who may not say it. */
    Map<String, Long> counts() {
        var counts = new TreeMap<String, Long>();
        stripped.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }

    /**
     * A request of the registered user {@code aor}, with the identity and the service we vouch for.
     */
    SipRequest asserted(SipRequest request, String aor) {
        var services = request.values("P-Preferred-Service");
        var checked = stripped(request, aor).with("P-Asserted-Identity", "<" + aor + ">");
        // RFC 6050 section 4.1: one of those that are preferred; Ours: the first that is one.
        for (var service : services)
            if (SERVICE.matcher(service).matches())
                return checked.with("P-Asserted-Service", service);
        return checked;
    }

    /**
     * A response of the device of {@code aor}. RFC 5876 leaves responses out; 3GPP TS 24.229
     * asserts them alike.
     */
    SipResponse asserted(SipResponse response, String aor) {
        return stripped(response, aor).with("P-Asserted-Identity", "<" + aor + ">");
    }

    /** What comes from outside of the trust domain, without what nobody there may say. */
    <M extends SipMessage<M>> M stripped(M message) {
        return stripped(message, "");
    }

    private <M extends SipMessage<M>> M stripped(M message, String sender) {
        var left = message;
        for (var name : ASSERTED) left = without(left, name);
        for (var name : PREFERRED) left = left.without(name);
        return foreignReferrer(message, sender) ? without(left, "Referred-By") : left;
    }

    private <M extends SipMessage<M>> M without(M message, String name) {
        if (message.header(name).isEmpty()) return message;
        var count = stripped.get(name);
        if (count != null) count.increment();
        return message.without(name);
    }

    /**
     * RFC 3892 section 3.1: a referrer speaks for himself; in the name of another only who is
     * trusted, as a list server is.
     */
    private static boolean foreignReferrer(SipMessage<?> message, String sender) {
        for (var value : message.values("Referred-By"))
            if (sender.isEmpty() || !aor(uri(value)).equals(sender)) return true;
        return false;
    }

    private static String uri(String value) {
        try {
            return NameAddr.parse(value).uri();
        } catch (SipSyntax wrong) {
            return "";
        }
    }

    // ---- what leaves the trust domain

    /**
     * As a device may see it: what is for servers goes, and so does what the sender wants to keep
     * for himself.
     */
    static SipRequest shown(SipRequest request) {
        return Privacy.of(request).kept(request.without("P-Served-User"));
    }

    /** As a device may see it: RFC 3325 section 7. */
    static SipResponse shown(SipResponse response) {
        var privacy = Privacy.of(response);
        return privacy.id() ? response.without("P-Asserted-Identity") : response;
    }

    /**
     * As a network may see it with which we have no agreement. RFC 6050 section 4.3: no asserted
     * service; 3GPP TS 24.229 section 4.4: nothing of charging and of who is served.
     */
    static SipRequest abroad(SipRequest request) {
        var left = shown(request);
        for (var name : ASSERTED)
            if (!name.equals("P-Asserted-Identity") && !name.equals("History-Info"))
                left = left.without(name);
        for (var name : PREFERRED) left = left.without(name);
        return left;
    }

    // ---- what a sender claims

    /** The address of record in From; empty if it is no SIP URI. */
    static String claimed(SipRequest request) {
        return aor(request.from().uri());
    }

    /** The first P-Preferred-Identity, else From. */
    static String preferred(SipRequest request) {
        var preferred = request.addresses("P-Preferred-Identity");
        if (preferred.isEmpty()) return claimed(request);
        var named = aor(preferred.getFirst().uri());
        return named.isEmpty() ? claimed(request) : named;
    }

    /** Empty if {@code uri} is no SIP URI. */
    static String aor(String uri) {
        try {
            return SipUri.parse(uri).aor();
        } catch (SipSyntax notSip) {
            return "";
        }
    }

    /** RFC 3323 section 4.1.1.3. */
    static NameAddr anonymous(NameAddr instead) {
        var tag = instead.tag();
        return new NameAddr(
                "Anonymous",
                "sip:anonymous@anonymous.invalid",
                tag.map(t -> Params.NONE.with("tag", t)).orElse(Params.NONE));
    }
}

package io.posthorn.cpm.participating;

import io.posthorn.cpm.policy.Device;
import io.posthorn.sip.wire.FeatureTags;
import io.posthorn.sip.wire.Multipart;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A REGISTER with which a core tells us that a user has registered, refreshed or left; maybe with
 * the user's own REGISTER and its answer inside.
 *
 * @param user the address of record
 * @param life how long the user stays registered; zero: is not any more
 * @param leaves every contact was taken back
 * @param asked contacts of the user's own REGISTER
 * @param granted all contacts that the answer to it names; null if there is none inside
 */
@Clause("3GPP TS 24.229 5.4.1.7")
record ThirdPartyRegister(
        String user,
        Duration life,
        boolean leaves,
        List<Contact> asked,
        @Nullable List<Contact> granted) {

    private static final Logger LOG = System.getLogger(ThirdPartyRegister.class.getName());

    private static final String SIP = "message/sip";
    private static final String INSTANCE = "+sip.instance";

    // RFC 3261 section 10.3 step 7: what a registrar takes when nothing was said.
    private static final long UNSAID = 3_600;

    // RFC 3261 section 20.19 has 2^32 - 1; a timer that long never runs out either.
    private static final long LONGEST = 2_000_000;

    // Ours: more than any user has.
    private static final int MAX_CONTACTS = 64;

    /**
     * One contact.
     *
     * @param flow tells it from others: the instance and its reg-id (RFC 5626), else the URI
     * @param life zero: it is taken back
     */
    record Contact(String flow, Device device, Duration life) {}

    ThirdPartyRegister {
        asked = List.copyOf(asked);
        granted = granted == null ? null : List.copyOf(granted);
    }

    /**
     * @throws SipSyntax if it names no user; what is inside and cannot be read is left out
     */
    static ThirdPartyRegister of(SipRequest register) {
        var user = SipUri.parse(register.to().uri()).aor();
        var life = seconds(register.header("Expires").orElse(null), UNSAID);
        try {
            return inside(user, life, register);
        } catch (SipSyntax wrong) {
            LOG.log(
                    Level.WARNING,
                    "third-party REGISTER of {0}, what is inside: {1}",
                    user,
                    wrong.getMessage());
            return new ThirdPartyRegister(user, Duration.ofSeconds(life), false, List.of(), null);
        }
    }

    private static ThirdPartyRegister inside(String user, long life, SipRequest register) {
        boolean leaves = false;
        var asked = new ArrayList<Contact>();
        List<Contact> granted = null;
        for (var message : messages(register)) {
            switch (message) {
                case SipRequest request when request.method().equals("REGISTER") -> {
                    leaves |= request.values("Contact").contains("*");
                    if (!leaves) asked.addAll(contacts(request, life));
                }
                case SipResponse ok when ok.success() && ok.cseq().method().equals("REGISTER") ->
                        granted = contacts(ok, life);
                case SipRequest _, SipResponse _ -> {}
            }
        }
        return new ThirdPartyRegister(user, Duration.ofSeconds(life), leaves, asked, granted);
    }

    /** Alone, or among other parts, as that for the service (3GPP TS 24.229 section 7.6). */
    private static List<SipMessage<?>> messages(SipRequest register) {
        var type = register.header("Content-Type").orElse("");
        var parts =
                Multipart.is(type)
                        ? Multipart.parse(type, register.body()).parts()
                        : List.of(Multipart.Part.of(type, register.body()));
        var messages = new ArrayList<SipMessage<?>>();
        for (var part : parts)
            if (part.contentType().equals(SIP)) messages.add(SipParser.parse(part.content()));
        return messages;
    }

    /** No contact lives longer than the user is said to be registered. */
    private static List<Contact> contacts(SipMessage<?> message, long life) {
        var all = message.header("Expires").orElse(null);
        var contacts = new ArrayList<Contact>();
        for (var value : message.addresses("Contact")) {
            if (contacts.size() == MAX_CONTACTS)
                throw new SipSyntax(0, "more than " + MAX_CONTACTS + " contacts");
            var own = value.params().get("expires").orElse(all);
            contacts.add(contact(value, Math.min(life, seconds(own, life))));
        }
        return contacts;
    }

    private static Contact contact(NameAddr value, long seconds) {
        var params = value.params();
        var instance = params.get(INSTANCE).map(ThirdPartyRegister::bare).orElse(null);
        var device =
                new Device(
                        value.uri(),
                        params.get("pub-gruu").filter(gruu -> !gruu.isEmpty()).orElse(null),
                        instance,
                        FeatureTags.among(params.without(INSTANCE)),
                        q(params));
        var flow =
                instance == null ? value.uri() : instance + " " + params.get("reg-id").orElse("");
        return new Contact(flow, device, Duration.ofSeconds(seconds));
    }

    private static String bare(String instance) {
        return instance.startsWith("<") && instance.endsWith(">")
                ? instance.substring(1, instance.length() - 1)
                : instance;
    }

    private static double q(Params params) {
        var text = params.get("q").orElse("");
        return text.matches("[01](\\.[0-9]{0,3})?") ? Math.min(1, Double.parseDouble(text)) : 1;
    }

    /** RFC 3261 section 20.19: what is malformed counts as not said. */
    private static long seconds(@Nullable String text, long unsaid) {
        if (text == null || !text.strip().matches("[0-9]{1,10}")) return unsaid;
        return Math.min(LONGEST, Long.parseLong(text.strip()));
    }
}

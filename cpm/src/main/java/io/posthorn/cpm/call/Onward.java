package io.posthorn.cpm.call;

import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which header fields of a received request a back-to-back user agent carries into its own. What is
 * not named here is dropped: Via, Record-Route, Route, Contact, tags and Call-ID belong to one
 * dialog.
 *
 * @param kept copied as they are, every field of that name
 * @param set ours, in place of what came
 *     <p>Source: RFC 3261 section 6 (B2BUA), OMA CPM Conv Appendix C.
 */
public record Onward(List<String> kept, Map<String, String> set) {

    /** What every CPM request carries from leg to leg. */
    public static final Onward CPM =
            new Onward(
                    List.of(
                            "P-Asserted-Identity",
                            "P-Asserted-Service",
                            "Privacy",
                            "Referred-By",
                            "Accept-Contact",
                            "Conversation-ID",
                            "Contribution-ID",
                            "InReplyTo-Contribution-ID",
                            "Session-Replaces",
                            "Message-Expires",
                            "Subject",
                            "Date",
                            // Ours: checks further on shall see the client, not us.
                            "User-Agent",
                            "P-Access-Network-Info",
                            "P-Charging-Vector",
                            "P-Charging-Function-Addresses"),
                    Map.of());

    public Onward {
        kept = List.copyOf(kept);
        set = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }

    public Onward keep(String name) {
        var more = new ArrayList<>(kept);
        more.add(name);
        return new Onward(more, set);
    }

    public Onward drop(String name) {
        return new Onward(kept.stream().filter(k -> !k.equalsIgnoreCase(name)).toList(), set);
    }

    public Onward set(String name, String value) {
        var more = new LinkedHashMap<>(set);
        more.put(name, value);
        return new Onward(kept, more);
    }

    /**
     * The request for the next leg: From and To without their tags, one hop fewer.
     *
     * @throws Rejection 483 if {@code received} may not go further
     */
    public SipRequest of(SipRequest received, String uri) {
        // RFC 3261 section 16.3: never reset, or a loop through us would not end.
        if (received.maxForwards() <= 0) throw new Rejection(483, "no hops left");
        var onward =
                SipRequest.of(received.method(), uri)
                        .with("Max-Forwards", Integer.toString(received.maxForwards() - 1))
                        .with("From", untagged(received.from()))
                        .with("To", untagged(received.to()));
        for (var name : kept)
            for (var field : received.fields(name)) onward = onward.withAdded(name, field);
        for (var own : set.entrySet()) onward = onward.with(own.getKey(), own.getValue());
        return onward;
    }

    private static String untagged(NameAddr party) {
        return new NameAddr(party.display(), party.uri(), Params.NONE).toString();
    }
}

package io.posthorn.cpm.call;

import io.posthorn.sip.wire.FieldNames;
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
 * dialog. Immutable.
 *
 * <p>Source: RFC 3261 section 6 (B2BUA), OMA CPM Conv Appendix C.
 */
public final class Onward {

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

    /** Copied as they are, every field of that name. */
    private final List<String> kept;

    /** Ours, in place of what came. */
    private final Map<String, String> set;

    private final FieldNames carried;

    private Onward(List<String> kept, Map<String, String> set) {
        this.kept = kept;
        this.set = set;
        this.carried = FieldNames.of(kept);
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
                SipRequest.carrying(received.method(), uri, received, carried)
                        .with("Max-Forwards", Integer.toString(received.maxForwards() - 1))
                        .with("From", untagged(received.from()))
                        .with("To", untagged(received.to()));
        for (var own : set.entrySet()) onward = onward.with(own.getKey(), own.getValue());
        return onward;
    }

    private static String untagged(NameAddr party) {
        return new NameAddr(party.display(), party.uri(), Params.NONE).toString();
    }
}

package io.posthorn.sip.reginfo;

import io.posthorn.sip.wire.FeatureTags;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipSyntax;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of a NOTIFY for {@code Event: reg}.
 *
 * @param version 0 in the first of a subscription, then one more each; a gap means that one is lost
 * @param full all registrations, not only those that changed
 */
public record RegInfo(long version, boolean full, List<Registration> registrations) {

    public static final String CONTENT_TYPE = "application/reginfo+xml";

    public RegInfo {
        registrations = List.copyOf(registrations);
    }

    /**
     * @throws SipSyntax if it is no such document, names a DTD, or is above the limits (256 KiB, 8
     *     levels, 4,096 elements)
     */
    public static RegInfo parse(byte[] xml) {
        return new RegInfoReader(xml).read();
    }

    /** As it goes into the NOTIFY, in UTF-8. */
    public byte[] bytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The document. */
    @Override
    public String toString() {
        return RegInfoWriter.write(this);
    }

    /** Of one public identity. */
    public record Registration(String aor, String id, State state, List<Contact> contacts) {
        public Registration {
            contacts = List.copyOf(contacts);
        }
    }

    public enum State {
        INIT,
        ACTIVE,
        TERMINATED
    }

    /** Why a contact is as it is. */
    public enum Event {
        REGISTERED,
        CREATED,
        REFRESHED,
        SHORTENED,
        EXPIRED,
        DEACTIVATED,
        PROBATION,
        UNREGISTERED,
        REJECTED;

        /** The first four keep a contact. Source: RFC 3680 section 5.2. */
        public boolean active() {
            return ordinal() <= SHORTENED.ordinal();
        }
    }

    /**
     * One device.
     *
     * @param expires seconds; -1 if it is not said
     * @param retryAfter seconds, for probation; -1 if it is not said
     * @param q 0 to 1; -1 if it is not said
     * @param callId empty if it is not said
     * @param cseq -1 if it is not said
     * @param displayName empty if there is none
     * @param params what else stood in its Contact: feature tags, {@code +sip.instance}
     * @param publicGruu null if it has none
     * @param temporaryGruu null if it has none
     * @param firstCseq that of the REGISTER that began the temporary GRUUs; -1 if there is none
     */
    public record Contact(
            String id,
            boolean active,
            Event event,
            long expires,
            long retryAfter,
            double q,
            String callId,
            long cseq,
            String displayName,
            String uri,
            Params params,
            @Nullable String publicGruu,
            @Nullable String temporaryGruu,
            long firstCseq) {

        /** An active contact with the least that must be said of it. */
        public static Contact of(String id, Event event, String uri) {
            return new Contact(
                    id,
                    event.active(),
                    event,
                    -1,
                    -1,
                    -1,
                    "",
                    -1,
                    "",
                    uri,
                    Params.NONE,
                    null,
                    null,
                    -1);
        }

        public FeatureTags tags() {
            return FeatureTags.among(params.without("+sip.instance"));
        }

        /** The device, without quotes and angle brackets: {@code urn:uuid:...}. */
        public Optional<String> instance() {
            return params.get("+sip.instance")
                    .map(text ->
                            text.startsWith("<") && text.endsWith(">")
                                    ? text.substring(1, text.length() - 1)
                                    : text);
        }
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static SipSyntax wrong(int position, String what) {
        return new SipSyntax(position, what);
    }
}

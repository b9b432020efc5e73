package io.posthorn.sip.wire;

import java.util.ArrayList;
import java.util.List;

/**
 * One value of Accept-Contact or Reject-Contact: what the caller wants of a contact, or does not.
 * Source: RFC 3841 sections 7 and 9.
 *
 * @param require contacts that do not fit are dropped
 * @param explicit a contact that does not declare a tag does not fit
 */
public record AcceptContact(FeatureTags tags, boolean require, boolean explicit) {

    /**
     * @throws SipSyntax if {@code value} is not one
     */
    public static AcceptContact parse(String value) {
        String text = value.strip();
        // RFC 3841 section 9.2: the grammar knows nothing but the star.
        int semicolon = text.indexOf(';');
        String who = (semicolon < 0 ? text : text.substring(0, semicolon)).strip();
        if (!who.equals("*")) {
            throw new SipSyntax(0, "caller preference for something else than '*'");
        }
        Params params = Params.parse(semicolon < 0 ? "" : text.substring(semicolon));
        return new AcceptContact(
                FeatureTags.among(params.without("require").without("explicit")),
                params.has("require"),
                params.has("explicit"));
    }

    /**
     * All Accept-Contact values of {@code message}.
     *
     * @throws SipSyntax if one is wrong, or they hold more than 64 tags together
     */
    public static List<AcceptContact> all(SipMessage<?> message) {
        return all(message, "Accept-Contact");
    }

    /** All Reject-Contact values of {@code message}. */
    public static List<AcceptContact> rejected(SipMessage<?> message) {
        return all(message, "Reject-Contact");
    }

    private static List<AcceptContact> all(SipMessage<?> message, String name) {
        List<AcceptContact> out = new ArrayList<>(2);
        int tags = 0;
        for (String value : message.values(name)) {
            AcceptContact next = parse(value);
            tags += next.tags().params().list().size();
            if (tags > FeatureTags.MAX) {
                throw new SipSyntax(0, "more than " + FeatureTags.MAX + " feature tags");
            }
            out.add(next);
        }
        return out;
    }

    /**
     * How well {@code contact} fits: the share of the tags it meets, 0 to 1, or -1 if it does not
     * fit. A tag it does not declare is a mismatch only if this is {@code explicit}.
     */
    public double fit(FeatureTags contact) {
        List<Params.Param> wanted = tags.params().list();
        if (wanted.isEmpty()) {
            return 1;
        }
        int met = 0;
        for (Params.Param tag : wanted) {
            FeatureTags.Fit fit = FeatureTags.fit(tag, contact);
            if (fit == FeatureTags.Fit.DIFFERS || fit == FeatureTags.Fit.NOT_DECLARED && explicit) {
                return -1;
            }
            met += fit == FeatureTags.Fit.FITS ? 1 : 0;
        }
        return (double) met / wanted.size();
    }

    /**
     * Whether a Reject-Contact value drops {@code contact}: it declares every tag, and all of them
     * fit.
     */
    public boolean rejects(FeatureTags contact) {
        List<Params.Param> wanted = tags.params().list();
        return !wanted.isEmpty()
                && wanted.stream()
                        .allMatch(tag -> FeatureTags.fit(tag, contact) == FeatureTags.Fit.FITS);
    }

    /**
     * The caller's preference for {@code contact}, 0 to 1; -1 if it is dropped. A contact without
     * feature tags is exempt: 1 (RFC 3841 section 7.2.4).
     */
    public static double preference(
            List<AcceptContact> accepted, List<AcceptContact> rejected, FeatureTags contact) {
        if (contact.isEmpty()) {
            return 1;
        }
        if (rejected.stream().anyMatch(value -> value.rejects(contact))) {
            return -1;
        }
        double sum = 0;
        for (AcceptContact value : accepted) {
            double fit = value.fit(contact);
            if (fit < 0 && value.require()) {
                return -1;
            }
            sum += Math.max(fit, 0);
        }
        return accepted.isEmpty() ? 1 : sum / accepted.size();
    }
}

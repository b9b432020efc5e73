package io.posthorn.sipcore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.auth.Seal;
import io.posthorn.strand.Clause;
import java.util.Base64;
import java.util.Optional;

/**
 * The user part of the route entry that an application server gets and sends its own request along:
 * it says for whom, in which session case, and which criteria were tried. Nobody else can make one.
 *
 * @param originating whether for the sender of the request
 * @param served the user for whom
 * @param next the criteria that come next
 */
@Clause("3GPP TS 24.229 5.4.3.4")
record OriginalDialog(boolean originating, String served, int next) {

    private static final String MARK = "odi-";
    private static final String ORIGINATING = "orig";
    private static final String TERMINATING = "term";

    private static String sealed(String text) {
        return "original dialog " + text;
    }

    String user(Seal seal) {
        var name = Base64.getUrlEncoder().withoutPadding().encodeToString(served.getBytes(UTF_8));
        var text = MARK + (originating ? ORIGINATING : TERMINATING) + "." + next + "." + name;
        return text + "." + seal.of(sealed(text));
    }

    /** Empty if {@code user} is none of ours. */
    static Optional<OriginalDialog> read(String user, Seal seal) {
        int last = user.lastIndexOf('.');
        if (!user.startsWith(MARK) || last < 0) return Optional.empty();
        var text = user.substring(0, last);
        if (!seal.fits(sealed(text), user.substring(last + 1))) return Optional.empty();
        var words = text.split("\\.", 3);
        return Optional.of(
                new OriginalDialog(
                        words[0].equals(MARK + ORIGINATING),
                        new String(Base64.getUrlDecoder().decode(words[2]), UTF_8),
                        Integer.parseInt(words[1])));
    }
}

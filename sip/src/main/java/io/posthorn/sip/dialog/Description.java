package io.posthorn.sip.dialog;

import io.posthorn.sip.sdp.Direction;
import io.posthorn.sip.sdp.Sdp;
import io.posthorn.sip.sdp.SdpSyntax;
import io.posthorn.sip.sdp.Setup;
import io.posthorn.sip.wire.Multipart;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipSyntax;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a dialog must know of session descriptions: whether an offer changes the session, and ours,
 * to say it again.
 */
final class Description {
    private Description() {}

    private static final String TYPE = "application/sdp";

    /** The SDP of a message, also out of a multipart body; empty if there is none. */
    static byte[] sdp(SipMessage<?> message) {
        var type = message.contentType().orElse("");
        if (type.equals(TYPE)) return message.body();
        if (!type.startsWith("multipart/")) return new byte[0];
        try {
            var whole = message.header("Content-Type").orElse("");
            return Multipart.parse(whole, message.body()).parts().stream()
                    .filter(part -> part.contentType().equals(TYPE))
                    .map(Multipart.Part::content)
                    .findFirst()
                    .orElse(new byte[0]);
        } catch (SipSyntax wrong) {
            return new byte[0];
        }
    }

    /**
     * Whether {@code offer} describes the session that {@code before} described: then it is nothing
     * but a refresh. Some peers raise the version of an offer that they merely repeat, others leave
     * it when they move; so both the version and the streams are looked at. Source: RFC 3264
     * section 8, RFC 4028 section 7.4.
     */
    static boolean unchanged(byte[] before, byte[] offer) {
        if (Arrays.equals(before, offer)) return true;
        try {
            var old = Sdp.parse(before);
            var now = Sdp.parse(offer);
            if (old.origin().equals(now.origin())) return streams(old).equals(streams(now));
            return now.origin().follows(old.origin()) && now.withOrigin(old.origin()).equals(old);
        } catch (SdpSyntax wrong) {
            return false;
        }
    }

    /** What makes a media stream another one if it changes. */
    private record Stream(
            String line,
            Optional<Sdp.Connection> connection,
            Optional<String> path,
            Direction direction) {}

    private static List<Stream> streams(Sdp sdp) {
        return sdp.media().stream()
                .map(media ->
                        new Stream(
                                media.kind()
                                        + " "
                                        + media.port()
                                        + " "
                                        + media.proto()
                                        + " "
                                        + media.formats(),
                                sdp.connection(media),
                                sdp.attribute(media, "path"),
                                sdp.direction(media)))
                .toList();
    }

    /**
     * {@code ours} as the answer to an offer that repeats {@code theirs}. What was an offer left
     * the role at the connection open; an answer says which it became (RFC 4145 section 4.1).
     */
    static byte[] repeated(byte[] ours, byte[] theirs) {
        try {
            var sdp = Sdp.parse(ours);
            var peer = Sdp.parse(theirs);
            for (int i = 0; i < sdp.media().size(); i++) {
                var media = sdp.media().get(i);
                if (!sdp.attribute(media, "setup").equals(Optional.of(Setup.ACTPASS.text())))
                    continue;
                var passive =
                        i < peer.media().size()
                                && peer.attribute(peer.media().get(i), "setup")
                                        .equals(Optional.of(Setup.ACTIVE.text()));
                var role = passive ? Setup.PASSIVE : Setup.ACTIVE;
                sdp = sdp.withMedia(i, media.withAttribute("setup", role.text()));
            }
            return sdp.bytes();
        } catch (SdpSyntax wrong) {
            return ours;
        }
    }
}

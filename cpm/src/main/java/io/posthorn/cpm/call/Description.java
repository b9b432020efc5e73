package io.posthorn.cpm.call;

import io.posthorn.cpm.policy.Warnings;
import io.posthorn.msrp.session.Media;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.sdp.Direction;
import io.posthorn.sip.sdp.FileSelector;
import io.posthorn.sip.sdp.Fingerprint;
import io.posthorn.sip.sdp.MediaLines;
import io.posthorn.sip.sdp.MsrpMedia;
import io.posthorn.sip.sdp.Sdp;
import io.posthorn.sip.sdp.SdpSyntax;
import io.posthorn.sip.sdp.Setup;
import io.posthorn.sip.wire.Multipart;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one peer said of the media of a large message, and what we say in turn: as an endpoint, or
 * as a back-to-back user agent that stands in the path.
 *
 * <p>Source: RFC 3264, RFC 4975 section 8, RFC 6135; which lines a B2BUA changes: OMA CPM Conv
 * 8.3.1.1 and 8.3.2.1.1.
 */
public final class Description {

    private static final String SDP = "application/sdp";
    private static final String MULTIPART = "multipart/mixed";
    private static final String CPIM = "message/cpim";

    // What holds for one connection, or was said of a message to its receiver only.
    private static final List<String> OF_ONE_LEG =
            List.of("msrp-cema", "connection", "fingerprint", "tls-id", "setup", "path");

    // What the media says by itself, whatever the session said.
    private static final List<String> OF_ONE_MEDIA =
            List.of("sendonly", "recvonly", "sendrecv", "inactive", "accept-types");

    private final Sdp sdp;
    private final MsrpMedia said;
    private final int index;
    private final boolean offered;

    private Description(Sdp sdp, boolean offered) {
        this.sdp = sdp;
        this.said = MsrpMedia.of(sdp);
        this.index = messageLine(sdp);
        this.offered = offered;
    }

    /**
     * The offer of an INVITE that wants to send one large message.
     *
     * @throws Rejection 400, 415 or 488 if it is none, or one that we cannot accept
     */
    public static Description offered(SipRequest invite, Warnings warnings) {
        try {
            var offer = new Description(Sdp.parse(sdpOf(invite, warnings)), true);
            offer.check(warnings);
            return offer;
        } catch (SdpSyntax wrong) {
            throw new Rejection(
                    wrong.status(),
                    wrong.warning(),
                    wrong.status() == 488
                            ? warnings.mediaNotAvailable()
                            : warnings.because(wrong.warning()));
        }
    }

    /**
     * The answer that came with a 2xx.
     *
     * @throws Rejection 500 if it is none that we could use
     */
    public static Description answered(SipResponse ok) {
        try {
            var answer = new Description(Sdp.parse(sdpOf(ok)), false);
            // RFC 3264 section 6: as many media lines as we offered, which is one.
            if (answer.sdp.media().size() != 1)
                throw new Rejection(500, "answer with other media lines than the offer");
            if (!answer.said.accepts(CPIM))
                throw new Rejection(500, "answer with accept-types without " + CPIM);
            if (answer.said.setup() == Setup.ACTPASS)
                throw new Rejection(500, "answer with a=setup:actpass");
            if (!answer.said.direction().receives())
                throw new Rejection(500, "answer that does not receive");
            return answer;
        } catch (SdpSyntax wrong) {
            throw new Rejection(500, "answer: " + wrong.warning());
        }
    }

    private static int messageLine(Sdp sdp) {
        for (int i = 0; i < sdp.media().size(); i++) {
            var media = sdp.media().get(i);
            if (media.kind().equals("message") && media.port() != 0) return i;
        }
        throw new IllegalStateException("MSRP that was there is not");
    }

    private static byte[] sdpOf(SipRequest invite, Warnings warnings) {
        if (invite.bodyLength() == 0)
            throw new Rejection(488, "no offer", warnings.mediaNotAvailable());
        var type = invite.contentType().orElse("");
        if (!type.equals(SDP) && !type.equals(MULTIPART))
            throw new Rejection(
                    415, "body of type " + type, Map.of("Accept", SDP + ", " + MULTIPART));
        return sdpOf(invite);
    }

    private static byte[] sdpOf(SipMessage<?> message) {
        if (!message.contentType().orElse("").equals(MULTIPART)) return message.body();
        try {
            var type = message.header("Content-Type").orElse("");
            return Multipart.parse(type, message.body()).parts().stream()
                    .filter(part -> part.contentType().equals(SDP))
                    .map(Multipart.Part::content)
                    .findFirst()
                    .orElseThrow(() -> new SdpSyntax(488, "no session description"));
        } catch (SipSyntax wrong) {
            throw new SdpSyntax(400, "multipart body");
        }
    }

    private void check(Warnings warnings) {
        // RFC 3264 section 6.1: recvonly is no answer to who does not send.
        if (!said.direction().sends()) throw new SdpSyntax(488, "offer that does not send");
        if (!said.accepts(CPIM))
            throw new Rejection(488, "accept-types without " + CPIM, warnings.mediaNotAvailable());
    }

    /**
     * @throws Rejection 403 if the message is announced to be larger than {@code limit} bytes
     */
    public void checkSize(long limit, Warnings warnings) {
        if (announcedSize() > limit)
            throw new Rejection(403, "announced above the limit", warnings.sizeExceeded());
    }

    /** The bytes that {@code a=file-selector} announces, or -1. */
    public long announcedSize() {
        return said.fileSize();
    }

    private Sdp.Media line() {
        return sdp.media().get(index);
    }

    /** Its MSRP URIs, the one to connect to first. */
    public List<String> path() {
        return said.path();
    }

    /** The largest message it takes in bytes; 0 if it did not say. */
    public long maxSize() {
        return Math.max(0, said.maxSize());
    }

    /** What the peer said, as media needs it. */
    public Media media() {
        return new Media(
                path(),
                text(said.setup()),
                offered,
                said.tls(),
                said.fingerprints().stream().map(Fingerprint::toString).toList(),
                maxSize(),
                null);
    }

    /**
     * As {@link #media}, where we said {@code a=msrp-cema} too: then its own address is where it is
     * (RFC 6714 section 5).
     */
    private Media mediaWithCema() {
        var said = media();
        return new Media(
                said.path(),
                said.setup(),
                said.offered(),
                said.tls(),
                said.fingerprints(),
                said.maxSize(),
                cema() ? this.said.connection().address() + ":" + this.said.port() : null);
    }

    /** Whether it lets itself be dialled where SDP says; never with a path of several. */
    private boolean cema() {
        return said.cema() && said.path().size() == 1;
    }

    /** What the peer said, as media needs it, where our side stands in the path so. */
    public Media media(PathMode mode) {
        return mode == PathMode.TERMINATE ? mediaWithCema() : media();
    }

    /** Whether its media is over TLS. */
    public boolean secure() {
        return said.tls();
    }

    /**
     * @throws Rejection 488 if TLS is required and this offer has none
     */
    public void checkTls(MediaTls policy, Warnings warnings) {
        if (policy == MediaTls.REQUIRED && !secure())
            throw new Rejection(
                    488,
                    "media without TLS",
                    warnings.because("MSRP over TLS is required here: TCP/TLS/MSRP"));
    }

    private static @Nullable String text(@Nullable Setup setup) {
        return setup == null ? null : setup.text();
    }

    // ---- as a back-to-back user agent

    /** The path of this peer as the other one is told it. */
    public List<String> shown(PathMode mode) {
        return mode == PathMode.PREPEND ? path() : List.of();
    }

    /** What we offer further on, in {@link #onwardOffer}. */
    public Media offering(MsrpSession down, PathMode mode, long limit) {
        return new Media(
                prepended(down, shown(mode)),
                Setup.ACTPASS.text(),
                true,
                down.secure(),
                down.fingerprints(),
                maxSize() == 0 ? 0 : Math.min(limit, maxSize()));
    }

    /** The offer for the next leg: what came, but our connection, our path, our direction. */
    public byte[] onwardOffer(MsrpSession down, PathMode mode, long limit) {
        var ours = offering(down, mode, limit);
        var media = changed(line(), ours, down, Direction.SENDONLY);
        // RFC 6714 section 4.2: what stands in c= and m= is what our path names.
        if (mode == PathMode.TERMINATE) media.attribute("msrp-cema", "");
        var lines = new ArrayList<Sdp.Line>(sdp.lines().size());
        for (var line : sdp.lines())
            if (line.type() != 'a' || !connectionSays(line.value())) lines.add(line);
        var connection = connection(down.at());
        return new Sdp(lines, List.of(media.media()))
                .withOrigin(origin(down, connection))
                .withConnection(connection)
                .bytes();
    }

    private static boolean connectionSays(String attribute) {
        var colon = attribute.indexOf(':');
        var name = (colon < 0 ? attribute : attribute.substring(0, colon)).strip();
        return OF_ONE_LEG.contains(name) || OF_ONE_MEDIA.contains(name);
    }

    /** What we answer to this offer, in {@link #answer}. */
    public Media answering(MsrpSession up, Description further, PathMode mode, long limit) {
        return new Media(
                prepended(up, further.shown(mode)),
                Setup.answer(said.setup(), Setup.PASSIVE).text(),
                false,
                up.secure(),
                up.fingerprints(),
                further.maxSize() == 0 ? limit : Math.min(limit, further.maxSize()));
    }

    /**
     * The answer to this offer: what came from further on, but our connection, our path, message
     * cpim, recvonly, passive.
     */
    public byte[] answer(MsrpSession up, Description further, PathMode mode, long limit) {
        var ours = answering(up, further, mode, limit);
        // RFC 5547 says nothing that an answer of ours would mean.
        var media =
                changed(further.line(), ours, up, Direction.RECVONLY)
                        .withoutAttribute("file-selector");
        if (mode == PathMode.TERMINATE && cema()) media.attribute("msrp-cema", "");
        return answerWith(media.media(), up);
    }

    private static MediaLines changed(
            Sdp.Media copied, Media ours, MsrpSession session, Direction direction) {
        var media =
                new Sdp.Media(
                                "message",
                                session.at().getPort(),
                                1,
                                session.secure() ? "TCP/TLS/MSRP" : "TCP/MSRP",
                                List.of("*"),
                                copied.lines())
                        .edit()
                        .without('c')
                        .withoutAttributes(OF_ONE_LEG);
        media.attribute("accept-types", CPIM)
                .attribute("setup", String.valueOf(ours.setup()))
                .attribute("path", String.join(" ", ours.path()))
                .direction(direction);
        // RFC 8122 section 5: the certificate that we show, whoever dials.
        for (var fingerprint : ours.fingerprints()) media.adding("fingerprint", fingerprint);
        return ours.maxSize() == 0
                ? media.withoutAttribute("max-size")
                : media.attribute("max-size", Long.toString(ours.maxSize()));
    }

    private static List<String> prepended(MsrpSession session, List<String> behind) {
        var path = new ArrayList<String>();
        path.add(session.uri());
        path.addAll(behind);
        return path;
    }

    // ---- as an endpoint

    /** What a sender offers, in {@link #offer}. */
    public static Media sending(MsrpSession session) {
        return new Media(
                List.of(session.uri()),
                Setup.ACTPASS.text(),
                true,
                session.secure(),
                session.fingerprints(),
                0);
    }

    /**
     * The offer of a sender.
     *
     * @param size of the message in bytes
     */
    public static byte[] offer(MsrpSession session, long size) {
        var ours = sending(session);
        var media =
                changed(bare(session), ours, session, Direction.SENDONLY)
                        .attribute("file-selector", FileSelector.ofSize(size).toString());
        return fresh(List.of(media.media()), session).bytes();
    }

    /** What a receiver answers to this offer, in {@link #receive}. */
    public Media receiving(MsrpSession session, long limit) {
        return new Media(
                List.of(session.uri()),
                Setup.answer(said.setup(), Setup.ACTIVE).text(),
                false,
                session.secure(),
                session.fingerprints(),
                limit);
    }

    /** The answer of a receiver: recvonly, message/cpim, and active wherever the offer lets us. */
    public byte[] receive(MsrpSession session, long limit) {
        var ours = receiving(session, limit);
        var media = changed(bare(session), ours, session, Direction.RECVONLY);
        return answerWith(media.media(), session);
    }

    private static Sdp.Media bare(MsrpSession session) {
        return new Sdp.Media(
                        "message", session.at().getPort(), 1, "TCP/MSRP", List.of("*"), List.of())
                .edit()
                .attribute("accept-types", CPIM)
                .attribute("accept-wrapped-types", "*")
                .media();
    }

    // ---- both

    /** RFC 3264 section 6: as many media lines as the offer, those we do not want with port 0. */
    private byte[] answerWith(Sdp.Media ours, MsrpSession session) {
        var lines = new ArrayList<Sdp.Media>();
        for (int i = 0; i < sdp.media().size(); i++)
            lines.add(i == index ? ours : sdp.media().get(i).refused());
        return fresh(lines, session).bytes();
    }

    private static Sdp fresh(List<Sdp.Media> media, MsrpSession session) {
        var connection = connection(session.at());
        return new Sdp(
                List.of(
                        new Sdp.Line('v', "0"),
                        new Sdp.Line('o', origin(session, connection).toString()),
                        new Sdp.Line('s', "-"),
                        new Sdp.Line('c', connection.toString()),
                        new Sdp.Line('t', "0 0")),
                media);
    }

    private static Sdp.Origin origin(MsrpSession session, Sdp.Connection connection) {
        // Unique with the address, and the same as long as the session lives.
        var id = Integer.toUnsignedString(session.id().hashCode());
        return new Sdp.Origin("-", id, "1", connection.type() + " " + connection.address());
    }

    private static Sdp.Connection connection(InetSocketAddress at) {
        return Sdp.Connection.of(
                at.isUnresolved() ? at.getHostString() : at.getAddress().getHostAddress());
    }

    /** {@code request} with {@code body} where its session description was; other parts stay. */
    public SipRequest replacedIn(SipRequest onward, SipRequest received, byte[] body) {
        if (!received.contentType().orElse("").equals(MULTIPART)) return onward.withBody(SDP, body);
        var type = received.header("Content-Type").orElse("");
        var parts =
                Multipart.parse(type, received.body()).parts().stream()
                        .map(part ->
                                part.contentType().equals(SDP)
                                        ? Multipart.Part.of(SDP, body)
                                        : part)
                        .toList();
        var changed = Multipart.of(parts);
        return onward.withBody(changed.contentType(), changed.bytes());
    }
}

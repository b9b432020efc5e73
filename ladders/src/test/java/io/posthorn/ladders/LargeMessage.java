package io.posthorn.ladders;

import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import java.nio.charset.StandardCharsets;

/** The texts of large message mode, as plain peers write them. */
final class LargeMessage {

    static final String ALICE = "sip:alice@example.com";
    static final String BOB = "sip:bob@example.net";
    static final String ICSI = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.largemsg";
    static final String TAG = tag("largemsg");

    private LargeMessage() {}

    /** The feature tag of a CPM service, its colons escaped. */
    static String tag(String service) {
        return "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm." + service + "\"";
    }

    /** An SDP body around these attributes of one MSRP media line. */
    static String sdp(PlainMsrpPeer media, String... attributes) {
        var host = media.at().getAddress().getHostAddress();
        var s = new StringBuilder();
        var type = host.indexOf(':') < 0 ? "IN IP4 " : "IN IP6 ";
        s.append("v=0\r\no=plain 1 1 ").append(type).append(host);
        s.append("\r\ns=-\r\nc=").append(type);
        s.append(host).append("\r\nt=0 0\r\nm=message ").append(media.at().getPort());
        var fingerprint = media.fingerprint();
        s.append(fingerprint == null ? " TCP/MSRP *\r\n" : " TCP/TLS/MSRP *\r\n");
        if (fingerprint != null) s.append("a=fingerprint:").append(fingerprint).append("\r\n");
        for (var attribute : attributes) s.append("a=").append(attribute).append("\r\n");
        return s.toString();
    }

    /** The offer of a sender; {@code behind} are the URIs that stand behind its own. */
    static String offer(PlainMsrpPeer media, String... behind) {
        return sdp(
                media,
                "accept-types:message/cpim",
                "accept-wrapped-types:*",
                "setup:actpass",
                "path:" + path(media, behind),
                "sendonly");
    }

    /** The answer of a node that waits to be dialled. */
    static String passiveAnswer(PlainMsrpPeer media, String... behind) {
        return sdp(
                media,
                "accept-types:message/cpim",
                "accept-wrapped-types:*",
                "setup:passive",
                "path:" + path(media, behind),
                "max-size:10485760",
                "recvonly");
    }

    /** The answer of a device, which dials. */
    static String activeAnswer(PlainMsrpPeer media) {
        return sdp(
                media,
                "accept-types:message/cpim",
                "accept-wrapped-types:*",
                "setup:active",
                "path:" + media.uri(),
                "max-size:10485760",
                "recvonly");
    }

    private static String path(PlainMsrpPeer media, String... behind) {
        return behind.length == 0 ? media.uri() : media.uri() + " " + String.join(" ", behind);
    }

    /** Alice's INVITE as the core hands it to a participating function; without Route. */
    static PlainSip invite(Party from, PlainMsrpPeer media, String callId) {
        var at = from.hostPort();
        return new PlainSip(
                        "INVITE " + BOB + " SIP/2.0",
                        java.util.List.of(
                                // Two hops before, so that the way back shows.
                                new PlainSip.Field("Via", from.via()),
                                new PlainSip.Field(
                                        "Via", "SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKalice1")),
                        "")
                .with("Max-Forwards", "68")
                .with("Record-Route", "<sip:" + at + ";lr>")
                .with("From", "\"Alice\" <" + ALICE + ">;tag=a1")
                .with("To", "<" + BOB + ">")
                .with("Call-ID", callId)
                .with("CSeq", "1 INVITE")
                .with("Contact", "<sip:alice@" + at + ">;" + TAG)
                .with("Accept-Contact", "*;" + TAG)
                .with("Accept-Contact", "*;+g.oma.sip-im.large-message")
                .with("P-Asserted-Service", ICSI)
                .with("P-Asserted-Identity", "<" + ALICE + ">")
                .with("User-Agent", "CPM-client/OMA2.2 plain")
                .with("Supported", "timer")
                .with("Session-Expires", "1800;refresher=uac")
                .with("Conversation-ID", "f81d4fae-7dec-41d0-a765-00a0c91e6bf6")
                .with("Contribution-ID", "3b9d2a10-4c55-4a1a-8d2f-6c0f8a6a1e77")
                .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, MESSAGE")
                .body("application/sdp", offer(media));
    }

    /** A CPIM message of exactly so many bytes. */
    static byte[] cpim(int bytes) {
        return cpim(bytes, "Msg34jk324j");
    }

    /** As above; of another {@code id} it is another message, and delivered though one came. */
    static byte[] cpim(int bytes, String id) {
        var head =
                "From: <"
                        + ALICE
                        + ">\r\nTo: <"
                        + BOB
                        + ">\r\nNS: imdn <urn:ietf:params:imdn>\r\n"
                        + "imdn.Message-ID: "
                        + id
                        + "\r\nDateTime: 2026-03-01T10:15:29.900Z\r\n"
                        + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
        var start = head.getBytes(StandardCharsets.UTF_8);
        var whole = new byte[Math.max(bytes, start.length)];
        System.arraycopy(start, 0, whole, 0, start.length);
        // No repetition with the period of a chunk, so that a swapped chunk shows.
        for (int i = start.length; i < whole.length; i++)
            whole[i] = (byte) ('a' + i * 31 % 26 + i / 997 % 3);
        return whole;
    }
}

package io.posthorn.ladders.dsl;

/**
 * What RFC 3261 section 12 keeps of a dialog, on one side of it. Made from the INVITE and its 200.
 *
 * @param target the peer's Contact URI
 */
public record PlainDialog(
        Party party,
        java.net.InetSocketAddress next,
        String local,
        String remote,
        String callId,
        String target,
        int inviteCseq) {

    /** For the side that called. */
    public static PlainDialog caller(Party party, PlainSip invite, PlainSip ok) {
        return new PlainDialog(
                party,
                party.from(ok),
                ok.header("From"),
                ok.header("To"),
                ok.header("Call-ID"),
                PlainSip.uri(ok.header("Contact")),
                cseq(invite));
    }

    /** For the side that was called. */
    public static PlainDialog called(Party party, PlainSip invite, PlainSip ok) {
        return new PlainDialog(
                party,
                party.from(invite),
                ok.header("To"),
                ok.header("From"),
                ok.header("Call-ID"),
                PlainSip.uri(invite.header("Contact")),
                cseq(invite));
    }

    private static int cseq(PlainSip sip) {
        return Integer.parseInt(sip.header("CSeq").split(" ")[0]);
    }

    /** A request in this dialog; {@code step} counts from the INVITE. */
    public PlainSip request(String method, int step) {
        return PlainSip.of(method + " " + target + " SIP/2.0")
                .with("Max-Forwards", "70")
                .with("From", local)
                .with("To", remote)
                .with("Call-ID", callId)
                .with("CSeq", (inviteCseq + step) + " " + method);
    }

    public PlainSip acknowledges() {
        return party.sends(next, request("ACK", 0));
    }

    /** Sends BYE; its answer is for the test to receive. */
    public PlainSip saysBye(int step) {
        return party.sends(next, request("BYE", step));
    }
}

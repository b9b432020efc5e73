package io.posthorn.sip.transaction;

import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.nio.charset.StandardCharsets;

/** The messages that the rows of the tables are about. */
final class Rows {
    private Rows() {}

    static final SipRequest INVITE =
            (SipRequest)
                    SipParser.parse(
                            """
                            INVITE sip:bob@example.net SIP/2.0\r
                            Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r
                            From: <sip:alice@example.com>;tag=a\r
                            To: <sip:bob@example.net>\r
                            Call-ID: rows\r
                            CSeq: 1 INVITE\r
                            Max-Forwards: 70\r
                            Content-Length: 0\r
                            \r
                            """
                                    .getBytes(StandardCharsets.UTF_8));
    static final SipRequest ACK = SipRequest.of("ACK", "sip:bob@example.net");
    static final SipResponse R100 = SipResponse.to(INVITE, 100);
    static final SipResponse R180 = SipResponse.to(INVITE, 180);
    static final SipResponse R200 = SipResponse.to(INVITE, 200);
    static final SipResponse R202 = SipResponse.to(INVITE, 202);
    static final SipResponse R302 = SipResponse.to(INVITE, 302);
    static final SipResponse R486 = SipResponse.to(INVITE, 486);
}

package io.posthorn.bench.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.sdp.Direction;
import io.posthorn.sip.sdp.MsrpMedia;
import io.posthorn.sip.sdp.Sdp;
import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One INVITE of a large message, as it reaches the first server. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SipBench {

    /** 430 bytes. */
    private static final String SDP =
            """
            v=0
            o=- 3907 3907 IN IP4 198.51.100.7
            s=-
            c=IN IP4 198.51.100.7
            t=0 0
            m=message 49152 TCP/MSRP *
            a=accept-types:message/cpim
            a=accept-wrapped-types:*
            a=setup:actpass
            a=path:msrp://198.51.100.7:49152/Xh3kd92mcla0;tcp
            a=sendonly
            a=file-selector:size:5000303
            """
                    .replace("\n", "\r\n");

    private static final String HEAD =
            """
            INVITE sip:bob@example.net SIP/2.0
            Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK776asdhds;rport
            Max-Forwards: 70
            Route: <sip:core.example.com;lr>
            From: <sip:alice@example.com>;tag=1928301774
            To: <sip:bob@example.net>
            Call-ID: a84b4c76e66710@198.51.100.7
            CSeq: 314159 INVITE
            Contact: <sip:alice@198.51.100.7:5060>
            Accept-Contact: *;+g.3gpp.icsi-ref="urn%%3Aurn-7%%3A3gpp-service.ims.icsi.oma.cpm.largemsg"
            P-Preferred-Identity: <sip:alice@example.com>
            Contribution-ID: f81d4fae-7dec-11d0-a765-00a0c91e6bf6
            Supported: timer
            Session-Expires: 1800;refresher=uac
            Content-Type: application/sdp
            Content-Length: %d

            """
                    .replace("\n", "\r\n");

    private final byte[] sdp = SDP.getBytes(UTF_8);
    private final byte[] invite = (HEAD.formatted(sdp.length) + SDP).getBytes(UTF_8);
    private final SipRequest parsed = (SipRequest) SipParser.parse(invite);

    /** As the transport does with every datagram. */
    @Benchmark
    public Object parse() {
        return SipParser.parse(invite);
    }

    /** What finds the transaction and the dialog. */
    @Benchmark
    public Object parseAndIdentify() {
        var message = SipParser.parse(invite);
        return message.via().branch().hashCode()
                + message.callId().hashCode()
                + message.from().tag().hashCode()
                + message.cseq().hashCode();
    }

    @Benchmark
    public Object lookUp() {
        return parsed.header("Contribution-ID");
    }

    @Benchmark
    public Object lookUpInVain() {
        return parsed.header("Privacy");
    }

    @Benchmark
    public Object replaceOneField() {
        return parsed.with("Session-Expires", "1800;refresher=uas").bytes();
    }

    /** What a proxy does before it passes a request on. */
    @Benchmark
    public Object editAndSerialise() {
        return parsed.withFirst("Via", "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKnashds8")
                .with("Max-Forwards", "69")
                .withoutFirst("Route")
                .bytes();
    }

    /** What a back-to-back user agent does to an INVITE on its way, its body aside. */
    @Benchmark
    public Object rewrite() {
        var onward =
                parsed.without("Via")
                        .without("Route")
                        .with("Max-Forwards", "69")
                        .with("Call-ID", "6f1d8c42b0a94e67")
                        .with("CSeq", "1 INVITE")
                        .with("Contact", "<sip:203.0.113.1>")
                        .with("Supported", "timer")
                        .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
                        .withFirst("Route", "<sip:next.example.com;lr>");
        if (onward.header("User-Agent").isEmpty())
            onward = onward.with("User-Agent", "CPM-serv/OMA2.2");
        return onward.with("From", onward.from().withTag("93810874").toString())
                .withFirst("Via", "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKnashds8")
                .bytes();
    }

    @Benchmark
    public Object readSdp() {
        return MsrpMedia.of(Sdp.parse(sdp));
    }

    /** What a back-to-back user agent says in its place. */
    @Benchmark
    public Object rewriteSdp() {
        var came = Sdp.parse(sdp);
        var media =
                came.media()
                        .getFirst()
                        .edit()
                        .withoutAttribute("setup")
                        .withoutAttribute("path")
                        .attribute("accept-types", "message/cpim")
                        .attribute("setup", "actpass")
                        .attribute("path", "msrp://203.0.113.1:2855/a;tcp")
                        .direction(Direction.SENDONLY);
        return came.withMedia(0, media.media())
                .withConnection(Sdp.Connection.of("203.0.113.1"))
                .bytes();
    }
}

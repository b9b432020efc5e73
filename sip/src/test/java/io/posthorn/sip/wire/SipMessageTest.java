package io.posthorn.sip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SipMessageTest {

    static final String INVITE =
            """
            INVITE sip:bob@example.net SIP/2.0
            Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKa1
            v: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa0, SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK9
            Max-Forwards: 70
            Route: <sip:pcscf.example.com;lr>,<sip:orig@scscf.example.com;lr>
            From: "Alice, \\"A\\"" <sip:alice@example.com>;tag=a1
            To: <sip:bob@example.net>
            Call-ID: lmm-1@192.0.2.10
            CSeq: 1 INVITE
            Contact: <sip:alice@192.0.2.10:5060;transport=tcp>;expires=30
            X-Odd  :    kept   as it , stands\t
            Supported: timer,\s
             gruu
            Content-Type: application/SDP ; charset=utf-8
            Content-Length: 4

            v=0
            """
                    .replace("\n", "\r\n")
                    .replace("v=0\r\n", "v=0\n");

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static SipRequest request(String text) {
        return (SipRequest) SipParser.parse(bytes(text));
    }

    static SipRequest invite() {
        return request(INVITE);
    }

    @Test
    void readsWhatItNeeds() {
        SipRequest invite = invite();
        assertThat(invite.method()).isEqualTo("INVITE");
        assertThat(invite.uri()).isEqualTo("sip:bob@example.net");
        assertThat(invite.maxForwards()).isEqualTo(70);
        assertThat(invite.callId()).isEqualTo("lmm-1@192.0.2.10");
        assertThat(invite.cseq()).isEqualTo(new CSeq(1, "INVITE"));
        assertThat(invite.from().display()).isEqualTo("Alice, \"A\"");
        assertThat(invite.from().tag()).contains("a1");
        assertThat(invite.to().tag()).isEmpty();
        assertThat(invite.via().branch()).contains("z9hG4bKa1");
        assertThat(invite.via().port()).isEqualTo(5060);
        assertThat(invite.contact().orElseThrow().uri())
                .isEqualTo("sip:alice@192.0.2.10:5060;transport=tcp");
        assertThat(invite.contentType()).contains("application/sdp");
        assertThat(invite.body()).isEqualTo(bytes("v=0\n"));
        assertThat(invite.header("k")).contains("timer, gruu");
        assertThat(invite.values("Supported")).containsExactly("timer", "gruu");
        assertThat(invite.lists("supported", "GRUU")).isTrue();
        assertThat(invite.header("x-odd")).contains("kept   as it , stands");
    }

    @Test
    void listsFieldsLineByLineAndValuesOneByOne() {
        assertThat(invite().fields("Via")).hasSize(2);
        assertThat(invite().values("Via")).hasSize(3);
        assertThat(invite().values("Route"))
                .containsExactly("<sip:pcscf.example.com;lr>", "<sip:orig@scscf.example.com;lr>");
        assertThat(invite().names()).startsWith("Via", "v", "Max-Forwards").hasSize(13);
    }

    @Test
    void printsWhatItRead() {
        assertThat(invite().toString()).isEqualTo(INVITE);
    }

    @Test
    void editsLeaveEveryOtherByteAlone() {
        SipRequest edited =
                invite().with("Max-Forwards", "69")
                        .withFirst("Via", "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKnew")
                        .withoutFirst("Route")
                        .withUri("sip:bob@192.0.2.77");
        assertThat(edited.toString())
                .isEqualTo(
                        INVITE.replace("sip:bob@example.net SIP", "sip:bob@192.0.2.77 SIP")
                                .replace("Max-Forwards: 70", "Max-Forwards: 69")
                                .replace(
                                        "Via: SIP/2.0/TCP",
                                        "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKnew\r\n"
                                                + "Via: SIP/2.0/TCP")
                                .replace(
                                        "Route: <sip:pcscf.example.com;lr>,<sip:orig",
                                        "Route: <sip:orig"));
        assertThat(edited.via().branch()).contains("z9hG4bKnew");
        assertThat(edited.maxForwards()).isEqualTo(69);
        assertSame(edited);
    }

    /** The index that edits made is the one that a new reading makes. */
    private static void assertSame(SipMessage<?> edited) {
        SipMessage<?> again = SipParser.parse(edited.bytes());
        assertThat(again.names()).isEqualTo(edited.names());
        for (String name : edited.names()) {
            assertThat(again.fields(name)).isEqualTo(edited.fields(name));
        }
        assertThat(again.body()).isEqualTo(edited.body());
    }

    @Test
    void replacesAllFieldsOfAName() {
        SipRequest edited = invite().with("Via", "SIP/2.0/TLS [2001:db8::1];branch=z9hG4bKx");
        assertThat(edited.values("v")).hasSize(1);
        assertThat(edited.via().host()).isEqualTo("[2001:db8::1]");
        assertSame(edited);
    }

    @Test
    void addsAndRemovesFields() {
        SipRequest edited =
                invite().withAdded("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK7")
                        .withAdded("X-New", "")
                        .withAdded("Route", "<sip:third.example.com;lr>")
                        .without("contact")
                        .without("X-Absent");
        assertThat(edited.values("Via").getLast()).contains("192.0.2.7");
        assertThat(edited.header("X-New")).contains("");
        assertThat(edited.values("X-New")).isEmpty();
        assertThat(edited.values("Route")).hasSize(3);
        assertThat(edited.contact()).isEmpty();
        assertSame(edited);
        assertSame(edited.withoutFirst("Via").withoutFirst("Via").withoutFirst("X-New"));
    }

    @Test
    void setsAndClearsTheBody() {
        SipRequest edited = invite().withBody("text/plain", bytes("hello"));
        assertThat(edited.header("Content-Length")).contains("5");
        assertThat(edited.contentType()).contains("text/plain");
        assertThat(edited.body()).isEqualTo(bytes("hello"));
        assertSame(edited);
        SipRequest empty = edited.withBody("text/plain", new byte[0]);
        assertThat(empty.contentType()).isEmpty();
        assertThat(empty.header("l")).contains("0");
        assertSame(empty);
    }

    @Test
    void makesRequests() {
        SipRequest made =
                SipRequest.of("MESSAGE", "sip:bob@example.net")
                        .withFirst("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
                        .with("From", "<sip:a@example.com>;tag=1")
                        .with("To", "<sip:bob@example.net>")
                        .with("Call-ID", "1")
                        .with("CSeq", "1 MESSAGE")
                        .withBody("text/plain", bytes("grüß"));
        assertThat(made.toString())
                .isEqualTo(
                        """
                        MESSAGE sip:bob@example.net SIP/2.0
                        Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
                        Max-Forwards: 70
                        Content-Length: 6
                        From: <sip:a@example.com>;tag=1
                        To: <sip:bob@example.net>
                        Call-ID: 1
                        CSeq: 1 MESSAGE
                        Content-Type: text/plain

                        grüß\
                        """
                                .replace("\n", "\r\n"));
        assertSame(made);
    }

    @Test
    void answersWithAllViasInOrder() {
        SipResponse ringing = SipResponse.to(invite(), 180);
        assertThat(ringing.code()).isEqualTo(180);
        assertThat(ringing.reason()).isEqualTo("Ringing");
        assertThat(ringing.provisional()).isTrue();
        assertThat(ringing.values("Via")).isEqualTo(invite().values("Via"));
        assertThat(ringing.fields("Via")).isEqualTo(invite().fields("Via"));
        assertThat(ringing.names())
                .isEqualTo(List.of("Via", "v", "From", "To", "Call-ID", "CSeq", "Content-Length"));
        assertSame(ringing);
        SipResponse refused = ringing.withStatus(603, "No");
        assertThat(refused.code()).isEqualTo(603);
        assertThat(refused.reason()).isEqualTo("No");
        assertThat(SipResponse.to(invite(), 299).success()).isTrue();
        assertSame(refused);
    }

    private static final String COMPACT =
            """
            INVITE sip:bob@example.net SIP/2.0
            v: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKa1
            Subject: lunch
            f: "Alice" <sip:alice@example.com>
             ;tag=a1
            Route: <sip:pcscf.example.com;lr>
            i: lmm-1@192.0.2.10
            VIA: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa0
            m: <sip:alice@192.0.2.10>
            t: <sip:bob@example.net>
            Record-Route: <sip:pcscf.example.com;lr>
            route: <sip:scscf.example.com;lr>
            cseq: 7 INVITE
            P-Preferred-Identity: <sip:alice@example.com>
            c: text/plain
            l: 4

            body\
            """
                    .replace("\n", "\r\n");

    @Test
    void aSkeletonHoldsWhatNamesARequestAndItsRoute() {
        assertThat(request(COMPACT).skeleton().toString())
                .isEqualTo(
                        """
                        INVITE sip:bob@example.net SIP/2.0
                        v: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKa1
                        f: "Alice" <sip:alice@example.com>
                         ;tag=a1
                        Route: <sip:pcscf.example.com;lr>
                        i: lmm-1@192.0.2.10
                        VIA: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa0
                        t: <sip:bob@example.net>
                        route: <sip:scscf.example.com;lr>
                        cseq: 7 INVITE

                        """
                                .replace("\n", "\r\n"));
        assertThat(invite().skeleton().names())
                .containsExactly("Via", "v", "Route", "From", "To", "Call-ID", "CSeq");
        assertThat(invite().skeleton().fields("Route")).isEqualTo(invite().fields("Route"));
    }

    /** Whether the request came, or is edited and nobody has wanted its bytes yet. */
    @Test
    void aSkeletonIsAnsweredAsItsRequestIs() {
        UnaryOperator<SipRequest> edits =
                m ->
                        m.withUri("sip:carol@far.away.example.org;transport=tcp")
                                .withVia(Via.parse("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKn"))
                                .with("To", m.to().withTag("t").toString())
                                .withoutFirst("Route")
                                .withAdded("Route", "<sip:last.example.com;lr>")
                                .withBody("text/plain", bytes("hello"))
                                .withAdded("X-New", "1");
        List<UnaryOperator<SipRequest>> all = List.of(m -> m, edits);
        for (String text : List.of(INVITE, COMPACT)) {
            for (UnaryOperator<SipRequest> edit : all) {
                SipRequest whole = edit.apply(request(text));
                SipRequest left = edit.apply(request(text)).skeleton();
                for (int code : new int[] {180, 200, 408, 486})
                    assertThat(SipResponse.to(left, code).bytes())
                            .isEqualTo(SipResponse.to(whole, code).bytes());
                assertThat(left.method()).isEqualTo("INVITE");
                assertThat(left.uri()).isEqualTo(whole.uri());
                assertThat(left.fields("Via")).isEqualTo(whole.fields("Via"));
                assertThat(left.fields("Route")).isEqualTo(whole.fields("Route"));
                assertThat(left.bodyLength()).isZero();
                assertThat(left.skeleton().bytes()).isEqualTo(left.bytes());
                assertThat(left.skeleton()).isSameAs(left);
                assertSameNames(left, whole);
                assertSame(left);
            }
        }
    }

    @Test
    void whatIsUnreadIsReadAgain() {
        SipRequest edited =
                invite().withVia(Via.parse("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKn"))
                        .with("To", "<sip:bob@example.net>;tag=t");
        for (SipMessage<?> read :
                List.of(
                        invite(),
                        request(COMPACT),
                        edited,
                        edited.skeleton(),
                        SipResponse.to(edited, 200))) {
            String before = read.toString();
            var via = read.via();
            var from = read.from();
            var to = read.to();
            var cseq = read.cseq();
            String callId = read.callId();
            read.unread();
            assertThat(read.via()).isEqualTo(via);
            assertThat(read.from()).isEqualTo(from);
            assertThat(read.to()).isEqualTo(to);
            assertThat(read.cseq()).isEqualTo(cseq);
            assertThat(read.callId()).isEqualTo(callId);
            assertThat(read.toString()).isEqualTo(before);
        }
    }

    private static void assertSameNames(SipMessage<?> one, SipMessage<?> other) {
        assertThat(one.via()).isEqualTo(other.via());
        assertThat(one.from()).isEqualTo(other.from());
        assertThat(one.to()).isEqualTo(other.to());
        assertThat(one.cseq()).isEqualTo(other.cseq());
        assertThat(one.callId()).isEqualTo(other.callId());
    }

    @Test
    void repeatsTheTimestampInA100Only() {
        SipRequest stamped = invite().with("Timestamp", "54");
        assertThat(SipResponse.to(stamped, 100).header("Timestamp")).contains("54");
        assertThat(SipResponse.to(stamped, 180).header("Timestamp")).isEmpty();
    }

    @Test
    void refusesToWriteALineBreakIntoAValue() {
        assertThatThrownBy(() -> invite().with("Subject", "a\r\nX-Injected: 1"))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> invite().with("Sub ject", "a")).isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> SipRequest.of("INVITE", "sip:a@b SIP/2.0\r\nX: y"))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> SipResponse.to(invite(), 700)).isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> SipResponse.to(invite(), 200, "OK\r\nX: y"))
                .isInstanceOf(SipSyntax.class);
    }

    @Test
    void changesOnlyTheFirstValue() {
        SipRequest edited =
                invite().without("Via")
                        .withFirst(
                                "Via",
                                "SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb")
                        .withFirstValue("Via", "SIP/2.0/UDP a;branch=z9hG4bKa;received=192.0.2.1");
        assertThat(edited.via().received()).contains("192.0.2.1");
        assertThat(edited.values("Via").get(1)).isEqualTo("SIP/2.0/UDP b;branch=z9hG4bKb");
    }

    /** Edits wait until somebody wants the bytes; when that is makes no difference. */
    @Test
    void editsInOneGoAreThoseOneByOne() {
        List<UnaryOperator<SipRequest>> edits =
                List.of(
                        m -> m.withFirst("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKn"),
                        m -> m.withFirstValue("v", "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKm"),
                        m -> m.withAdded("X-New", "1"),
                        m -> m.withAdded("x-new", "gr\u00fc\u00df"),
                        m -> m.withUri("sip:carol@example.net"),
                        m -> m.withoutFirst("Route"),
                        m -> m.with("From", m.from().withTag("n").toString()),
                        m -> m.withoutFirst("Route"),
                        m -> m.withAdded("Route", "<sip:last.example.com;lr>"),
                        m -> m.withBody("text/plain", bytes("hello")),
                        m -> m.with("X-NEW", m.header("X-New").orElseThrow() + m.uri()),
                        m -> m.without("Supported"),
                        m -> m.withFirst("Supported", m.via().host()),
                        m -> m.with("To", m.to().withTag("t").toString()),
                        m -> m.withoutFirst("To"),
                        m -> m.withFirst("To", m.contentType().orElseThrow()),
                        m -> m.with("To", "<sip:" + m.bodyLength() + "@example.net>"));
        SipRequest waiting = invite();
        SipRequest written = invite();
        for (UnaryOperator<SipRequest> edit : edits) {
            waiting = edit.apply(waiting);
            written = edit.apply(written);
            written.bytes();
        }
        assertThat(waiting.from()).isEqualTo(written.from());
        assertThat(waiting.to()).isEqualTo(written.to());
        assertThat(waiting.toString()).isEqualTo(written.toString());
        assertThat(waiting.toString())
                .startsWith("INVITE sip:carol@example.net SIP/2.0\r\n")
                .contains("\r\nX-NEW: 1sip:carol@example.net\r\n")
                .endsWith("\r\n\r\nhello");
        assertSame(waiting);
    }

    @Test
    void aChainOfEditsCopiesItsMessageOnce() {
        SipRequest large = invite().withBody("text/plain", new byte[1 << 20]);
        int length = large.bytes().length;
        routedThroughTenHops(large);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        byte[] sent = routedThroughTenHops(large).bytes();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sent.length).isGreaterThan(length);
        assertThat(allocated).isLessThan(2L * length);
    }

    private static SipRequest routedThroughTenHops(SipRequest request) {
        SipRequest routed = request;
        for (int i = 0; i < 10; i++) {
            routed = routed.withFirst("Record-Route", "<sip:hop" + i + ".example.com;lr>");
        }
        return routed;
    }

    @Test
    void carriesFieldsAsTheyCameButNoneThatCouldBeTakenForTwo() {
        var received =
                (SipRequest)
                        SipParser.parse(
                                """
                                INVITE sip:bob@example.net SIP/2.0
                                Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
                                From: <sip:alice@example.com>;tag=1
                                To: <sip:bob@example.net>
                                Call-ID: 1
                                CSeq: 1 INVITE
                                a: *;+one
                                X-Other: dropped
                                accept-contact: *;+two
                                s: hello
                                 P-Asserted-Identity: <sip:eve@example.com>
                                X-Kept:   as it   is
                                Content-Type: text/plain
                                Content-Length: 2

                                hi\
                                """
                                        .replace("\n", "\r\n")
                                        .getBytes(StandardCharsets.UTF_8));
        var names = FieldNames.of(List.of("Accept-Contact", "Subject", "x-kept"));
        var onward = SipRequest.carrying("INVITE", "sip:bob@192.0.2.9", received, names);
        assertThat(onward.toString())
                .isEqualTo(
                        """
                        INVITE sip:bob@192.0.2.9 SIP/2.0
                        a: *;+one
                        accept-contact: *;+two
                        X-Kept:   as it   is
                        Max-Forwards: 70
                        Content-Length: 0
                        s: hello P-Asserted-Identity: <sip:eve@example.com>

                        """
                                .replace("\n", "\r\n"));
        assertThat(onward.values("Accept-Contact")).containsExactly("*;+one", "*;+two");
        assertThat(onward.header("P-Asserted-Identity")).isEmpty();
        assertThat(onward.uri()).isEqualTo("sip:bob@192.0.2.9");
        assertThat(onward.sizeAtMost()).isEqualTo(onward.bytes().length);
    }
}

package io.posthorn.sip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The bad-input list, as far as a parser decides it, each row by its id. The requests of RFC 4475
 * are told again in their least form.
 */
class BadInputTest {

    private static final String HEAD =
            """
            Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx
            Max-Forwards: 70
            From: <sip:a@example.com>;tag=1
            To: <sip:b@example.net>
            Call-ID: c1@192.0.2.1
            CSeq: 7 INVITE
            Contact: <sip:a@192.0.2.1>
            Content-Length: 0
            """;

    private static final String START = "INVITE sip:b@example.net SIP/2.0\n";

    private static byte[] wire(String text) {
        return text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    /** An INVITE with one line changed. */
    private static byte[] invite(String name, String line) {
        return wire(START + with(name, line) + "\n");
    }

    private static String with(String name, String line) {
        StringBuilder out = new StringBuilder();
        for (String old : HEAD.split("\n")) {
            out.append(old.startsWith(name + ":") ? line : old + "\n");
        }
        return out.toString();
    }

    private static byte[] start(String startLine) {
        return wire(startLine + "\n" + HEAD + "\n");
    }

    private static byte[] ok(String statusLine) {
        return wire(statusLine + "\n" + HEAD + "\n");
    }

    private record Row(String id, int status, byte[] bytes) {}

    private static Row refused(String id, byte[] bytes) {
        return new Row(id, 400, bytes);
    }

    private static Row refused(String id, int status, byte[] bytes) {
        return new Row(id, status, bytes);
    }

    private static Row accepted(String id, byte[] bytes) {
        return new Row(id, 0, bytes);
    }

    private static final List<Row> ROWS =
            List.of(
                    accepted(
                            "SIP-001 odd folding, compact forms, white space",
                            wire(
                                    """
                                    INVITE sip:b@example.com;unknownparam SIP/2.0
                                    TO :
                                     sip:b@example.com ;   tag    = 1918181833n
                                    from   : "J \\\\\\""       <sip:a@example.com>
                                      ;
                                      tag = 98asjd8
                                    MaX-fOrWaRdS: 0068
                                    Call-ID: ws.1@192.0.2.1
                                    Content-Length   : 0
                                    cseq: 0009
                                      INVITE
                                    Via  : SIP  /   2.0
                                     /UDP
                                        192.0.2.2;branch=z9hG4bK390skdjuw
                                    s :
                                    NewFangled:   value
                                     continued
                                    Odd: ;;,,;;,;
                                    v:  SIP  / 2.0  / TCP     spindle.example.com   ;
                                      branch  =   z9hG4bK9ikj8  ,
                                     SIP  /    2.0   / UDP  192.168.255.111   ; branch=
                                     z9hG4bK30239
                                    m:"Quoted \\"\\"" <sip:j@example.com> ; newparam =
                                          newvalue ;
                                      secondparam ; q = 0.33

                                    """)),
                    accepted(
                            "SIP-002 method of every token character",
                            wire(
                                    "!i.n-v%i*t_e+`u'o~ sip:b@example.com SIP/2.0\n"
                                            + with("CSeq", "CSeq: 7 !i.n-v%i*t_e+`u'o~\n")
                                            + "X!-.%*+`'~_: \ufeff大\n\n")),
                    accepted(
                            "SIP-002 escaped control characters in a display name",
                            invite("To", "To: \"B:\\\u0007 N:\\\0 D:\\\u007f\" <sip:b@c.d>\n")),
                    accepted(
                            "SIP-003 escapes in the user part",
                            start("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0")),
                    accepted(
                            "SIP-004 escaped NUL in the user part",
                            start("INVITE sip:null-%00-null@example.com SIP/2.0")),
                    refused(
                            "SIP-005 escapes in a method are not decoded",
                            wire(
                                    "RE%47IST%45R sip:example.com SIP/2.0\n"
                                            + with("CSeq", "CSeq: 1 REGISTER\n")
                                            + "\n")),
                    accepted(
                            "SIP-006 no space between display name and bracket",
                            invite("From", "From: caller<sip:a@example.com>;tag=1\n")),
                    accepted(
                            "SIP-007 long values",
                            invite("Call-ID", "Call-ID: " + "c".repeat(8_000) + "\n")),
                    accepted(
                            "SIP-008 extra octets after the body",
                            wire(START + HEAD + "\nREGISTER sip:x SIP/2.0\n\n")),
                    accepted(
                            "SIP-009 semicolon in the user part",
                            start("INVITE sip:user;par=u%40example.net@example.com SIP/2.0")),
                    accepted(
                            "SIP-010 unknown transports",
                            invite(
                                    "Via",
                                    "Via: SIP/2.0/UDP a;branch=z9hG4bK1\n"
                                            + "Via: SIP/2.0/SCTP b;branch=z9hG4bK2\n"
                                            + "Via: SIP/2.0/UNKNOWN c;branch=z9hG4bK3\n")),
                    accepted("SIP-012 UTF-8 reason", ok("SIP/2.0 200 = 2**3 * 5**2 но сто")),
                    accepted("SIP-012 no reason", ok("SIP/2.0 100 ")),
                    accepted("SIP-012 no reason and no space", ok("SIP/2.0 100")),
                    refused(
                            "SIP-013 stray semicolons in Contact",
                            invite("Contact", "Contact: \"Joe\" <sip:joe@example.org>;;;;\n")),
                    refused(
                            "SIP-013 stray commas in Via",
                            invite("Via", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,\n")),
                    refused("SIP-013 empty From", invite("From", "From:\n")),
                    refused(
                            "SIP-014 Content-Length above the datagram",
                            invite("Content-Length", "Content-Length: 9999\n")),
                    refused(
                            "SIP-015 negative Content-Length",
                            invite("Content-Length", "Content-Length: -999\n")),
                    refused(
                            "SIP-016 CSeq above its range",
                            invite("CSeq", "CSeq: 36893488147419103232 INVITE\n")),
                    refused(
                            "SIP-016 Max-Forwards above its range",
                            invite("Max-Forwards", "Max-Forwards: 300\n")),
                    refused(
                            "SIP-016 Expires above its range",
                            invite("Contact", "Expires: 10000000000000000000\n")),
                    refused(
                            "SIP-016 Contact expires above its range",
                            invite("Contact", "Contact: <sip:a@b>;expires=280297596632815\n")),
                    refused(
                            "SIP-016 q above its range",
                            invite("Contact", "Contact: <sip:a@b;q=0>;x=\";\";q=1.001\n")),
                    refused(
                            "SIP-017 CSeq above its range in a response",
                            wire(
                                    "SIP/2.0 503 No\n"
                                            + with("CSeq", "CSeq: 9292394834772304023312 OPTIONS\n")
                                            + "\n")),
                    refused(
                            "SIP-017 Retry-After above its range",
                            wire(
                                    "SIP/2.0 503 No\n"
                                            + HEAD
                                            + "Retry-After: 949302838503028349304023988\n\n")),
                    refused(
                            "SIP-018 quoted string without end",
                            invite("To", "To: \"Mr. J. User <sip:j.user@example.com>\n")),
                    refused(
                            "SIP-018 quoted string without end in Contact",
                            invite("Contact", "Contact: \"Mr <sip:j.user@example.com>\n")),
                    refused(
                            "SIP-019 Request-URI in brackets",
                            start("INVITE <sip:user@example.com> SIP/2.0")),
                    refused(
                            "SIP-020 space inside the Request-URI",
                            start("INVITE sip:user@example.com; lr SIP/2.0")),
                    refused(
                            "SIP-021 two spaces in the start line",
                            start("INVITE  sip:user@example.com SIP/2.0")),
                    refused(
                            "SIP-021 two spaces before the version",
                            start("INVITE sip:user@example.com  SIP/2.0")),
                    refused(
                            "SIP-021 space after the version",
                            start("INVITE sip:user@example.com SIP/2.0 ")),
                    refused(
                            "SIP-022 headers in the Request-URI",
                            start("INVITE sip:user@example.com?Route=%3Csip:a%3E SIP/2.0")),
                    accepted(
                            "SIP-023 Date of another zone",
                            invite("Contact", "Date: Fri, 01 Jan 2010 16:00:00 EST\n")),
                    refused(
                            "SIP-024 question mark outside brackets",
                            invite("Contact", "Contact: sip:user@example.com?Route=%3Csip:a%3E\n")),
                    refused(
                            "SIP-024 spaces in an address",
                            invite("To", "To: \"W, T\" < sip:t@example.org >\n")),
                    refused(
                            "SIP-025 unquoted display name of no tokens",
                            invite(
                                    "To",
                                    "To: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\n")),
                    refused(
                            "SIP-026 another version",
                            505,
                            start("INVITE sip:t@example.com SIP/7.0")),
                    refused("SIP-027 CSeq of another method", invite("CSeq", "CSeq: 8 INFO\n")),
                    refused(
                            "SIP-027 CSeq of another method, unknown",
                            wire(
                                    "NEWMETHOD sip:user@example.com SIP/2.0\n"
                                            + with("CSeq", "CSeq: 8 INVITE\n")
                                            + "\n")),
                    refused(
                            "SIP-028 status code that would wrap",
                            ok("SIP/2.0 4294967301 better not break")),
                    refused("SIP-028 status code below 100", ok("SIP/2.0 099 no")),
                    refused("SIP-028 status code above 699", ok("SIP/2.0 700 no")),
                    refused(
                            "SIP-029 cookie alone",
                            invite("Via", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK\n")),
                    refused("SIP-030 no To", invite("To", "")),
                    refused("SIP-030 no From", invite("From", "")),
                    refused("SIP-030 no Call-ID", invite("Call-ID", "")),
                    refused("SIP-030 no CSeq", invite("CSeq", "")),
                    refused("SIP-030 no Via", invite("Via", "")),
                    refused("SIP-031 unknown scheme", 416, start("INVITE name:John SIP/2.0")),
                    refused(
                            "SIP-031 known scheme of something else",
                            416,
                            start("INVITE soap.beep://192.0.2.103:3002 SIP/2.0")),
                    accepted(
                            "SIP-034 unknown Authorization scheme",
                            invite("Contact", "Authorization: NoOne opaque=\"x\", other\n")),
                    refused("SIP-035 two From", wire(START + HEAD + "f: <sip:x@y>;tag=2\n\n")),
                    refused("SIP-035 two To", wire(START + HEAD + "t: <sip:x@y>\n\n")),
                    refused("SIP-035 two Call-ID", wire(START + HEAD + "i: other\n\n")),
                    refused("SIP-035 two CSeq", wire(START + HEAD + "CSeq: 7 INVITE\n\n")),
                    refused("SIP-035 two Max-Forwards", wire(START + HEAD + "Max-Forwards: 1\n\n")),
                    refused(
                            "SIP-035 two Content-Type",
                            wire(START + HEAD + "c: text/plain\nContent-Type: a/b\n\n")),
                    refused("SIP-036 two Content-Length", wire(START + HEAD + "l: 0\n\n")),
                    accepted(
                            "SIP-040 no branch: for the transport to decide",
                            invite("Via", "Via: SIP/2.0/UDP iftgw.example.com\n")),
                    refused(
                            "SIP-041 IPv6 without brackets",
                            start("INVITE sip:2001:db8::10 SIP/2.0")),
                    accepted(
                            "SIP-042 port inside the brackets",
                            start("INVITE sip:[2001:db8::10:5070] SIP/2.0")),
                    accepted(
                            "SIP-043 received with brackets",
                            invite(
                                    "Via",
                                    "Via: SIP/2.0/UDP [2001:db8::9];received=[2001:db8::9]"
                                            + ";branch=z9hG4bKas3\n")),
                    accepted(
                            "SIP-043 received without brackets",
                            invite(
                                    "Via",
                                    "Via: SIP/2.0/UDP [2001:db8::9];received=2001:db8::9"
                                            + ";branch=z9hG4bKas3\n")),
                    accepted(
                            "SIP-044 mapped address",
                            start("INVITE sip:b@[::ffff:192.0.2.10] SIP/2.0")),
                    refused(
                            "SIP-044 three colons in a Via",
                            invite(
                                    "Via",
                                    "Via: SIP/2.0/UDP [2001:db8:::192.0.2.1];branch=z9hG4bK1\n")),
                    refused(
                            "SIP-044 three colons in the Request-URI",
                            start("INVITE sip:b@[2001:db8:::1] SIP/2.0")),
                    refused(
                            "SIP-045 control character before the colon",
                            invite("To", "To\u0001: <sip:b@example.net>\n")),
                    refused(
                            "SIP-045 NUL before the colon",
                            invite("To", "To\0: <sip:b@example.net>\n")),
                    refused(
                            "SIP-060 Content-Length of two billion",
                            invite("Content-Length", "Content-Length: 2000000000\n")),
                    refused(
                            "SIP-062 too many fields",
                            513,
                            wire(START + HEAD + "X: y\n".repeat(128) + "\n")),
                    refused(
                            "SIP-062 field too long",
                            513,
                            wire(START + HEAD + "X: " + "y".repeat(8_200) + "\n\n")),
                    refused(
                            "SIP-062 folded field too long",
                            513,
                            wire(START + HEAD + "X: y" + "\n y".repeat(3_000) + "\n\n")),
                    refused(
                            "SIP-062 head too long",
                            513,
                            wire(
                                    START
                                            + HEAD
                                            + ("X: " + "y".repeat(5_000) + "\n").repeat(4)
                                            + "\n")),
                    refused(
                            "SIP-061 body too long",
                            413,
                            wire(
                                    START
                                            + with("Content-Length", "Content-Length: 70000\n")
                                            + "\n"
                                            + "b".repeat(70_000))),
                    refused("SIP-066 HTTP", wire("GET / HTTP/1.1\nHost: example.com\n\n")),
                    refused("SIP-066 MSRP", wire("MSRP a786 SEND\nTo-Path: msrp://a:1/b;tcp\n\n")),
                    refused("SIP-066 TLS", new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}),
                    refused("SIP-066 nothing", new byte[0]),
                    refused("SIP-066 line breaks only", wire("\n\n\n")),
                    refused("SIP-069 bare CR", raw("Subject: a\rX: y\r\n")),
                    refused("SIP-069 bare LF", raw("Subject: a\nX: y\r\n")),
                    refused("SIP-069 NUL", raw("Subject: a\0b\r\n")),
                    refused("SIP-069 bare LF as fold", raw("Subject: a\n b\r\n")),
                    refused("SIP-069 LF LF as end", raw("Subject: a\n\n")),
                    refused("SIP-070 overlong", utf8(0xc0, 0xaf)),
                    refused("SIP-070 surrogate", utf8(0xed, 0xa0, 0x80)),
                    refused("SIP-070 beyond Unicode", utf8(0xf4, 0x90, 0x80, 0x80)),
                    refused("SIP-070 cut off", utf8(0xe2, 0x82)),
                    refused("SIP-070 alone", utf8(0x80)),
                    accepted("SIP-070 well-formed", utf8(0xf0, 0x9f, 0x93, 0xaf)),
                    refused("SIP-095 CSeq of 2^31", invite("CSeq", "CSeq: 2147483648 INVITE\n")),
                    accepted("SIP-095 CSeq below", invite("CSeq", "CSeq: 2147483647 INVITE\n")),
                    accepted(
                            "SIP-114 escaped space",
                            invite("From", "From: \"\\ \" <sip:a@example.com>;tag=1\n")),
                    refused(
                            "SIP-114 lone backslash",
                            invite("From", "From: \"\\\" <sip:a@example.com>;tag=1\n")),
                    refused(
                            "SIP-114 backslash at the very end",
                            invite("From", "From: \"abc\\\n")));

    /** Not by {@link #wire}: line breaks as they are written. */
    private static byte[] raw(String line) {
        String head = (START + HEAD).replace("\n", "\r\n");
        return (head + line + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] utf8(int... octets) {
        byte[] start = (START + HEAD).replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
        byte[] subject = "Subject: ".getBytes(StandardCharsets.UTF_8);
        byte[] end = "\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        byte[] out =
                Arrays.copyOf(start, start.length + subject.length + octets.length + end.length);
        int at = start.length;
        System.arraycopy(subject, 0, out, at, subject.length);
        at += subject.length;
        for (int octet : octets) {
            out[at++] = (byte) octet;
        }
        System.arraycopy(end, 0, out, at, end.length);
        return out;
    }

    @TestFactory
    Stream<DynamicTest> getsItsDefinedAnswer() {
        return ROWS.stream()
                .map(row ->
                        DynamicTest.dynamicTest(
                                row.id(),
                                () -> {
                                    if (row.status() == 0) {
                                        accepts(row.bytes());
                                    } else {
                                        refuses(row.bytes(), row.status());
                                    }
                                }));
    }

    private static void accepts(byte[] bytes) {
        SipMessage<?> message = SipParser.parse(bytes);
        // Everything that is asked for of any message can be told.
        message.via();
        message.from();
        message.to();
        message.cseq();
        message.callId();
        message.contact();
        message.values("Via").forEach(Via::parse);
        assertThat(message.bytes()).isEqualTo(Arrays.copyOf(bytes, message.bytes().length));
        assertThat(SipParser.parse(message.bytes()).names()).isEqualTo(message.names());
    }

    private static void refuses(byte[] bytes, int status) {
        SipSyntax why = catchThrowableOfType(SipSyntax.class, () -> SipParser.parse(bytes));
        assertThat(why).isNotNull();
        assertThat(why.status()).as(why.getMessage()).isEqualTo(status);
        SipParser.tryAnswer(bytes, why)
                .ifPresent(answer -> {
                    assertThat(answer.code()).isEqualTo(status);
                    assertThat(answer.via()).isNotNull();
                });
    }

    /** No input, cut or changed anywhere, makes anything but a message or a SipSyntax. */
    @TestFactory
    Stream<DynamicTest> neverFailsOtherwise() {
        return ROWS.stream()
                .filter(row -> row.bytes().length < 2_000)
                .map(row -> DynamicTest.dynamicTest(row.id(), () -> mutate(row.bytes())));
    }

    private static void mutate(byte[] bytes) {
        byte[] nasty = {0, '\r', '\n', ' ', '"', '\\', '<', '>', ';', ',', ':', '[', '%', -1, '9'};
        for (int i = 0; i < bytes.length; i++) {
            attempt(Arrays.copyOf(bytes, i));
            byte[] changed = bytes.clone();
            changed[i] = nasty[i % nasty.length];
            attempt(changed);
            changed[i] = nasty[(i * 7 + 3) % nasty.length];
            attempt(changed);
        }
    }

    private static void attempt(byte[] bytes) {
        try {
            SipMessage<?> message = SipParser.parse(bytes);
            message.via();
            message.from();
            message.to();
            message.cseq();
            message.contact();
            message.values("Via").forEach(Via::parse);
            message.addresses("Contact");
        } catch (SipSyntax refused) {
            SipParser.tryAnswer(bytes, refused).ifPresent(SipResponse::via);
        }
        try {
            int end = SipParser.headEnd(bytes, 0, bytes.length);
            if (end > 0) {
                SipParser.contentLength(bytes, 0, end);
            }
        } catch (SipSyntax lost) {
            assertThat(lost.position()).isNotNegative();
        }
    }
}

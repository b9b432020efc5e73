package io.posthorn.cpm.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.cpm.policy.Warnings;
import io.posthorn.msrp.session.Admission;
import io.posthorn.msrp.session.Head;
import io.posthorn.msrp.session.Media;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.Outgoing;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.BodySource;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescriptionTest {

    private static final Warnings WARNINGS = new Warnings("pf", Warnings.Numbers.RCS);
    private static final String OFFER =
            """
            v=0
            o=alice 1 1 IN IP4 192.0.2.10
            s=-
            c=IN IP4 192.0.2.10
            t=0 0
            m=message 7654 TCP/MSRP *
            a=accept-types:message/cpim text/plain
            a=accept-wrapped-types:*
            a=setup:actpass
            a=path:msrp://192.0.2.10:7654/A;tcp
            a=file-selector:size:1000
            a=msrp-cema
            a=x-unknown:kept
            a=sendonly
            """
                    .replace("\n", "\r\n");

    private static final String FURTHER =
            OFFER.replace("sendonly", "recvonly").replace("actpass", "active");

    /** As handsets of carriers offer: TLS, IPv6, CEMA, a certificate of their own. */
    private static final String CARRIER =
            """
            v=0
            o=- 3826514 3826514 IN IP6 2001:db8:85a3::8a2e:370:7334
            s=-
            c=IN IP6 2001:db8:85a3::8a2e:370:7334
            t=0 0
            m=message 49154 TCP/TLS/MSRP *
            a=accept-types:message/cpim application/im-iscomposing+xml
            a=accept-wrapped-types:text/plain application/vnd.gsma.rcs-ft-http+xml message/imdn+xml
            a=setup:actpass
            a=connection:new
            a=path:msrps://[2001:db8:85a3::8a2e:370:7334]:49154/1717000000005;tcp
            a=fingerprint:SHA-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1
            a=msrp-cema
            a=sendonly
            """
                    .replace("\n", "\r\n");

    @Test
    void whatCarriersOfferIsTakenUnedited() {
        var offer = offered(CARRIER);
        assertThat(offer.secure()).isTrue();
        assertThat(offer.media().fingerprints().getFirst()).startsWith("sha-256 4A:AD:B9");
        var session = session("U", true);
        var answer = text(offer.answer(session, answered(FURTHER), PathMode.PREPEND, 1 << 20));
        assertThat(answer)
                .contains("m=message 2855 TCP/TLS/MSRP *\r\n")
                .contains("a=path:msrps://198.51.100.1:2855/U;tcp ")
                .contains("a=fingerprint:sha-256 00:11\r\na=fingerprint:sha-256 22:33\r\n")
                .contains("a=setup:passive\r\n")
                .doesNotContain("cema", "connection:new", "4A:AD");
        assertThat(text(offer.answer(session, answered(FURTHER), PathMode.TERMINATE, 1 << 20)))
                .contains("a=path:msrps://198.51.100.1:2855/U;tcp\r\n", "a=msrp-cema\r\n");
        // A leg further on is described as that leg is.
        assertThat(text(offer.onwardOffer(session("D"), PathMode.PREPEND, 1 << 20)))
                .contains("m=message 2855 TCP/MSRP *\r\n")
                .doesNotContain("fingerprint", "cema", "connection:new");
        assertThat(offer.media(PathMode.TERMINATE).place())
                .isEqualTo("2001:db8:85a3::8a2e:370:7334:49154");
        assertThat(offer.media(PathMode.PREPEND).place()).isNull();
    }

    @Test
    void prependsItsUriAndKeepsWhatItDoesNotKnow() {
        var offer = offered(OFFER);
        var onward = text(offer.onwardOffer(session("D"), PathMode.PREPEND, 1 << 20));
        assertThat(onward)
                .contains("a=path:msrp://198.51.100.1:2855/D;tcp msrp://192.0.2.10:7654/A;tcp\r\n")
                .contains("m=message 2855 TCP/MSRP *\r\n")
                .contains("c=IN IP4 198.51.100.1\r\n")
                .contains("a=setup:actpass\r\n")
                .contains("a=sendonly\r\n")
                .contains("a=accept-types:message/cpim\r\n")
                .contains("a=file-selector:size:1000\r\n")
                .contains("a=x-unknown:kept\r\n")
                .doesNotContain("cema")
                .doesNotContain("o=alice");
        assertThat(text(offer.onwardOffer(session("D"), PathMode.TERMINATE, 1 << 20)))
                .contains("a=path:msrp://198.51.100.1:2855/D;tcp\r\n");
    }

    @Test
    void answersForBothSides() {
        var offer = offered(OFFER);
        var further =
                answered(
                        OFFER.replace("/A;", "/B;")
                                .replace("sendonly", "recvonly\r\na=max-size:500")
                                .replace("actpass", "active"));
        var answer = text(offer.answer(session("U"), further, PathMode.PREPEND, 400));
        assertThat(answer)
                .contains("a=path:msrp://198.51.100.1:2855/U;tcp msrp://192.0.2.10:7654/B;tcp\r\n")
                .contains("a=setup:passive\r\n")
                .contains("a=recvonly\r\n")
                .contains("a=max-size:400\r\n")
                .doesNotContain("file-selector")
                .doesNotContain("cema");
    }

    /** RFC 4145, RFC 6135: what a function (passive) and a client (active) say to an offer. */
    @ParameterizedTest
    @CsvSource({
        "a=setup:actpass, passive, active",
        "a=setup:active,  passive, passive",
        "a=setup:passive, active,  active",
        "a=x:1,           passive, passive",
    })
    void choosesWhoDials(String offered, String function, String client) {
        var offer = offered(OFFER.replace("a=setup:actpass", offered));
        var further = answered(OFFER.replace("sendonly", "recvonly").replace("actpass", "active"));
        assertThat(text(offer.answer(session("U"), further, PathMode.PREPEND, 400)))
                .contains("a=setup:" + function + "\r\n");
        assertThat(text(offer.receive(session("R"), 400)))
                .contains("a=setup:" + client + "\r\n")
                .contains("a=recvonly\r\n")
                .contains("a=accept-types:message/cpim\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "a=sendonly,                                a=recvonly,                  488",
        "a=sendonly,                                a=inactive,                  488",
        "a=setup:actpass,                           a=setup:holdconn,            488",
        "a=accept-types:message/cpim text/plain,    a=accept-types:image/png,    488",
        "a=accept-types:message/cpim text/plain,    a=x:1,                       488",
        "a=path:msrp://192.0.2.10:7654/A;tcp,       a=x:1,                       488",
        "a=path:msrp://192.0.2.10:7654/A;tcp,       a=path:nonsense,             488",
        "m=message 7654 TCP/MSRP *,                 m=audio 7654 RTP/AVP 0,      488",
        "v=0,                                       v=nonsense,                  400",
    })
    void refusesOffersThatCannotBe(String line, String instead, int code) {
        assertRejected(OFFER.replace(line, instead), code);
    }

    @Test
    void acceptsEveryFormOfTheType() {
        offered(OFFER.replace("message/cpim text/plain", "*"));
        offered(OFFER.replace("message/cpim text/plain", "message/*"));
    }

    @Test
    void refusesOtherMediaInTheAnswer() {
        var two = OFFER + "m=audio 9 RTP/AVP 0\r\n";
        assertThat(text(offered(two).receive(session("R"), 400))).contains("m=audio 0 RTP/AVP 0");
    }

    @Test
    void aBodyOfAnotherTypeIsNotUnderstood() {
        var invite = invite().withBody("text/plain", new byte[] {1});
        assertThatThrownBy(() -> Description.offered(invite, WARNINGS))
                .isInstanceOfSatisfying(
                        Rejection.class, refused -> assertThat(refused.code()).isEqualTo(415));
        assertThatThrownBy(() -> Description.offered(invite(), WARNINGS))
                .isInstanceOfSatisfying(
                        Rejection.class, refused -> assertThat(refused.code()).isEqualTo(488));
    }

    @Test
    void findsAndReplacesTheDescriptionAmongOtherParts() {
        var body =
                "--b\r\nContent-Type: application/sdp\r\n\r\n"
                        + OFFER
                        + "\r\n--b\r\nContent-Type: message/cpim\r\n\r\nkept\r\n--b--\r\n";
        var invite =
                invite().withBody(
                                "multipart/mixed;boundary=b",
                                body.getBytes(StandardCharsets.UTF_8));
        var offer = Description.offered(invite, WARNINGS);
        var onward = offer.replacedIn(invite(), invite, "new".getBytes(StandardCharsets.UTF_8));
        assertThat(text(onward.body())).contains("\r\nnew\r\n").contains("kept");
        assertThat(onward.contentType()).contains("multipart/mixed");
    }

    private static void assertRejected(String sdp, int code) {
        assertThatThrownBy(() -> offered(sdp))
                .isInstanceOfSatisfying(
                        Rejection.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo(code);
                            assertThat(refused.headers()).containsKey("Warning");
                        });
    }

    private static Description offered(String sdp) {
        return Description.offered(
                invite().withBody("application/sdp", sdp.getBytes(StandardCharsets.UTF_8)),
                WARNINGS);
    }

    private static Description answered(String sdp) {
        return Description.answered(
                SipResponse.to(invite(), 200)
                        .withBody("application/sdp", sdp.getBytes(StandardCharsets.UTF_8)));
    }

    private static SipRequest invite() {
        return SipRequest.of("INVITE", "sip:bob@example.net")
                .with("Via", "SIP/2.0/TCP 192.0.2.10;branch=z9hG4bKa1")
                .with("From", "<sip:alice@example.com>;tag=a1")
                .with("To", "<sip:bob@example.net>")
                .with("Call-ID", "lmm-1")
                .with("CSeq", "1 INVITE");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static MsrpSession session(String id) {
        return session(id, false);
    }

    private static MsrpSession session(String id, boolean secure) {
        return new MsrpSession() {
            @Override
            public boolean secure() {
                return secure;
            }

            @Override
            public List<String> fingerprints() {
                return secure ? List.of("sha-256 00:11", "sha-256 22:33") : List.of();
            }

            @Override
            public String id() {
                return id;
            }

            @Override
            public String uri() {
                return (secure ? "msrps" : "msrp") + "://198.51.100.1:2855/" + id + ";tcp";
            }

            @Override
            public InetSocketAddress at() {
                return new InetSocketAddress("198.51.100.1", 2855);
            }

            @Override
            public void start(Media ours, Media theirs) {}

            @Override
            public Outgoing send(Head head, BodySource body) {
                throw new IllegalStateException("only described");
            }

            @Override
            public void relay(MsrpSession onward, Admission admission) {}

            @Override
            public void cut(int code) {
                throw new AssertionError("not called");
            }

            @Override
            public void close() {}
        };
    }
}

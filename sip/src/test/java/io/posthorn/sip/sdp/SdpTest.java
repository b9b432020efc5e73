package io.posthorn.sip.sdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SdpTest {

    private static final String PATH = "msrp://192.0.2.10:7654/jshA7weztas;tcp";

    private static final String OFFER =
            """
            v=0
            o=alice 2890844526 2890844526 IN IP4 192.0.2.10
            s=-
            c=IN IP4 192.0.2.10
            t=0 0
            m=message 7654 TCP/MSRP *
            a=accept-types:message/cpim
            a=accept-wrapped-types:*
            a=setup:actpass
            a=path:msrp://192.0.2.10:7654/jshA7weztas;tcp
            a=sendonly
            """
                    .replace("\n", "\r\n");

    private static MsrpMedia msrp(String sdp) {
        return MsrpMedia.of(Sdp.parse(sdp));
    }

    private static String with(String line, String other) {
        assertThat(OFFER).contains(line);
        return OFFER.replace(line, other);
    }

    private static String and(String line) {
        return OFFER + line + "\r\n";
    }

    private static String tls(String line) {
        return and(line).replace("TCP/MSRP", "TCP/TLS/MSRP").replace("path:msrp:", "path:msrps:");
    }

    private record Row(String id, int status, String sdp) {}

    private static final String SELECTOR = "a=file-selector:";

    private static final String SHA256 = String.join(":", Collections.nCopies(32, "aB"));

    private static final List<Row> ROWS =
            List.of(
                    new Row("SDP-001 no path", 488, with("a=path:" + PATH + "\r\n", "")),
                    new Row("SDP-001 empty path", 488, with(PATH, "")),
                    new Row("SDP-002 two", 0, with(PATH, PATH + " " + PATH)),
                    new Row("SDP-002 eight", 0, with(PATH, (PATH + " ").repeat(8).strip())),
                    new Row("SDP-002 nine", 488, with(PATH, (PATH + " ").repeat(9))),
                    new Row("SDP-002 fifty", 488, with(PATH, (PATH + " ").repeat(50))),
                    new Row("SDP-002 two lines", 488, and("a=path:" + PATH)),
                    new Row("SDP-004 port 0", 488, with("10:7654/", "10:0/")),
                    new Row("SDP-004 port 65536", 488, with("10:7654/", "10:65536/")),
                    new Row("SDP-004 port text", 488, with("10:7654/", "10:http/")),
                    new Row("SDP-004 port 22", 488, with("10:7654/", "10:22/")),
                    new Row("SDP-004 no port", 0, with("10:7654/", "10/")),
                    new Row("SDP-004 no session", 488, with("jshA7weztas", "")),
                    new Row("SDP-004 no transport", 488, with(";tcp", "")),
                    new Row("SDP-004 other scheme", 488, with("msrp://", "http://")),
                    new Row("SDP-005 msrps over TCP", 488, with("msrp://", "msrps://")),
                    new Row("SDP-005 msrp over TLS", 488, with("TCP/MSRP", "TCP/TLS/MSRP")),
                    new Row("SDP-006 not ASCII", 400, with("TCP/MSRP", "TCP/\u00c4/MSRP")),
                    new Row("SDP-006 other protocol", 488, with("TCP/MSRP", "UDP/MSRP")),
                    new Row("SDP-008 star", 0, with("types:message/cpim", "types:*")),
                    new Row("SDP-008 many", 488, with("message/cpim", "text/plain ".repeat(129))),
                    new Row("SDP-008 none", 488, with("a=accept-types:message/cpim\r\n", "")),
                    new Row("SDP-008 no type", 488, with("message/cpim", "a(b")),
                    new Row("SDP-009 holdconn", 488, with("actpass", "holdconn")),
                    new Row("SDP-009 unknown", 488, with("actpass", "maybe")),
                    new Row("SDP-010 none", 0, with("a=setup:actpass\r\n", "")),
                    new Row("SDP-013 md5", 488, tls("a=fingerprint:md5 AB:CD")),
                    new Row("SDP-013 short", 488, tls("a=fingerprint:sha-256 AB:CD")),
                    new Row(
                            "SDP-013 odd",
                            488,
                            tls("a=fingerprint:sha-256 " + SHA256.replaceFirst("aB", "aX"))),
                    new Row("SDP-013 sha-256", 0, tls("a=fingerprint:SHA-256 " + SHA256)),
                    new Row("SDP-015 size 0", 488, and(SELECTOR + "size:0")),
                    new Row("SDP-015 size -1", 488, and(SELECTOR + "size:-1")),
                    new Row("SDP-015 huge", 488, and(SELECTOR + "size:99999999999999")),
                    new Row("SDP-015 wraps", 488, and(SELECTOR + "size:18446744073709551617")),
                    new Row("SDP-015 NUL", 488, and(SELECTOR + "name:\"a%00b\" size:1")),
                    new Row("SDP-015 CRLF", 488, and(SELECTOR + "name:\"a%0D%0Ab\" size:1")),
                    new Row("SDP-015 open", 488, and(SELECTOR + "name:\"a")),
                    new Row("SDP-015 dots", 0, and(SELECTOR + "name:\"../../a\" size:1")),
                    new Row("SDP-018 backwards", 488, and("a=file-range:100-50")),
                    new Row("SDP-018 beyond", 488, and(SELECTOR + "size:10\r\na=file-range:1-11")),
                    new Row("SDP-018 open end", 0, and("a=file-range:1-*")),
                    new Row("SDP-019 max-size text", 488, and("a=max-size:many")),
                    new Row("SDP-022 no v", 400, with("v=0\r\n", "")),
                    new Row("SDP-022 no o", 400, OFFER.replaceFirst("o=.*\r\n", "")),
                    new Row("SDP-022 no s", 400, with("s=-\r\n", "")),
                    new Row("SDP-022 no t", 400, with("t=0 0\r\n", "")),
                    new Row("SDP-022 version 1", 400, with("v=0", "v=1")),
                    new Row("SDP-022 512 KiB", 400, and("a=" + "x".repeat(524_288))),
                    new Row("SDP-022 10k lines", 400, OFFER + "a=x\r\n".repeat(10_000)),
                    new Row("SDP-022 257 lines", 400, OFFER + "a=x\r\n".repeat(252)),
                    new Row("SDP-022 long line", 400, and("a=" + "x".repeat(9_000))),
                    new Row("SDP-022 empty", 400, ""),
                    new Row("SDP-022 empty line", 400, with("t=0 0\r\n", "t=0 0\r\n\r\n")),
                    new Row("SDP-022 no line", 400, and("hello")),
                    new Row("SDP-022 NUL", 400, and("a=\0")),
                    new Row("SDP-022 no c", 488, with("c=IN IP4 192.0.2.10\r\n", "")),
                    new Row("SDP-022 wrong c", 400, with("c=IN IP4 192", "c=IN IP4 <192")),
                    new Row("SDP-022 no media", 488, OFFER.replaceFirst("(?s)m=.*", "")),
                    new Row("SDP-022 refused media", 488, with("message 7654", "message 0")),
                    new Row("SDP-023 LF only", 0, OFFER.replace("\r\n", "\n")),
                    new Row("SDP-023 no last end", 0, OFFER.strip()),
                    new Row("SDP-025 payload type", 488, and("m=audio 1 RTP/AVP 4294967296")),
                    new Row("SDP-025 media port", 488, with("message 7654", "message 4294967296")));

    @TestFactory
    Stream<DynamicTest> getsItsDefinedAnswer() {
        return ROWS.stream()
                .map(row ->
                        DynamicTest.dynamicTest(
                                row.id(),
                                () -> {
                                    SdpSyntax why =
                                            catchThrowableOfType(
                                                    SdpSyntax.class, () -> msrp(row.sdp()));
                                    assertThat(why == null ? 0 : why.status())
                                            .as(String.valueOf(why))
                                            .isEqualTo(row.status());
                                }));
    }

    @Test
    void refusesWhatIsNotUtf8() {
        byte[] bytes = OFFER.getBytes(StandardCharsets.UTF_8);
        bytes[OFFER.indexOf("MSRP")] = (byte) 0xc4;
        assertThatThrownBy(() -> Sdp.parse(bytes)).isInstanceOf(SdpSyntax.class);
    }

    @Test
    void printsWhatItRead() {
        String odd =
                OFFER.replace("s=-", "s= ")
                        + "a=x-odd: kept ;as  it stands \r\ni=\u00e4\r\nm=audio 0/2 RTP/AVP 0\r\n";
        assertThat(Sdp.parse(odd)).hasToString(odd);
        assertThat(Sdp.parse(OFFER.replace("\r\n", "\n"))).hasToString(OFFER);
    }

    @Test
    void readsAnMsrpOffer() {
        MsrpMedia media = msrp(and("a=max-size:1000") + "a=file-selector:size:77\r\n");
        assertThat(media.tls()).isFalse();
        assertThat(media.connection()).isEqualTo(new Sdp.Connection("IP4", "192.0.2.10"));
        assertThat(media.port()).isEqualTo(7654);
        assertThat(media.path()).containsExactly(PATH);
        assertThat(media.setup()).isEqualTo(Setup.ACTPASS);
        assertThat(media.maxSize()).isEqualTo(1000);
        assertThat(media.fileSize()).isEqualTo(77);
        assertThat(media.fileTransfer()).isFalse();
        assertThat(media.direction()).isEqualTo(Direction.SENDONLY);
        assertThat(media.direction().reversed()).isEqualTo(Direction.RECVONLY);
        assertThat(media.accepts("message/CPIM")).isTrue();
        assertThat(media.accepts("text/plain")).isFalse();
        assertThat(msrp(and("a=file-transfer-id:x1")).fileTransfer()).isTrue();
        assertThat(msrp(and("a=msrp-cema")).cema()).isTrue();
    }

    @Test
    void readsSessionLevelAttributesForTheMedia() {
        MsrpMedia media =
                msrp(
                        OFFER.replace("a=setup:actpass\r\n", "")
                                .replace("a=sendonly\r\n", "")
                                .replace(
                                        "t=0 0\r\n", "t=0 0\r\na=setup:passive\r\na=recvonly\r\n"));
        assertThat(media.setup()).isEqualTo(Setup.PASSIVE);
        assertThat(media.direction()).isEqualTo(Direction.RECVONLY);
    }

    @Test
    void editsMedia() {
        Sdp.Media media = Sdp.parse(OFFER).media().getFirst();
        assertThat(media.withDirection(Direction.RECVONLY).toString())
                .isEqualTo(media.toString().replace("sendonly", "recvonly"));
        assertThat(media.withAttribute("setup", "active").attribute("setup")).contains("active");
        assertThat(media.withoutAttribute("setup").has("setup")).isFalse();
        assertThat(media.withAttribute("msrp-cema", "").toString()).endsWith("a=msrp-cema\r\n");
        assertThat(media.has("accept")).isFalse();
    }

    @Test
    void manyChangesInOneGoAreThoseOneByOne() {
        Sdp.Media media = Sdp.parse(OFFER + "a=setup:active\r\na=inactive\r\n").media().getFirst();
        Sdp.Media once =
                media.edit()
                        .withoutAttribute("path")
                        .attribute("setup", "passive")
                        .attribute("path", "msrp://192.0.2.1/a;tcp")
                        .direction(Direction.RECVONLY)
                        .without('b')
                        .media();
        assertThat(once)
                .isEqualTo(
                        media.withoutAttribute("path")
                                .withAttribute("setup", "passive")
                                .withAttribute("path", "msrp://192.0.2.1/a;tcp")
                                .withDirection(Direction.RECVONLY));
        assertThat(once.attributes("setup")).containsExactly("passive");
        assertThat(once.has("inactive")).isFalse();
    }

    /** U+FFFD may be said; what stands for octets that are no UTF-8 is refused. */
    @Test
    void tellsTheReplacementCharacterFromWhatIsNoUtf8() {
        byte[] said = (OFFER + "a=x-\uFFFD\r\n").getBytes(StandardCharsets.UTF_8);
        assertThat(Sdp.parse(said).media().getFirst().has("x-\uFFFD")).isTrue();
        said[said.length - 3] = (byte) 0xff;
        assertThatThrownBy(() -> Sdp.parse(said)).isInstanceOf(SdpSyntax.class);
    }

    @Test
    void knowsWhoOpensAsInSdp009() {
        assertThat(Setup.offererOpens(null, null)).isTrue();
        assertThat(Setup.offererOpens(null, Setup.PASSIVE)).isTrue();
        assertThat(Setup.offererOpens(Setup.ACTPASS, null)).isTrue();
        assertThat(Setup.offererOpens(Setup.ACTPASS, Setup.PASSIVE)).isTrue();
        assertThat(Setup.offererOpens(Setup.ACTPASS, Setup.ACTIVE)).isFalse();
        assertThat(Setup.offererOpens(Setup.ACTIVE, null)).isTrue();
        assertThat(Setup.offererOpens(Setup.PASSIVE, Setup.ACTIVE)).isFalse();
        assertThatThrownBy(() -> Setup.offererOpens(Setup.ACTPASS, Setup.ACTPASS))
                .isInstanceOf(SdpSyntax.class);
        assertThatThrownBy(() -> Setup.offererOpens(Setup.ACTIVE, Setup.ACTIVE))
                .isInstanceOf(SdpSyntax.class);
        assertThatThrownBy(() -> Setup.offererOpens(Setup.PASSIVE, Setup.PASSIVE))
                .isInstanceOf(SdpSyntax.class);
        assertThat(Setup.answer(Setup.PASSIVE, Setup.PASSIVE)).isEqualTo(Setup.ACTIVE);
        assertThat(Setup.answer(Setup.ACTPASS, Setup.PASSIVE)).isEqualTo(Setup.PASSIVE);
        assertThat(Setup.answer(null, Setup.ACTIVE)).isEqualTo(Setup.PASSIVE);
    }

    @Test
    void seesVersionsThatGoBackAsInSdp020() {
        Sdp.Origin first = Sdp.parse(OFFER).origin();
        assertThat(first.next().follows(first)).isTrue();
        assertThat(first.follows(first)).isTrue();
        assertThat(first.follows(first.next())).isFalse();
        assertThat(Sdp.parse(OFFER).withOrigin(first.next()).toString())
                .contains("o=alice 2890844526 2890844527 IN IP4");
    }

    @Test
    void matchesFingerprints() {
        byte[] certificate = {1, 2, 3};
        Fingerprint made = Fingerprint.of(certificate);
        assertThat(Fingerprint.parse(made.toString())).isEqualTo(made);
        assertThat(made.matches(certificate)).isTrue();
        assertThat(made.matches(new byte[] {1, 2, 4})).isFalse();
    }

    @Test
    void aFingerprintMeansNothingWithoutTls() {
        // Handsets send it beside TCP/MSRP too, in any strength.
        assertThat(msrp(and("a=fingerprint:SHA-1 4A:AD")).fingerprints()).isEmpty();
        assertThat(msrp(and("a=fingerprint:sha-256 " + SHA256)).fingerprints()).isEmpty();
        assertThat(msrp(tls("a=fingerprint:sha-256 " + SHA256)).fingerprints()).hasSize(1);
    }

    /** RFC 8122 section 5.1. */
    @Test
    void theFingerprintsOfTheStrongestHashAreTaken() {
        String one = "sha-512 " + "AB:".repeat(63) + "AB";
        String other = "sha-512 " + "CD:".repeat(63) + "CD";
        var both =
                tls(
                        "a=fingerprint:%s\na=fingerprint:sha-256 %s\na=fingerprint:%s"
                                .formatted(one, SHA256, other));
        assertThat(msrp(both).fingerprints())
                .map(Fingerprint::toString)
                .containsExactly(one, other);
    }

    private static String fingerprints(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "a=fingerprint:sha-256 %02X%s".formatted(i, SHA256.substring(2)))
                .collect(Collectors.joining("\r\n"));
    }

    @Test
    void moreThanEightFingerprintsOfTheHashThatCountsAreRefused() {
        assertThat(msrp(tls(fingerprints(8))).fingerprints()).hasSize(8);
        assertThatThrownBy(() -> msrp(tls(fingerprints(9))))
                .isInstanceOf(SdpSyntax.class)
                .hasMessageContaining("more than 8 a=fingerprint");
        String stronger = "a=fingerprint:sha-512 " + "AB:".repeat(63) + "AB";
        assertThat(msrp(tls(fingerprints(9) + "\r\n" + stronger)).fingerprints()).hasSize(1);
    }

    @Test
    void letsLowPortsThroughIfToldSo() {
        MsrpMedia.Rules rules = new MsrpMedia.Rules(1, 1, Set.of(443));
        Sdp sdp = Sdp.parse(with("10:7654/", "10:443/"));
        assertThat(MsrpMedia.of(sdp, rules).path()).hasSize(1);
        assertThatThrownBy(() -> MsrpMedia.of(sdp)).isInstanceOf(SdpSyntax.class);
    }
}

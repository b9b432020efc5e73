package io.posthorn.sip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValuesTest {

    private static void equal(String one, String other) {
        assertThat(SipUri.parse(one).matches(SipUri.parse(other))).as(one + " " + other).isTrue();
        assertThat(SipUri.parse(other).matches(SipUri.parse(one))).as(other + " " + one).isTrue();
    }

    private static void different(String one, String other) {
        assertThat(SipUri.parse(one).matches(SipUri.parse(other))).as(one + " " + other).isFalse();
        assertThat(SipUri.parse(other).matches(SipUri.parse(one))).as(other + " " + one).isFalse();
    }

    @Test
    void comparesUrisAsTheExamplesOfRfc3261Section19() {
        equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp");
        equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5");
        equal(
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com");
        equal(
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x");
        different("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP");
        different("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060");
        different("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp");
        different("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting");
        different("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off");
        different("sip:a@b", "sips:a@b");
        different("sip:null-%00-null@b", "sip:null-@b");
        different("sip:a%40c@b", "sip:a%2540c@b");
        different("sip:a@b;gr=1", "sip:a@b;gr=2");
        equal("tel:+1-555-0100", "tel:+15550100");
        different("tel:+15550100", "tel:+15550101");
    }

    @Test
    void readsUris() {
        SipUri uri = SipUri.parse("SIP:alice:p%20w@[2001:DB8::1]:5070;lr;gr=urn:uuid:1?a=b");
        assertThat(uri.scheme()).isEqualTo("sip");
        assertThat(uri.user()).isEqualTo("alice:p%20w");
        assertThat(uri.host()).isEqualTo("[2001:db8::1]");
        assertThat(uri.port()).isEqualTo(5070);
        assertThat(uri.params().has("LR")).isTrue();
        assertThat(uri.gruu()).contains("urn:uuid:1");
        assertThat(uri.headers()).isEqualTo("a=b");
        assertThat(SipUri.parse("sip:t@h;gr").gruu()).contains("");
        assertThat(SipUri.parse("sip:t@h").gruu()).isEmpty();
        assertThat(SipUri.parse("sip:Bob@Example.NET:5060;lr?x=y").aor())
                .isEqualTo("sip:Bob@example.net");
        assertThat(SipUri.parse("tel:+15550100;phone-context=x").aor()).isEqualTo("tel:+15550100");
        assertThat(SipUri.parse("sip:user;par=u%40x@h").user()).isEqualTo("user;par=u%40x");
        for (String same : List.of("sip:h", "sip:a@h:1;x=y;z", "tel:+1;a=b", "sips:a?b@[::1]")) {
            assertThat(SipUri.parse(same)).hasToString(same);
        }
        assertThat(SipUri.scheme("URN:service:sos")).isEqualTo("urn");
    }

    @Test
    void refusesWrongUris() {
        for (String wrong :
                List.of(
                        "",
                        "sip",
                        "sip:",
                        "sip:@h",
                        "sip:a@",
                        "sip:a@h:",
                        "sip:a@h:0",
                        "sip:a@h:65536",
                        "sip:a@h:5x",
                        "sip:a%4@h",
                        "sip:2001:db8::1",
                        "sip:a@[::1",
                        "sip:a@h;",
                        "sip:a@h;=x",
                        "sip:a b@h",
                        "tel:",
                        "tel:+",
                        "tel:hello",
                        "sip:a@[:::1]",
                        "sip:a@h%00")) {
            assertThatThrownBy(() -> SipUri.parse(wrong)).as(wrong).isInstanceOf(SipSyntax.class);
        }
        assertThatThrownBy(() -> SipUri.parse("im:a@b"))
                .isInstanceOfSatisfying(
                        SipSyntax.class, wrong -> assertThat(wrong.status()).isEqualTo(416));
    }

    @Test
    void readsAddresses() {
        NameAddr bare = NameAddr.parse("sip:a@b;tag=1;x=\"y;z\"");
        assertThat(bare.uri()).isEqualTo("sip:a@b");
        assertThat(bare.tag()).contains("1");
        assertThat(bare.params().get("X")).contains("y;z");
        assertThat(bare).hasToString("<sip:a@b>;tag=1;x=\"y;z\"");
        NameAddr tokens = NameAddr.parse("  Mr.  Watson   <tel:+1;a=b> ; q = 0.5");
        assertThat(tokens.display()).isEqualTo("Mr.  Watson");
        assertThat(tokens.uri()).isEqualTo("tel:+1;a=b");
        assertThat(tokens.params().get("q")).contains("0.5");
        NameAddr quoted = NameAddr.parse("\"<\\\"x\\\\\" <sip:a@b>");
        assertThat(quoted.display()).isEqualTo("<\"x\\");
        assertThat(NameAddr.parse(quoted.toString())).isEqualTo(quoted);
        assertThat(NameAddr.of("sip:a@b").withTag("t")).hasToString("<sip:a@b>;tag=t");
    }

    @Test
    void readsViasWithOddSpaces() {
        Via via = Via.parse("SIP / 2.0 / udp  h : 5070 ; rport ;branch = z9hG4bK1");
        assertThat(via).hasToString("SIP/2.0/UDP h:5070;rport;branch=z9hG4bK1");
        assertThat(via.rport()).isEqualTo(-1);
        assertThat(via.with("rport", "99").with("received", "[2001:db8::1]").rport()).isEqualTo(99);
        assertThat(via.with("received", "[2001:db8::1]").received()).contains("2001:db8::1");
        assertThat(via.with("received", "2001:db8::1").received()).contains("2001:db8::1");
        for (String wrong :
                List.of("", "SIP/2.0/UDP", "SIP/2.0 h", "SIP/3.0/UDP h", "SIP/2.0/UDP h:0")) {
            assertThatThrownBy(() -> Via.parse(wrong)).as(wrong).isInstanceOf(SipSyntax.class);
        }
    }

    @Test
    void readsParametersWithSpaces() {
        Params reason = Params.parse(" ;cause=200 ;text=\"Call \\\"completed\\\"\" ; flag");
        assertThat(reason.get("cause")).contains("200");
        assertThat(reason.get("TEXT")).contains("Call \"completed\"");
        assertThat(reason.has("flag")).isTrue();
        assertThat(reason.get("flag")).isEmpty();
        assertThat(reason.with("cause", "1").without("text")).hasToString(";cause=1;flag");
        assertThat(Params.parse("")).isEqualTo(Params.NONE);
    }

    @Test
    void readsSessionExpires() {
        assertThat(SessionExpires.parse("1800 ;refresher=UAC"))
                .isEqualTo(new SessionExpires(1800, SessionExpires.Refresher.UAC))
                .hasToString("1800;refresher=uac");
        assertThat(SessionExpires.parse("4294967295").seconds()).isEqualTo(4_294_967_295L);
        for (String wrong : List.of("", "x", "1800;refresher=xyz", "4294967296", "-1")) {
            assertThatThrownBy(() -> SessionExpires.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(SipSyntax.class);
        }
        assertThat(SessionExpires.minimum(SipMessageTest.invite())).isEqualTo(90);
        assertThat(SessionExpires.minimum(SipMessageTest.invite().with("Min-SE", "120;x")))
                .isEqualTo(120);
    }

    @Test
    void readsWarnings() {
        Warning warning = new Warning(399, "pf.example.net", "no \"path\"");
        assertThat(Warning.parse(warning.toString())).isEqualTo(warning);
        for (String wrong : List.of("", "1812 overture", "399 a", "399 a \"b", "399 a \"b\" c")) {
            assertThatThrownBy(() -> Warning.parse(wrong)).as(wrong).isInstanceOf(SipSyntax.class);
        }
    }

    private static final String LARGE = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.largemsg";
    private static final String LARGE_ENCODED =
            "urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.largemsg";

    @Test
    void comparesServicesAsAWhole() {
        Params params =
                Params.parse(
                        ";+G.3gpp.icsi-ref=\""
                                + LARGE_ENCODED
                                + ".group, <"
                                + LARGE_ENCODED
                                + ">\";+g.oma.sip-im");
        assertThat(Icsi.all(params)).containsExactly(LARGE + ".group", LARGE);
        assertThat(Icsi.value(List.of(LARGE))).isEqualTo("\"" + LARGE_ENCODED + "\"");
        assertThat(Icsi.same("URN%3aurn-7:x", "urn:urn-7:X")).isTrue();
        assertThat(Icsi.same(LARGE, LARGE + ".group")).isFalse();
    }

    private static FeatureTags contact(String params) {
        return FeatureTags.among(Params.parse(params));
    }

    @Test
    void prefersContactsAsRfc3841Says() {
        String icsi = ";+g.3gpp.icsi-ref=\"" + LARGE_ENCODED + "\"";
        FeatureTags both = contact(icsi + ";+g.oma.sip-im.large-message;expires=3600");
        FeatureTags other = contact(";+g.3gpp.icsi-ref=\"urn%3Aother\"");
        FeatureTags none = contact(";expires=3600");
        AcceptContact soft = AcceptContact.parse("*" + icsi);
        AcceptContact hard = AcceptContact.parse("* ;require;explicit" + icsi);
        assertThat(both.params().list()).hasSize(2);
        assertThat(soft.fit(both)).isEqualTo(1);
        assertThat(preference(soft, other)).isZero();
        assertThat(preference(hard, other)).isEqualTo(-1);
        assertThat(preference(hard, none)).isEqualTo(1);
        assertThat(preference(hard, contact(";audio"))).isEqualTo(-1);
        assertThat(preference(AcceptContact.parse("*;require" + icsi), contact(";audio"))).isZero();
        assertThat(AcceptContact.parse("*;automata").rejects(contact(";automata"))).isTrue();
        assertThat(AcceptContact.parse("*;automata").rejects(contact(";automata=\"FALSE\"")))
                .isFalse();
        assertThat(AcceptContact.parse("*;automata=\"!TRUE\"").fit(contact(";automata")))
                .isEqualTo(-1);
        assertThat(AcceptContact.parse("*;+v=\"#>=2\"").fit(contact(";+v=\"#=1,#=3\"")))
                .isEqualTo(1);
        assertThat(AcceptContact.parse("*;+v=\"#>=4\"").fit(contact(";+v=\"#=1,#=3\"")))
                .isEqualTo(-1);
    }

    private static double preference(AcceptContact wanted, FeatureTags contact) {
        return AcceptContact.preference(List.of(wanted), List.of(), contact);
    }

    @Test
    void refusesWrongOrManyFeatureTagsAsInSip104() {
        SipRequest many = SipMessageTest.invite();
        for (String wrong : List.of("*;;", "<sip:a>", "*;+x=\"", "*;" + "+a;".repeat(65) + "+b")) {
            assertThatThrownBy(() -> AcceptContact.all(many.with("Accept-Contact", wrong)))
                    .as(wrong)
                    .isInstanceOf(SipSyntax.class);
        }
    }

    @Test
    void keepsPartsByteForByte() {
        byte[] binary = {0, '\r', '\n', '-', '-', -1};
        Multipart made =
                Multipart.of(
                        List.of(
                                Multipart.Part.of(
                                        "application/sdp",
                                        "v=0\r\n".getBytes(StandardCharsets.UTF_8)),
                                Multipart.Part.of("application/octet-stream", binary),
                                Multipart.Part.of("text/plain", new byte[0])));
        Multipart read = Multipart.parse(made.contentType(), made.bytes());
        assertThat(read.parts()).hasSize(3);
        assertThat(read.parts().get(0).contentType()).isEqualTo("application/sdp");
        assertThat(read.parts().get(0).content()).asString().isEqualTo("v=0\r\n");
        assertThat(read.parts().get(1).content()).isEqualTo(binary);
        assertThat(read.parts().get(2).content()).isEmpty();
        assertThat(read.bytes()).isEqualTo(made.bytes());
    }

    private static Multipart multipart(String boundary, String body) {
        return Multipart.parse(
                "multipart/mixed;boundary=" + boundary,
                body.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsPreamblePaddingAndPartsWithoutHead() {
        Multipart read = multipart("b", "hi\n--b \t\n\nx\n--bb\ny\n--b\nA: 1\n 2\n\n--b--\nbye");
        assertThat(read.parts()).hasSize(2);
        assertThat(read.parts().get(0).content()).asString().isEqualTo("x\r\n--bb\r\ny");
        assertThat(read.parts().get(0).contentType()).isEqualTo("text/plain");
        assertThat(read.parts().get(1).header("a")).contains("1 2");
    }

    @Test
    void refusesWrongMultipartsAsInSip107() {
        assertThatThrownBy(() -> multipart("b", "--b\n\nx")).isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> multipart("b", "--b--\n")).isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> multipart("b".repeat(71), "--b--\n"))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> multipart("b", "--b\n\nx\n".repeat(65) + "--b--"))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> Multipart.parse("multipart/mixed", new byte[0]))
                .isInstanceOf(SipSyntax.class);
        Multipart nested = Multipart.of(List.of(Multipart.Part.of("text/plain", new byte[1])));
        for (int depth = 2; depth <= 4; depth++) {
            nested =
                    new Multipart(
                            "d" + depth,
                            List.of(Multipart.Part.of(nested.contentType(), nested.bytes())));
            assertThat(Multipart.parse(nested.contentType(), nested.bytes()).parts()).hasSize(1);
        }
        Multipart deep =
                new Multipart(
                        "d5", List.of(Multipart.Part.of(nested.contentType(), nested.bytes())));
        assertThatThrownBy(() -> Multipart.parse(deep.contentType(), deep.bytes()))
                .isInstanceOf(SipSyntax.class);
    }
}

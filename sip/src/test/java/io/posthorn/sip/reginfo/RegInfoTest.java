package io.posthorn.sip.reginfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.sip.wire.Icsi;
import io.posthorn.sip.wire.SipSyntax;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegInfoTest {

    private static final String XML =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo" version="3" state="full">
              <registration aor="sip:bob@example.net" id="as1" state="active">
                <contact id="c1" state="active" event="registered" expires="590000" q="0.8" callid="reg-1@203.0.113.7" cseq="1">
                  <uri>sip:bob@203.0.113.7:5060;transport=tcp</uri>
                  <unknown-param name="+sip.instance">"&lt;urn:uuid:2f0a9e54-7f5b-4b6c-9d0a-111111111111&gt;"</unknown-param>
                  <unknown-param name="+g.3gpp.icsi-ref">"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"</unknown-param>
                  <gr:pub-gruu uri="sip:bob@example.net;gr=urn:uuid:2f0a9e54-7f5b-4b6c-9d0a-111111111111"/>
                  <gr:temp-gruu uri="sip:tgruu.x7Qr9m2@example.net;gr" first-cseq="1"/>
                </contact>
                <contact id="c2" state="terminated" event="expired">
                  <uri>sip:bob@203.0.113.9:5060</uri>
                </contact>
              </registration>
            </reginfo>
            """;

    private static RegInfo parse(String xml) {
        return RegInfo.parse(xml.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsDevicesAndTheirGruus() {
        RegInfo info = parse(XML);
        assertThat(info.version()).isEqualTo(3);
        assertThat(info.full()).isTrue();
        RegInfo.Registration bob = info.registrations().getFirst();
        assertThat(bob.state()).isEqualTo(RegInfo.State.ACTIVE);
        RegInfo.Contact phone = bob.contacts().getFirst();
        assertThat(phone.publicGruu()).startsWith("sip:bob@example.net;gr=urn:uuid:");
        assertThat(phone.temporaryGruu()).isEqualTo("sip:tgruu.x7Qr9m2@example.net;gr");
        assertThat(phone.q()).isEqualTo(0.8);
        assertThat(phone.instance()).contains("urn:uuid:2f0a9e54-7f5b-4b6c-9d0a-111111111111");
        assertThat(Icsi.all(phone.params()))
                .containsExactly("urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg");
        assertThat(phone.tags().isEmpty()).isFalse();
        RegInfo.Contact gone = bob.contacts().get(1);
        assertThat(gone.active()).isFalse();
        assertThat(gone.event().active()).isFalse();
        assertThat(gone.expires()).isEqualTo(-1);
    }

    @Test
    void printsWhatItRead() {
        assertThat(parse(XML)).hasToString(XML);
    }

    @Test
    void escapesWhatItWrites() {
        RegInfo.Contact odd =
                RegInfo.Contact.of("a\"<&>", RegInfo.Event.CREATED, "sip:a&b@example.net");
        RegInfo info =
                new RegInfo(
                        0,
                        false,
                        List.of(
                                new RegInfo.Registration(
                                        "sip:a", "1", RegInfo.State.ACTIVE, List.of(odd))));
        assertThat(RegInfo.parse(info.bytes())).isEqualTo(info);
    }

    @Test
    void skipsWhatItDoesNotKnow() {
        String more = XML.replace("<uri>", "<x:y xmlns:x='urn:x'><x:z/>t</x:y><uri>");
        assertThat(parse(more)).isEqualTo(parse(XML));
    }

    private static void refuses(String xml) {
        assertThatThrownBy(() -> parse(xml)).isInstanceOf(SipSyntax.class);
    }

    @Test
    void refusesDtdsAndEntities() {
        refuses(XML.replace("<reginfo", "<!DOCTYPE reginfo [<!ENTITY e \"x\">]><reginfo"));
        refuses(
                XML.replace(
                        "<reginfo", "<!DOCTYPE reginfo SYSTEM \"file:///etc/passwd\"><reginfo"));
        refuses(XML.replace("sip:bob@203.0.113.9:5060", "&e;"));
    }

    @Test
    void refusesWhatIsNoRegInfo() {
        refuses("");
        refuses("hello");
        refuses("<reginfo/>");
        refuses(XML.substring(0, 700));
        refuses(XML.replace("version=\"3\"", "version=\"-3\""));
        refuses(XML.replace("version=\"3\" ", ""));
        refuses(XML.replace("event=\"expired\"", "event=\"odd\""));
        refuses(XML.replace("q=\"0.8\"", "q=\"1.8\""));
        refuses(XML.replace("expires=\"590000\"", "expires=\"99999999999999999999\""));
        refuses(XML.replace("<uri>sip:bob@203.0.113.9:5060</uri>", ""));
        refuses(XML.replace("<uri>", "<x>".repeat(20) + "</x>".repeat(20) + "<uri>"));
        refuses(XML.replace("<uri>", "<x/>".repeat(5_000) + "<uri>"));
        refuses(XML.replace("<uri>", "<uri>" + "u".repeat(9_000)));
        refuses(XML + " ".repeat(262_144));
    }
}

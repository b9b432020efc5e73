package io.posthorn.cpm.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import org.junit.jupiter.api.Test;

class ServiceTest {

    private static final String LARGE =
            "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.largemsg\"";

    @Test
    void anAssertedServiceWinsFromATrustedHop() {
        var request =
                invite().with("P-Asserted-Service", Service.SESSION.urn())
                        .with("Accept-Contact", LARGE);
        assertThat(Service.of(request, true)).contains(Service.SESSION);
        assertThat(Service.of(request, false)).contains(Service.LARGE_MESSAGE);
    }

    @Test
    void theTagIsOneOfSeveralAndComparedWhole() {
        assertThat(
                        Service.of(
                                accepting(
                                        "*;+g.3gpp.icsi-ref=\"urn%3Aother,"
                                                + " URN%3AURN-7%3A3GPP-service.ims.icsi.oma.cpm"
                                                + ".msg.group\""),
                                true))
                .contains(Service.GROUP_MESSAGE);
        assertThat(
                        Service.of(
                                accepting(
                                        "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi"
                                                + ".oma.cpm.largemsgs\""),
                                true))
                .isEmpty();
    }

    @Test
    void theLegacyTagAloneIsALargeMessage() {
        assertThat(Service.of(accepting("*;+g.oma.sip-im.large-message"), true))
                .contains(Service.LARGE_MESSAGE);
    }

    @Test
    void preferenceThenContactThenTheChatOfSimple() {
        assertThat(Service.of(invite().with("P-Preferred-Service", Service.DEFERRED.urn()), false))
                .contains(Service.DEFERRED);
        assertThat(
                        Service.of(
                                invite().with(
                                                "Contact",
                                                "<sip:a@x>;" + Service.FILE_TRANSFER.tag()),
                                false))
                .contains(Service.FILE_TRANSFER);
        assertThat(Service.of(accepting("*;+g.oma.sip-im"), false)).contains(Service.SESSION);
        assertThat(Service.of(invite(), false)).isEmpty();
    }

    @Test
    void writesTheTagAsOthersReadIt() {
        assertThat("*;" + Service.LARGE_MESSAGE.tag()).isEqualTo(LARGE);
    }

    private static SipRequest accepting(String value) {
        return invite().with("Accept-Contact", value);
    }

    private static SipRequest invite() {
        return SipRequest.of("INVITE", "sip:bob@example.net");
    }
}

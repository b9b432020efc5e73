package io.posthorn.sip.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.Via;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ViaSeenTest {

    private static String seen(String via, String source) {
        var from = new InetSocketAddress(InetAddress.ofLiteral(source), 5060);
        return Transport.seen(Via.parse("SIP/2.0/TCP " + via), from).toString();
    }

    @Test
    void anAddressInAnotherSpellingIsStillTheSame() {
        assertThat(seen("[::1]:5060;branch=z9hG4bKa", "0:0:0:0:0:0:0:1"))
                .isEqualTo("SIP/2.0/TCP [::1]:5060;branch=z9hG4bKa");
        assertThat(seen("192.0.2.1;branch=z9hG4bKa", "192.0.2.1")).doesNotContain("received");
    }

    @Test
    void receivedIsWrittenWithoutBrackets() {
        assertThat(seen("[2001:db8::9];branch=z9hG4bKa", "2001:db8:1:2:3:4:5:6"))
                .endsWith(";received=2001:db8:1:2:3:4:5:6");
        assertThat(seen("pc.example.com;branch=z9hG4bKa;rport", "192.0.2.1"))
                .contains(";received=192.0.2.1")
                .contains(";rport=5060");
    }
}

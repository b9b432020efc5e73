package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.live.HandshakesUnderWay.Limits;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandshakesUnderWayTest {

    private static final String OF_ONE = "too many TLS handshakes at once from one address";

    private final HandshakesUnderWay handshakes = new HandshakesUnderWay();

    private @Nullable String begin(String from) {
        return handshakes.begin(InetAddress.ofLiteral(from), Limits.STANDARD);
    }

    private void begin(int count, String from) {
        for (int i = 0; i < count; i++) assertThat(begin(from)).isNull();
    }

    @Test
    void oneSourceDoesNotFillAPort() {
        begin(50, "192.0.2.1");
        assertThat(begin("192.0.2.1")).isEqualTo(OF_ONE);
        begin(50, "192.0.2.2");
    }

    @Test
    void onesThatAreOverMakeRoom() {
        begin(50, "192.0.2.1");
        handshakes.end(InetAddress.ofLiteral("192.0.2.1"));
        begin(1, "192.0.2.1");
        assertThat(begin("192.0.2.1")).isEqualTo(OF_ONE);
    }

    @Test
    void theAddressesOfOneHostOverIpv6AreOneSource() {
        begin(25, "2001:db8:1:2::1");
        begin(25, "2001:db8:1:2:3:4:5:6");
        assertThat(begin("2001:db8:1:2::7")).isEqualTo(OF_ONE);
        begin(1, "2001:db8:1:3::7");
    }

    @Test
    void thisMachineHasTheLimitOfThePortOnly() {
        begin(600, "127.0.0.1");
        begin(400, "::1");
        assertThat(begin("127.0.0.1")).isEqualTo("too many TLS handshakes at once");
        assertThat(begin("192.0.2.1")).isEqualTo("too many TLS handshakes at once");
        handshakes.end(InetAddress.ofLiteral("::1"));
        begin(1, "192.0.2.1");
    }
}

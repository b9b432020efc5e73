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
        end("192.0.2.1");
        begin(1, "192.0.2.1");
        assertThat(begin("192.0.2.1")).isEqualTo(OF_ONE);
    }

    private void end(String from) {
        handshakes.ending(InetAddress.ofLiteral(from)).run();
    }

    @Test
    void oneThatIsOverTwiceMakesRoomOnce() {
        begin(50, "192.0.2.1");
        var ended = handshakes.ending(InetAddress.ofLiteral("192.0.2.1"));
        ended.run();
        ended.run();
        begin(1, "192.0.2.1");
        assertThat(begin("192.0.2.1")).isEqualTo(OF_ONE);
    }

    @Test
    void howManyOfOneSourceIsForTheSettingsToSay() {
        var limits = Limits.STANDARD.perSource(2);
        var balancer = InetAddress.ofLiteral("192.0.2.1");
        assertThat(handshakes.begin(balancer, limits)).isNull();
        assertThat(handshakes.begin(balancer, limits)).isNull();
        assertThat(handshakes.begin(balancer, limits)).isEqualTo(OF_ONE);
        assertThat(handshakes.begin(balancer, limits.perSource(1_000))).isNull();
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
        end("::1");
        begin(1, "192.0.2.1");
    }
}

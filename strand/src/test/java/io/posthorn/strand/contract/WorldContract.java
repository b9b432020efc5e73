package io.posthorn.strand.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the small ports of every world do. */
public abstract class WorldContract extends PortContract {

    private List<Target> resolve(String service) {
        var found = new AtomicReference<List<Target>>();
        loop().execute(() -> world().names().resolve(loop(), service, found::set));
        until(() -> found.get() != null);
        return found.get();
    }

    private void assertResolves(String service, Net.Kind kind, int port) {
        var targets = resolve(service);
        assertThat(targets).hasSize(1);
        var target = targets.getFirst();
        assertThat(target.kind()).isEqualTo(kind);
        assertThat(target.address().getPort()).isEqualTo(port);
        assertThat(target.address().getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void anAddressResolvesToItself() {
        assertResolves("127.0.0.1:7000;transport=tcp", Net.Kind.TCP, 7000);
        assertResolves("127.0.0.1:7000;transport=udp", Net.Kind.UDP, 7000);
        assertResolves("sip:127.0.0.1:7001;transport=tls", Net.Kind.TLS, 7001);
        assertResolves("sip:alice@127.0.0.1:7001;transport=tcp", Net.Kind.TCP, 7001);
        assertResolves("sip:[::1]:7002;transport=tcp", Net.Kind.TCP, 7002);
    }

    @Test
    void portAndTransportHaveTheDefaultsOfSip() {
        assertResolves("sip:127.0.0.1", Net.Kind.UDP, 5060);
        assertResolves("sip:127.0.0.1;transport=tcp", Net.Kind.TCP, 5060);
        assertResolves("sips:127.0.0.1", Net.Kind.TLS, 5061);
    }

    @Test
    void randomBytesDoNotRepeat() {
        var seen = new HashSet<String>();
        for (int i = 0; i < 100; i++) {
            var hex = world().entropy().hex(128);
            assertThat(hex).matches("[0-9a-f]{32}");
            assertThat(seen.add(hex)).isTrue();
        }
    }

    @Test
    void theTwoClocksStartTogether() {
        var monotonic = on(loop(), () -> loop().now());
        assertThat(Duration.between(monotonic, world().clock().wall()).abs())
                .isLessThan(Duration.ofSeconds(5));
    }
}

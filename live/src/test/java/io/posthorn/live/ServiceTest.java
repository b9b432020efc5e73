package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServiceTest {
    private static void reads(
            String text, boolean secure, String host, int port, @Nullable String transport) {
        assertThat(Service.of(text)).contains(new Service(secure, host, port, transport));
    }

    @Test
    void readsUrisAndPlainHosts() {
        reads("sip:example.net", false, "example.net", -1, null);
        reads("SIPS:Example.NET", true, "example.net", -1, null);
        reads("sip:bob;x=1?y@example.net:5070;transport=TCP", false, "example.net", 5070, "tcp");
        reads("sip:example.net;lr;transport=udp?Subject=a;b", false, "example.net", -1, "udp");
        reads("host:2855;transport=tcp", false, "host", 2855, "tcp");
        reads("sip:[::1]:5060", false, "[::1]", 5060, null);
        reads("sip:example.net;maddr=127.0.0.1", false, "127.0.0.1", -1, null);
    }

    @Test
    void refusesWhatNoHostCanBe() {
        for (var bad :
                new String[] {"", "sip:", "sip:a:0", "sip:a:99999", "a:b", "sip:@", "[::1"}) {
            assertThat(Service.of(bad)).as(bad).isEmpty();
        }
    }

    @Test
    void knowsAddressesFromNames() {
        assertThat(Service.of("sip:[2001:db8::1]").orElseThrow().literal()).isPresent();
        assertThat(Service.of("sip:192.0.2.1").orElseThrow().literal()).isPresent();
        assertThat(Service.of("sip:192.0.2").orElseThrow().literal()).isEmpty();
        assertThat(Service.of("sip:example.net").orElseThrow().literal()).isEmpty();
    }
}

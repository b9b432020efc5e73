package io.posthorn.strand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.strand.Reach.Range;
import io.posthorn.strand.sim.Simulation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    private static final Reach NOTHING_LISTED = new Reach(List.of());

    private static InetAddress at(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private static InetSocketAddress port(String literal, int port) {
        return new InetSocketAddress(at(literal), port);
    }

    @Test
    void aPlaceThatIsListedIsNoOtherPortOfItsHost() {
        var reach = new Reach(List.of(), List.of(port("127.0.0.1", 5060)));
        assertThat(reach.refusal(port("127.0.0.1", 5060))).isNull();
        assertThat(reach.refusal(port("127.0.0.1", 6379))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "::1",
                "::ffff:127.0.0.1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "fe80::1",
                "100.100.100.200",
                "192.0.0.192",
                "fd00:ec2::254",
                "0.0.0.0",
                "0.1.2.3",
                "::",
                "224.0.0.1",
                "ff02::1",
                "255.255.255.255"
            })
    void neverLeadsIntoOurOwnMachine(String literal) {
        assertThat(NOTHING_LISTED.refusal(port(literal, 80))).contains("outbound.allow");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "198.51.100.7",
                "2001:db8::1",
                "fd00::1"
            })
    void leadsWhereHandsetsAre(String literal) {
        assertThat(NOTHING_LISTED.refusal(port(literal, 80))).isNull();
    }

    @Test
    void whatIsListedIsReached() {
        var reach = new Reach(List.of(Range.parse("127.0.0.0/30"), Range.parse("::1")));
        assertThat(reach.refusal(port("127.0.0.3", 80))).isNull();
        assertThat(reach.refusal(port("127.0.0.4", 80))).isNotNull();
        assertThat(reach.refusal(port("::1", 80))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "10.0.0.0/33", "10.0.0.0/x", "", "10.0.0.0/-1"})
    void aRangeIsAnAddressAndBits(String text) {
        assertThatThrownBy(() -> Range.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aConnectionThatIsRefusedIsNotTried() {
        try (var simulation = new Simulation(1)) {
            var world = GuardedWorld.of(simulation.node("server"), NOTHING_LISTED);
            var failures = new ArrayList<String>();
            var to = new InetSocketAddress(at("169.254.169.254"), 80);
            world.net()
                    .connect(
                            world.loops().getFirst(),
                            new Target(to, Net.Kind.TCP, "metadata"),
                            _ -> {
                                throw new AssertionError("connected");
                            },
                            why -> failures.add("" + why.getMessage()));
            simulation.pass(java.time.Duration.ofSeconds(1));
            assertThat(failures).singleElement().asString().contains("link-local");
        }
    }
}

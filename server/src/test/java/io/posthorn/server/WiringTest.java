package io.posthorn.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Registered;
import io.posthorn.cpm.client.Sending;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.HostPort;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.strand.sim.Simulation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole chain, wired as the server wires it: client, core, both functions, core, client. */
class WiringTest {

    @ParameterizedTest
    @CsvSource({"1,11,0", "2,100,0", "3,70000,0", "4,11,0.05", "5,3000,0.05", "6,11,0.1"})
    void aMessagePassesTheWholeChainAndNothingIsLeft(long seed, int size, double loss) {
        try (var simulation = new Simulation(seed)) {
            simulation.network().loss(loss);
            var server = simulation.address("server").getHostAddress();
            var config =
                    Config.DEFAULT.at(
                            new HostPort(server, 5060),
                            new HostPort(server, 5070),
                            new HostPort(server, 2855));
            var wiring = Wiring.start(simulation.node("server"), config, Path.of("data"), USERS);
            var rests = new AtomicInteger();
            Idle.watch(simulation.node("server"), wiring, rests::incrementAndGet);
            var alice = client(simulation, "sip:alice@example.com", server);
            var bob = client(simulation, "sip:bob@example.net", server);
            var inbox = new Kept();
            bob.client().onReceive(Receiving.into(Path.of("in")), inbox);
            register(simulation, alice);
            register(simulation, bob);

            var text = "x".repeat(size);
            var outcomes = new ArrayList<Sending.Outcome>();
            alice.client().send(Outbound.text("sip:bob@example.net", text), outcomes::add);
            simulation.until(() -> !outcomes.isEmpty(), Duration.ofMinutes(3));
            assertThat(outcomes.getFirst()).isInstanceOf(Sending.Outcome.Sent.class);
            simulation.pass(Duration.ofMinutes(2));

            assertThat(inbox.received).hasSize(1);
            var file = inbox.received.getFirst().file();
            assertThat(simulation.disk("sip:bob@example.net").contents(file))
                    .isEqualTo(text.getBytes());
            assertThat(wiring.open()).isEmpty();
            assertThat(rests).hasValue(1);
            assertThat(alice.client().calls().open()).isZero();
            assertThat(bob.client().calls().open()).isZero();
            assertThat(simulation.unreleased()).isZero();
        }
    }

    private static final Secrets USERS =
            (name, realm, algorithm) -> Optional.of(algorithm.secret(name, realm, "secret"));

    private static ClientNode client(Simulation simulation, String address, String server) {
        return ClientNode.start(
                simulation.node(address),
                simulation.address(address),
                address,
                "test",
                server + ":5060",
                "secret");
    }

    private static void register(Simulation simulation, ClientNode node) {
        var answers = new ArrayList<Registered>();
        node.client().register(answers::add);
        simulation.until(() -> !answers.isEmpty(), Duration.ofMinutes(1));
        assertThat(answers.getFirst().ok()).isTrue();
    }

    private static final class Kept implements Inbox {
        final List<Received> received = new ArrayList<>();

        @Override
        public void received(Received message) {
            received.add(message);
        }

        @Override
        public void failed(String from, String why) {
            throw new AssertionError(why);
        }
    }
}

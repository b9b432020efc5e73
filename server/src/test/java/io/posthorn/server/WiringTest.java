package io.posthorn.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Registered;
import io.posthorn.cpm.client.Sending;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.HostPort;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.sim.Simulation;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** RFC 5626 section 4.5; over UDP it is STUN that finds out. */
    @ParameterizedTest
    @ValueSource(strings = {"", ";transport=tcp"})
    void aClientIsRegisteredAgainWhenTheServerRestarts(String transport) {
        try (var simulation = new Simulation(8)) {
            var server = simulation.address("server").getHostAddress();
            var config =
                    Config.DEFAULT.at(
                            new HostPort(server, 5060),
                            new HostPort(server, 5070),
                            new HostPort(server, 2855));
            Wiring.start(simulation.node("server"), config, Path.of("data"), USERS);
            var bob = client(simulation, "sip:bob@example.net", server, transport);
            bob.client().onReceive(Receiving.into(Path.of("in")), new Kept());
            var later = new ArrayList<Registered>();
            bob.client().onRegistered(later::add);
            register(simulation, bob);
            simulation.pass(Duration.ofMinutes(5));

            simulation.crash("server");
            simulation.pass(Duration.ofSeconds(10));
            Wiring.start(simulation.node("server"), config, Path.of("data"), USERS);
            simulation.until(() -> !later.isEmpty() && later.getLast().ok(), Duration.ofMinutes(1));

            var alice = client(simulation, "sip:alice@example.com", server, transport);
            register(simulation, alice);
            var outcomes = new ArrayList<Sending.Outcome>();
            alice.client().send(Outbound.text("sip:bob@example.net", "hello"), outcomes::add);
            simulation.until(() -> !outcomes.isEmpty(), Duration.ofMinutes(1));
            assertThat(outcomes.getFirst()).isInstanceOf(Sending.Outcome.Sent.class);
        }
    }

    /** On real sockets: addresses in Via, Contact, Route, SDP and MSRP paths. */
    @Test
    void aMessagePassesOverIpv6(@TempDir Path directory) throws Exception {
        var six = InetAddress.ofLiteral("::1");
        var recorder = new MemoryRecorder(LiveWorld.time(), MemoryRecorder.Mode.BRIEF, 1 << 20);
        try (var world = LiveWorld.start(directory, recorder)) {
            var core = new HostPort("[::1]", Ports.free(world, six));
            var function = new HostPort("[::1]", Ports.free(world, six));
            var config = Config.DEFAULT.at(core, function, new HostPort("[::1]", 0));
            try (var _ = Wiring.start(world, config, directory.resolve("data"), USERS);
                    var alice = six(world, "sip:alice@example.com", core);
                    var bob = six(world, "sip:bob@example.net", core)) {
                var came = new CompletableFuture<Inbox.Received>();
                bob.client()
                        .onReceive(
                                Receiving.into(directory.resolve("in")),
                                new Inbox() {
                                    @Override
                                    public void received(Received message) {
                                        came.complete(message);
                                    }

                                    @Override
                                    public void failed(String from, String why) {
                                        came.completeExceptionally(new AssertionError(why));
                                    }
                                });
                for (var node : List.of(alice, bob)) {
                    var answer = new CompletableFuture<Registered>();
                    node.client().register(answer::complete);
                    assertThat(answer.get(10, TimeUnit.SECONDS).code()).isEqualTo(200);
                }
                alice.client().send(Outbound.text("sip:bob@example.net", "hello"), _ -> {});
                assertThat(came.get(20, TimeUnit.SECONDS).bytes()).isEqualTo(5);
            }
        }
    }

    private static ClientNode six(LiveWorld world, String address, HostPort core) {
        var at = InetAddress.ofLiteral("::1");
        return ClientNode.start(world, at, address, "test", core + ";transport=tcp", "secret");
    }

    private static final Secrets USERS =
            (name, realm, algorithm) -> Optional.of(algorithm.secret(name, realm, "secret"));

    private static ClientNode client(Simulation simulation, String address, String server) {
        return client(simulation, address, server, "");
    }

    private static ClientNode client(
            Simulation simulation, String address, String server, String transport) {
        return ClientNode.start(
                simulation.node(address),
                simulation.address(address),
                address,
                "test",
                server + ":5060" + transport,
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

package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.client.CpmClient;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Sending;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.strand.Entropy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One message from Alice to one to three devices of Bob while things go wrong, each history from
 * its seed; afterwards a ledger. {@code -Dstorm.seeds=N} for more histories, {@code -Dstorm.from=N}
 * for where they begin.
 */
class LargeMessageStormTest {

    private static final int[] SIZES = {0, 1, 2_047, 2_048, 2_049, 65_535, 65_536, 65_537, 1 << 20};

    private static final int[] REFUSALS = {403, 404, 408, 415, 480, 486, 488, 500, 503, 603};

    @Test
    void nobodyIsToldWhatIsNotSo() {
        long from = Long.getLong("storm.from", 1);
        int seeds = Integer.getInteger("storm.seeds", 60);
        var wrong = new ArrayList<String>();
        for (long seed = from; seed < from + seeds; seed++) {
            try {
                new Storm(seed).run();
            } catch (AssertionError | RuntimeException failed) {
                failed.printStackTrace();
                wrong.add("seed " + seed + ": " + failed + ", cause " + failed.getCause());
                if (wrong.size() == 5) break;
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static final class Storm {
        private final long seed;
        private final Town town;
        private final Entropy fate;
        private final List<String> faults = new ArrayList<>();
        private final List<String> devices = new ArrayList<>();
        private final List<String> crashed = new ArrayList<>();
        private final byte[] message;
        private @Nullable CpmClient sending;
        private String id = "";

        Storm(long seed) {
            this.seed = seed;
            this.town = new Town(seed);
            this.fate = town.s.node("fate").entropy();
            this.message = Town.bytes(SIZES[below(SIZES.length)]);
        }

        private int below(int bound) {
            var bytes = new byte[4];
            fate.fill(bytes);
            return Math.floorMod(ByteBuffer.wrap(bytes).getInt(), bound);
        }

        private <T> T oneOf(List<T> of) {
            return of.get(below(of.size()));
        }

        void run() {
            try (town) {
                begin();
                history();
                judge();
            } catch (AssertionError failed) {
                throw new AssertionError(
                        "seed "
                                + seed
                                + ", "
                                + message.length
                                + " bytes to "
                                + devices
                                + ", "
                                + faults
                                + ", "
                                + town.outcomes
                                + town.received
                                + town.failures
                                + ": "
                                + failed.getMessage(),
                        failed);
            }
        }

        private void begin() {
            // A fixed place for everybody, whatever is drawn later.
            for (var name : List.of("alice", "opf", "tpf")) town.s.address(name);
            town.window = oneOf(List.of(1 << 20, 64 << 10, 4 << 10));
            if (below(3) == 0) {
                town.atOriginating =
                        settings -> settings.with(new Settings.Media(PathMode.TERMINATE, 4L << 30));
                town.atTerminating =
                        settings -> settings.with(new Settings.Media(PathMode.TERMINATE, 4L << 30));
            }
            town.functions();
            int count = 1 + below(3);
            for (int i = 0; i < count; i++) device("device" + i);
            if (below(4) == 0) town.s.network().pieces(1, 1 + below(3_000));
            if (below(4) == 0)
                town.s.network().delay(Duration.ofMillis(5), Duration.ofMillis(5 + below(200)));
            town.s.network().loss(below(3) * 0.05).duplicate(below(2) * 0.1).reorder(0.1);
        }

        private void device(String name) {
            devices.add(name);
            int at = message.length == 0 ? 0 : below(message.length + 400);
            town.receiving =
                    switch (below(10)) {
                        case 0 -> {
                            int code = REFUSALS[below(REFUSALS.length)];
                            faults.add(name + " refuses with " + code);
                            yield new Receiving(Town.INTO, code, -1);
                        }
                        case 1 -> {
                            faults.add(name + " stalls after " + at);
                            yield new Receiving(Town.INTO, 0, at);
                        }
                        default -> Receiving.into(Town.INTO);
                    };
            town.device(name);
            switch (below(10)) {
                case 0 -> {
                    faults.add(name + " has a full disk after " + at);
                    town.s.disk(name).fullAfter(at);
                }
                case 1 -> {
                    int nth = 1 + below(2);
                    faults.add(name + " cannot force " + nth);
                    town.s.disk(name).failForce(nth);
                }
                default -> {}
            }
        }

        private void history() {
            var alice = town.alice();
            sending = alice;
            id = town.sends(alice, message);
            int count = below(4);
            for (int i = 0; i < count; i++) {
                awaitMoment();
                fault();
            }
            if (below(3) == 0) town.s.pass(Duration.ofMillis(below(3_000)));
            if (!crashed.contains("alice"))
                town.s.until(() -> !town.outcomes.isEmpty(), Duration.ofMinutes(5));
            town.s.pass(Duration.ofSeconds(45));
            town.s.network().heal();
            // A device that has its message waits for a BYE that a crash may have taken.
            town.s.pass(Duration.ofMinutes(15));
        }

        /** At once, in the course of the calls, or when bytes have come to a device. */
        private void awaitMoment() {
            switch (below(4)) {
                case 0 -> town.s.pass(Duration.ofNanos(below(2_000_000)));
                case 1 -> town.s.pass(Duration.ofNanos(below(20_000_000)));
                case 2 -> town.s.pass(Duration.ofMillis(below(2_000)));
                default -> {
                    var device = oneOf(devices);
                    for (int i = 0; i < 2_000 && town.s.disk(device).files().isEmpty(); i++)
                        town.s.pass(Duration.ofMillis(1));
                    town.s.pass(Duration.ofNanos(below(5_000_000)));
                }
            }
        }

        private void fault() {
            var everybody = new ArrayList<>(List.of("alice", "opf", "tpf"));
            everybody.addAll(devices);
            var who = oneOf(everybody);
            var links = new ArrayList<>(List.of(List.of("alice", "opf"), List.of("opf", "tpf")));
            for (var device : devices) links.add(List.of("tpf", device));
            var link = oneOf(links);
            var turned = below(2) == 0 ? link : link.reversed();
            var network = town.s.network();
            int bytes = below(below(2) == 0 ? 4_000 : message.length + 6_000);
            switch (below(9)) {
                case 7 -> {
                    faults.add("cut " + link);
                    network.cut(link.getFirst(), link.getLast());
                }
                case 0, 1, 2 -> {
                    faults.add("reset " + turned + " after " + bytes);
                    network.resetAfterBytes(turned.getFirst(), turned.getLast(), bytes);
                }
                case 3 -> {
                    int seconds = 1 + below(50);
                    faults.add("stall " + who + " " + seconds + " s");
                    network.stall(who, Duration.ofSeconds(seconds));
                }
                case 4 -> {
                    faults.add("reset " + link + " now");
                    network.reset(link.getFirst(), link.getLast());
                }
                case 5 -> {
                    var victim = below(2) == 0 ? oneOf(devices) : who;
                    if (crashed.contains(victim) || Boolean.getBoolean("storm.calm")) return;
                    faults.add("crash " + victim);
                    crashed.add(victim);
                    town.s.crash(victim);
                    town.nodes.remove(victim);
                }
                case 6 -> {
                    faults.add("full disk of tpf after " + bytes);
                    town.s.disk("tpf").fullAfter(bytes);
                }
                default -> senderGivesUp();
            }
        }

        private void senderGivesUp() {
            var calling = town.calling;
            if (calling == null || crashed.contains("alice")) return;
            switch (below(3)) {
                case 0 -> {
                    faults.add("cancel");
                    calling.cancel(null);
                }
                case 1 -> {
                    faults.add("early BYE");
                    calling.bye(Reason.sip(480, "Gone"), Map.of());
                }
                default -> {
                    faults.add("abort");
                    if (sending != null) sending.abort(id);
                }
            }
        }

        private void judge() {
            var whole = 0;
            for (var device : devices)
                for (var file : town.s.disk(device).files()) {
                    // What a machine was writing when it lost its power carries another name.
                    if (file.toString().endsWith(".part")) {
                        assertThat(crashed).as(file + " at " + device).contains(device);
                        continue;
                    }
                    assertThat(town.s.disk(device).contents(file))
                            .as(file + " at " + device)
                            .isEqualTo(message);
                    whole++;
                }
            for (var outcome : town.outcomes)
                if (outcome instanceof Sending.Outcome.Sent)
                    assertThat(whole).as("whole files").isPositive();
            assertThat(town.outcomes).hasSizeBetween(crashed.contains("alice") ? 0 : 1, 1);
            if (faults.isEmpty())
                assertThat(town.outcomes.getFirst()).isInstanceOf(Sending.Outcome.Sent.class);
            town.leavesNothing();
        }
    }
}

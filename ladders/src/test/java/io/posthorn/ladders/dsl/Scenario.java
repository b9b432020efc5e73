package io.posthorn.ladders.dsl;

import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.World;
import io.posthorn.strand.ladder.Ladder;
import io.posthorn.strand.ladder.Seen;
import io.posthorn.strand.ladder.SeenCall;
import io.posthorn.strand.sim.MemoryDisk;
import io.posthorn.strand.sim.Network;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A scenario among named parties, written as it is read, drawn from what really passed.
 *
 * <pre>{@code
 * var alice = l.party("Alice");
 * var pf = originating(l);
 * alice.sends(pf.at(), invite());
 * core.receives("INVITE");
 * }</pre>
 */
public final class Scenario implements AutoCloseable {

    /** A ladder that lets more than this pass may keep to the simulation. */
    private static final Duration MUCH = Duration.ofSeconds(5);

    private final Wire wire;
    private final String title;
    private final Ground ground;
    private final Map<String, Party> parties = new LinkedHashMap<>();
    private final List<PlainMsrpPeer> peers = new ArrayList<>();
    private final List<String> units = new ArrayList<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private final List<Supplier<List<String>>> leftovers = new ArrayList<>();
    private final List<AutoCloseable> closing = new ArrayList<>();
    private Duration passed = Duration.ZERO;
    private int number;

    private Scenario(Wire wire, String title) {
        this.wire = wire;
        this.title = title;
        this.ground =
                switch (wire) {
                    case SIMULATED ->
                            new SimulatedGround(Long.getLong("ladders.seed", title.hashCode()));
                    case SOCKETS -> new SocketGround("127.0.0.1");
                    case SOCKETS6 -> new SocketGround("::1");
                };
    }

    public static Scenario on(Wire wire, String title) {
        return new Scenario(wire, title);
    }

    public Wire wire() {
        return wire;
    }

    /** A plain SIP peer; its column stands where it was first named. */
    public Party party(String name) {
        return parties.computeIfAbsent(
                name,
                n -> {
                    var party = new Party(this, ground, n);
                    names.put(party.hostPort(), n);
                    return party;
                });
    }

    /** A plain MSRP session of that party. */
    public PlainMsrpPeer msrp(String name) {
        var peer = new PlainMsrpPeer(this, ground, name);
        peers.add(peer);
        names.put(Party.text(peer.at()), name);
        return peer;
    }

    /** The ports for a unit under test, which is drawn by this name. */
    public World world(String unit) {
        if (!units.contains(unit)) units.add(unit);
        return ground.world(unit);
    }

    /** Gives a unit a certificate, before it listens for TLS. */
    public void certifies(String unit) {
        ground.certifies(unit);
    }

    /** An address for a unit under test. */
    public InetSocketAddress freeAddress(String unit) {
        return ground.free(unit);
    }

    /** The columns of the drawing, from the left; further ones follow as they are named. */
    public void columns(String... order) {
        for (var name : order) names.put("column " + name, name);
    }

    /** Names an address of a unit under test in the drawing. */
    public void draws(String hostPort, String name) {
        names.put(hostPort, name);
    }

    /**
     * Asked at the end: lines that say what is not over. On sockets it is asked until it is over.
     */
    public void leaves(Supplier<List<String>> open) {
        leftovers.add(open);
    }

    /** Closed at the end, last first. */
    public void closes(AutoCloseable unit) {
        closing.add(unit);
    }

    /** A number that no other part of this scenario has. */
    public int number() {
        return ++number;
    }

    public void pass(Duration d) {
        passed = passed.plus(d);
        if (wire != Wire.SIMULATED && passed.compareTo(MUCH) > 0)
            throw new AssertionError("a ladder that lets more than 5 s pass is simulated only");
        ground.pass(d);
    }

    /** Waits until it is so. */
    public void until(String what, java.util.function.BooleanSupplier so) {
        if (!ground.until(so, Party.PATIENCE)) throw new AssertionError("not so: " + what);
    }

    public boolean letMuchTimePass() {
        return passed.compareTo(MUCH) > 0;
    }

    /**
     * Nobody has anything unread, and nothing is left open: in the simulation after two hours, on
     * sockets after a moment.
     */
    public void nothingMore() {
        ground.pass(wire == Wire.SIMULATED ? Duration.ofHours(2) : Duration.ofMillis(200));
        ground.until(() -> left().isEmpty(), Duration.ofSeconds(2));
        var left = left();
        if (ground instanceof SimulatedGround simulated) left.addAll(simulated.leftovers());
        if (!left.isEmpty())
            throw new AssertionError("something is left:\n" + String.join("\n", left));
    }

    private List<String> left() {
        var left = new ArrayList<String>();
        parties.forEach((name, party) -> {
            if (!party.unread().isEmpty()) left.add(name + " also got " + party.unread());
        });
        for (var open : leftovers) left.addAll(open.get());
        return left;
    }

    /** Lets the simulation surface what was thrown last. */
    public void finish() {
        if (ground instanceof SimulatedGround simulated) simulated.simulation().settle();
    }

    // ---- what can be wrong, in the simulation only

    /** The simulated network, for its faults; units and parties are its nodes, by name. */
    public Network network() {
        return simulation().network();
    }

    /** The simulated disk of a unit under test. */
    public MemoryDisk disk(String unit) {
        return simulation().disk(unit);
    }

    private Simulation simulation() {
        if (ground instanceof SimulatedGround simulated) return simulated.simulation();
        throw new AssertionError("a ladder with faults of network or disk is simulated only");
    }

    // ---- what was seen

    private List<MemoryRecorder.Call> recorded() {
        var calls = new ArrayList<MemoryRecorder.Call>();
        for (var unit : units) {
            var recorder =
                    switch (ground) {
                        case SimulatedGround simulated -> simulated.simulation().recorder(unit);
                        case SocketGround sockets -> sockets.recorder(unit);
                        default -> throw new IllegalStateException("no such ground");
                    };
            calls.addAll(recorder.ended());
            calls.addAll(recorder.running());
        }
        return calls;
    }

    /** The calls of the units, as their recorders kept them. */
    public List<MemoryRecorder.Call> calls() {
        return recorded();
    }

    /** The steps that the units went through. */
    public List<Seen> stepsSeen() {
        var steps = new ArrayList<Seen>();
        for (var call : recorded())
            for (var seen : SeenCall.of("", call).seen())
                switch (seen) {
                    case Seen.Step step -> steps.add(step);
                    case Seen.Skipped skipped -> steps.add(skipped);
                    case Seen.Message _, Seen.Media _ -> {}
                }
        return steps;
    }

    /** The ladder so far. */
    public String drawn() {
        var calls = new ArrayList<SeenCall>();
        for (var unit : units) {
            var recorder =
                    switch (ground) {
                        case SimulatedGround simulated -> simulated.simulation().recorder(unit);
                        case SocketGround sockets -> sockets.recorder(unit);
                        default -> throw new IllegalStateException("no such ground");
                    };
            var all = new ArrayList<>(recorder.ended());
            all.addAll(recorder.running());
            all.sort(Comparator.comparing(MemoryRecorder.Call::begun));
            for (var call : all) calls.add(SeenCall.of(unit, call));
        }
        for (var party : parties.values()) calls.add(party.call());
        for (var peer : peers) calls.add(peer.call());
        return Ladder.of(title, calls, names).text();
    }

    @Override
    public void close() throws Exception {
        for (var unit : closing.reversed()) unit.close();
        ground.close();
    }
}

package io.posthorn.strand.sim;

import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every port of every node, from one seed. The same seed and the same calls give the same history.
 *
 * <p>Time stands still but for {@link #pass} and {@link #until}. What a strand, a task or a
 * callback throws comes out of the call that ran it, as the cause of an {@link AssertionError}; so
 * does a strand that blocks anywhere but in {@code Strand.await} and {@code Strands.call}. All of
 * it is used by one thread, the test's.
 */
public final class Simulation implements AutoCloseable {

    /** Ours: bytes of ended calls that each node's recorder keeps. */
    private static final long RING = 64L << 20;

    private final long seed;
    private final Agenda agenda;
    private final Network network;
    private final KnownNames.Zone zone;
    private final Map<String, Node.Lasting> lasting = new LinkedHashMap<>();
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private boolean closed;

    public Simulation(long seed) {
        this.seed = seed;
        this.agenda = new Agenda(new Dice(seed));
        this.network = new Network(agenda);
        this.zone = new KnownNames.Zone(this::addressOrNull);
    }

    /**
     * The node called {@code name}, with a disk of its own and the network shared; the same node
     * for the same name, until it crashes. The first has the address 10.0.0.1, the next 10.0.0.2.
     */
    public World node(String name) {
        if (closed) throw new IllegalStateException("this simulation is closed");
        return nodes.computeIfAbsent(name, n -> new Node(lasting(n), agenda, network, zone));
    }

    private Node.Lasting lasting(String name) {
        return lasting.computeIfAbsent(
                name,
                n ->
                        new Node.Lasting(
                                n,
                                lasting.size() + 1,
                                new MemoryDisk(agenda, n),
                                new MemoryRecorder(agenda::instant, MemoryRecorder.Mode.FULL, RING),
                                new Dice(Dice.mix(seed) ^ Dice.mix(n.hashCode()))));
    }

    /** The address of a node; it is made if it is not there. Names resolve to it, too. */
    public InetAddress address(String node) {
        return Sockets.address(lasting(node).number());
    }

    private @Nullable InetAddress addressOrNull(String host) {
        var node = lasting.get(host);
        return node == null ? null : Sockets.address(node.number());
    }

    /** What {@code Names} finds for {@code name}: a host, or exactly the service asked for. */
    public Simulation name(String name, List<Target> targets) {
        zone.names().put(name.toLowerCase(Locale.ROOT), List.copyOf(targets));
        return this;
    }

    /** The network, and what can be wrong with it. */
    public Network network() {
        return network;
    }

    /** The disk of {@code node}, and what can be wrong with it. */
    public MemoryDisk disk(String node) {
        return lasting(node).disk();
    }

    /** The recorder of {@code node}, in full mode; it remembers across crashes. */
    public MemoryRecorder recorder(String node) {
        return lasting(node).recorder();
    }

    /** Lets the wall clock of {@code node} jump; nothing that waits notices. */
    public void jump(String node, Duration by) {
        if (node(node) instanceof Node living) living.jump(by);
    }

    /**
     * Power off: strands, loops, links and ports of {@code node} are gone, its disk has lost of
     * what was not forced as much as chance wants. {@link #node} then gives the node anew.
     */
    public void crash(String node) {
        outside();
        var living = nodes.remove(node);
        if (living == null) return;
        living.die();
        network.crash(living);
        lasting(node).disk().crash();
        agenda.trace(living.number());
    }

    /** Simulated time. It starts at the same instant in every simulation. */
    public Instant now() {
        return agenda.instant();
    }

    /** Runs what is due now, until every strand waits and nothing is left at this moment. */
    public void settle() {
        outside();
        agenda.surface();
        while (agenda.next(agenda.now())) {
            // on
        }
    }

    /**
     * Lets {@code d} pass, stopping at each moment on the way. Rethrows what any strand or task
     * threw.
     */
    public void pass(Duration d) {
        outside();
        agenda.surface();
        long end = agenda.now() + Agenda.nanos(d);
        while (agenda.next(end)) {
            // on
        }
        agenda.advance(end);
    }

    /** Runs until {@code done} says true, or fails after {@code limit} of simulated time. */
    public void until(BooleanSupplier done, Duration limit) {
        outside();
        agenda.surface();
        long end = agenda.now() + Agenda.nanos(limit);
        while (!done.getAsBoolean()) {
            if (agenda.next(end)) continue;
            agenda.advance(end);
            throw new AssertionError(
                    "not so after " + limit + "; left:\n" + String.join("\n", leftovers()));
        }
    }

    private void outside() {
        if (agenda.current() != null)
            throw new IllegalStateException("time is passed by the test, not " + agenda.current());
        if (closed) throw new IllegalStateException("this simulation is closed");
    }

    /** Hash of everything that happened so far; equal for equal seeds. */
    public long traceHash() {
        return agenda.hash();
    }

    /**
     * What is not over yet, a line each: strands that have not ended, timers, tasks and bytes under
     * way, open links. Listening ports and datagram sockets are not listed.
     */
    public List<String> leftovers() {
        var left = new ArrayList<String>();
        for (var node : nodes.values()) left.addAll(leftovers(node));
        return left;
    }

    /** {@link #leftovers()} of one node. */
    public List<String> leftovers(String node) {
        var living = nodes.get(node);
        return living == null ? List.of() : leftovers(living);
    }

    private List<String> leftovers(Node node) {
        var left = new ArrayList<String>();
        for (var strand : node.strands().alive()) left.add(strand.toString());
        for (var end : network.links()) if (end.node() == node) left.add(end.toString());
        for (var entry : agenda.pending())
            if (entry.owner == node && entry.kind != Agenda.Kind.STRAND) left.add(text(entry));
        return left;
    }

    private String text(Agenda.Entry entry) {
        var due = Duration.ofNanos(entry.time - agenda.now());
        var what = entry.what instanceof QueuedLoop.Timer timer ? ": " + timer : "";
        var kind = entry.kind.name().toLowerCase(Locale.ROOT);
        return kind + " on " + entry.on + ", due in " + due + what;
    }

    /** Buffers that links have handed to readers and nobody has released. */
    public int unreleased() {
        return network.unreleased();
    }

    /** Ends the threads of all strands. What they do on their way out has no effect. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        for (var node : nodes.values()) node.die();
        agenda.clear();
    }
}

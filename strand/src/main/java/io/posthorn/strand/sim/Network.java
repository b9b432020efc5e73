package io.posthorn.strand.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.Certificate;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The network between the nodes, and what is wrong with it. Without faults it delays a little, cuts
 * byte streams anywhere, and loses nothing. Each method that sets a fault returns this.
 */
public final class Network {

    private static final int FIRST_EPHEMERAL = 49_152;

    private record Pair(String one, String other) {
        static Pair of(String a, String b) {
            return a.compareTo(b) <= 0 ? new Pair(a, b) : new Pair(b, a);
        }
    }

    /** One direction between two nodes. */
    private record Way(String from, String to) {}

    /** One link from {@code from} to {@code to} is reset after so many bytes. */
    private record Reset(String from, String to, long bytes) {}

    private final Agenda agenda;
    private final Dice dice;
    private long least = 100_000;
    private long most = 2_000_000;
    private int leastPiece;
    private int mostPiece;
    private double loss;
    private double duplicate;
    private double reorder;
    private final Set<Pair> cut = new LinkedHashSet<>();
    private final Set<Way> deaf = new LinkedHashSet<>();
    private final Map<String, Duration> behind = new LinkedHashMap<>();
    private final Set<String> stalled = new LinkedHashSet<>();
    private final List<Reset> resets = new ArrayList<>();
    private final Map<String, Certificate> certificates = new LinkedHashMap<>();
    private final Set<String> silent = new LinkedHashSet<>();

    private final Set<End> ends = new LinkedHashSet<>();
    private final List<Runnable> held = new ArrayList<>();
    private final Map<InetSocketAddress, Sockets.Port> ports = new LinkedHashMap<>();
    private final Map<InetSocketAddress, Sockets.Socket> sockets = new LinkedHashMap<>();
    private final Map<Pair, Long> lastDatagram = new LinkedHashMap<>();
    private int nextEphemeral = FIRST_EPHEMERAL;
    private List<ByteBuf> handedOut = new ArrayList<>();
    private int lookAgain = 1_024;

    Network(Agenda agenda) {
        this.agenda = agenda;
        this.dice = agenda.dice;
    }

    /** How long bytes and datagrams are under way; 0.1 to 2 ms at first. */
    public Network delay(Duration least, Duration most) {
        this.least = Agenda.nanos(least);
        this.most = Agenda.nanos(most);
        return this;
    }

    /**
     * Cuts streams into pieces of {@code least} to {@code most} bytes, where there are so many; (1,
     * 1) is every byte by itself. At first pieces have any length, and whole flushes are common.
     */
    public Network pieces(int least, int most) {
        leastPiece = Math.max(1, least);
        mostPiece = Math.max(leastPiece, most);
        return this;
    }

    /** The probability that a datagram is lost. */
    public Network loss(double probability) {
        loss = probability;
        return this;
    }

    /** The probability that a datagram arrives twice. */
    public Network duplicate(double probability) {
        duplicate = probability;
        return this;
    }

    /** The probability that a datagram is late, and others overtake it. */
    public Network reorder(double probability) {
        reorder = probability;
        return this;
    }

    /**
     * Nothing passes between the two nodes until {@link #heal()}: datagrams are lost, streams wait,
     * connections are given up after 5 s.
     */
    public Network cut(String one, String other) {
        cut.add(Pair.of(one, other));
        return this;
    }

    /**
     * What {@code from} sends does not come to {@code to} until {@link #heal()}; the other
     * direction is well, but for connections that are being made.
     */
    public Network cutOneWay(String from, String to) {
        deaf.add(new Way(from, to));
        return this;
    }

    /** The datagram sockets of {@code node} say that they have been behind for {@code d}. */
    public Network behind(String node, Duration d) {
        behind.put(node, d);
        return this;
    }

    Duration behind(Node node) {
        return behind.getOrDefault(node.name(), Duration.ZERO);
    }

    /** The links of {@code node} stop moving until {@link #heal()}. Its datagrams pass. */
    public Network stall(String node) {
        stalled.add(node);
        return this;
    }

    /** The links of {@code node} stop moving for {@code d}. */
    public Network stall(String node, Duration d) {
        stall(node);
        agenda.at(agenda.now() + Agenda.nanos(d), Agenda.Kind.FAULT, null, null, () -> move(node));
        return this;
    }

    private void move(String node) {
        if (stalled.remove(node)) resume();
    }

    /** No cuts and no stalls any more: what waited moves on. */
    public Network heal() {
        cut.clear();
        deaf.clear();
        stalled.clear();
        silent.clear();
        resume();
        return this;
    }

    private void resume() {
        for (var end : List.copyOf(ends)) end.arrange();
        var waiting = List.copyOf(held);
        held.clear();
        for (var attempt : waiting) attempt.run();
    }

    /**
     * Resets one link: the first on which the bytes from {@code from} to {@code to} go beyond
     * {@code bytes}. These bytes arrive, then both ends are told.
     */
    public Network resetAfterBytes(String from, String to, long bytes) {
        resets.add(new Reset(from, to, bytes));
        return this;
    }

    /** Resets all links between the two nodes now. */
    public Network reset(String one, String other) {
        for (var end : List.copyOf(ends))
            if (Pair.of(end.node().name(), other(end)).equals(Pair.of(one, other))) end.reset();
        return this;
    }

    /**
     * Ends all links between the two nodes in order, from the side of {@code one}: {@code other}
     * reads what was sent, then the end of the stream; what it still sends is lost.
     */
    public Network close(String one, String other) {
        for (var end : List.copyOf(ends))
            if (end.node().name().equals(one) && other(end).equals(other)) end.closeItself();
        return this;
    }

    private static String other(End end) {
        return end.otherNode().name();
    }

    /**
     * What {@code node} shows over TLS from now on: a certificate for {@code names}, from an
     * authority that all trust. At first it is for the name of the node and all its addresses.
     */
    public Network certificate(String node, String... names) {
        var der = ("certificate of " + node + " for " + List.of(names)).getBytes(UTF_8);
        certificates.put(node, Certificate.vouched(der, List.of(names)));
        return this;
    }

    /**
     * What {@code node} shows over TLS from now on: a certificate that nobody vouches for.
     *
     * @param why {@code expired on 2024-01-31}, {@code is self-signed}
     */
    public Network doubtfulCertificate(String node, String why) {
        var der = ("certificate of " + node + " that " + why).getBytes(UTF_8);
        certificates.put(node, Certificate.doubted(der, why));
        return this;
    }

    /** Who connects to {@code node} over TLS hears nothing until {@link #heal()}. */
    public Network stallHandshakes(String node) {
        silent.add(node);
        return this;
    }

    boolean silent(Node node) {
        return silent.contains(node.name());
    }

    Certificate certificate(Node node) {
        var known = certificates.get(node.name());
        if (known != null) return known;
        var address = Sockets.address(node.number()).getHostAddress();
        certificate(node.name(), node.name(), address, "localhost", "127.0.0.1", "::1");
        return certificate(node);
    }

    Agenda agenda() {
        return agenda;
    }

    boolean blocked(Node from, Node to) {
        return unreachable(from, to)
                || (!stalled.isEmpty()
                        && (stalled.contains(from.name()) || stalled.contains(to.name())));
    }

    boolean unreachable(Node from, Node to) {
        return !cut.isEmpty() && cut.contains(Pair.of(from.name(), to.name()))
                || !deaf.isEmpty() && deaf.contains(new Way(from.name(), to.name()));
    }

    /** Runs {@code attempt} again when something was healed. */
    void hold(Runnable attempt) {
        held.add(attempt);
    }

    long latency() {
        return dice.between(least, most);
    }

    /** When something sent now arrives that must not overtake what arrives at {@code last}. */
    long arrival(long last) {
        return Math.max(last + 1, agenda.now() + latency());
    }

    /** When the copies of a datagram sent now arrive; none if it is lost. */
    List<Long> datagramArrivals(Node from, Node to) {
        if (unreachable(from, to) || dice.happens(loss)) return List.of();
        var arrivals = new ArrayList<Long>();
        for (int copies = dice.happens(duplicate) ? 2 : 1; copies > 0; copies--)
            arrivals.add(datagramArrival(new Pair(from.name(), to.name())));
        return arrivals;
    }

    private long datagramArrival(Pair way) {
        if (dice.happens(reorder)) return agenda.now() + latency() + dice.between(most, 10 * most);
        long arrival = arrival(lastDatagram.getOrDefault(way, 0L));
        lastDatagram.put(way, arrival);
        return arrival;
    }

    /** Where to cut {@code most} bytes: often not at all, sometimes right at the start. */
    int segment(int most) {
        if (mostPiece > 0) return (int) Math.min(most, dice.between(leastPiece, mostPiece));
        return switch (dice.below(8)) {
            case 0 -> (int) dice.between(1, Math.min(8, most));
            case 1, 2, 3 -> (int) dice.between(1, most);
            default -> most;
        };
    }

    /** How many bytes {@code end} may still send before its link is reset. */
    long bytesUntilReset(End end, long sent) {
        if (resets.isEmpty()) return Long.MAX_VALUE;
        for (var reset : resets)
            if (reset.from().equals(end.node().name()) && reset.to().equals(other(end))) {
                if (sent >= reset.bytes()) {
                    resets.remove(reset);
                    return 0;
                }
                return reset.bytes() - sent;
            }
        return Long.MAX_VALUE;
    }

    void opened(End end) {
        ends.add(end);
    }

    void forget(End end) {
        ends.remove(end);
    }

    /** Whether a connection is there between the two. */
    boolean joined(InetSocketAddress one, InetSocketAddress other) {
        return ends.stream().anyMatch(end -> end.local().equals(one) && end.remote().equals(other));
    }

    List<End> links() {
        return List.copyOf(ends);
    }

    Map<InetSocketAddress, Sockets.Port> ports() {
        return ports;
    }

    Map<InetSocketAddress, Sockets.Socket> sockets() {
        return sockets;
    }

    int ephemeral() {
        int port = nextEphemeral++;
        if (nextEphemeral > 65_535) nextEphemeral = FIRST_EPHEMERAL;
        return port;
    }

    /** What {@code node} had open is gone; its peers are told. */
    void crash(Node node) {
        ports.values().removeIf(port -> port.node() == node);
        sockets.values().removeIf(socket -> socket.node() == node);
        for (var end : List.copyOf(ends))
            if (end.node() == node) {
                end.tellOther();
                end.vanish();
            }
    }

    /** Remembers a buffer that a reader must release. */
    ByteBuf handOut(ByteBuf bytes) {
        handedOut.add(bytes);
        if (handedOut.size() >= lookAgain) lookAgain = Math.max(1_024, 2 * unreleased());
        return bytes;
    }

    int unreleased() {
        var kept = new ArrayList<ByteBuf>();
        for (var bytes : handedOut) if (bytes.refCnt() > 0) kept.add(bytes);
        handedOut = kept;
        return kept.size();
    }

    static String text(@Nullable InetSocketAddress at) {
        if (at == null) return "?";
        var address = at.getAddress();
        var host = address == null ? at.getHostString() : address.getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + at.getPort();
    }
}

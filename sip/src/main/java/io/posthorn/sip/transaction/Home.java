package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Target;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The transactions that live on one loop. Touched on that loop only. */
final class Home {

    // Ours: how long, and of how many peers, we remember that they take big requests by UDP only
    private static final Duration WITHOUT_TCP = Duration.ofMinutes(1);
    private static final int REMEMBERED = 1_000;

    // Ours: how long a server that failed is the last that is asked
    private static final Duration FAILING = Duration.ofSeconds(30);

    final Loop loop;
    final Map<String, Server> servers = new HashMap<>();
    final Map<String, Client> clients = new HashMap<>();

    /**
     * Requests that are answered and may still come again, by key: the answer, or of an INVITE,
     * whose answer has its ACK, the To tag.
     */
    final Recent answered;

    private final Map<Flow, Set<Client>> waiting = new HashMap<>();
    private final LinkedHashMap<InetSocketAddress, Instant> withoutTcp = new LinkedHashMap<>();

    private final LinkedHashMap<InetSocketAddress, Instant> failing = new LinkedHashMap<>();

    Home(Loop loop, Entropy entropy, Duration life) {
        this.loop = loop;
        this.answered = new Recent(loop, entropy, life);
    }

    /** Whether nobody answered there by TCP within the last minute. */
    boolean withoutTcp(InetSocketAddress address) {
        var until = withoutTcp.get(address);
        return until != null && loop.now().isBefore(until);
    }

    void noTcp(InetSocketAddress address) {
        withoutTcp.remove(address);
        if (withoutTcp.size() == REMEMBERED) withoutTcp.pollFirstEntry();
        withoutTcp.put(address, loop.now().plus(WITHOUT_TCP));
    }

    /** RFC 3263 section 4.3: nobody answered there, or with 503. */
    void failing(InetSocketAddress address) {
        failing.remove(address);
        if (failing.size() == REMEMBERED) failing.pollFirstEntry();
        failing.put(address, loop.now().plus(FAILING));
    }

    /** {@code ways} in their order, but those that failed lately last: they are tried, too. */
    List<Target> livingFirst(List<Target> ways) {
        if (ways.size() < 2 || failing.isEmpty()) return ways;
        var now = loop.now();
        failing.values().removeIf(until -> !now.isBefore(until));
        return ways.stream()
                .sorted(Comparator.comparing(way -> failing.containsKey(way.address())))
                .toList();
    }

    /** {@code client} wants to hear if {@code flow} ends. */
    void waits(Client client, Flow flow) {
        waiting.computeIfAbsent(flow, _ -> new LinkedHashSet<>()).add(client);
    }

    void waitsNoMore(Client client, @Nullable Flow flow) {
        if (flow == null) return;
        var clients = waiting.get(flow);
        if (clients == null) return;
        clients.remove(client);
        if (clients.isEmpty()) waiting.remove(flow);
    }

    List<Client> ended(Flow flow) {
        var clients = waiting.remove(flow);
        return clients == null ? List.of() : List.copyOf(clients);
    }
}

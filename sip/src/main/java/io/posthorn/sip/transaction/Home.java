package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.strand.Loop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
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

    final Loop loop;
    final Map<String, Server> servers = new HashMap<>();
    final Map<String, Client> clients = new HashMap<>();
    private final Map<Flow, Set<Client>> waiting = new HashMap<>();
    private final LinkedHashMap<InetSocketAddress, Instant> withoutTcp = new LinkedHashMap<>();

    Home(Loop loop) {
        this.loop = loop;
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

package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.strand.Loop;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The transactions that live on one loop. Touched on that loop only. */
final class Home {

    final Loop loop;
    final Map<String, Server> servers = new HashMap<>();
    final Map<String, Client> clients = new HashMap<>();
    private final Map<Flow, Set<Client>> waiting = new HashMap<>();

    Home(Loop loop) {
        this.loop = loop;
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

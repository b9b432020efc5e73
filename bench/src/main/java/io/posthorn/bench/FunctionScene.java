package io.posthorn.bench;

import java.util.List;

/** The originating participating function alone: we are the sender, and the core behind it. */
final class FunctionScene implements AutoCloseable {

    private final Scene scene = new Scene();
    private final Peer next;
    private final Server server;
    private final Send.Way way;

    FunctionScene(ServerOptions options, Peer.Sending sending) {
        next = scene.peer(Peers.BOB, sending);
        server = scene.server(world -> options.startFunction(world, next.at()));
        way =
                new Send.Way(
                        scene.peer(Peers.ALICE, sending),
                        Peers.BOB,
                        List.of(
                                "<sip:orig@" + server.participating() + ";lr>",
                                "<sip:" + next.at() + ";lr>"),
                        Send.Identity.ASSERTED);
    }

    Server server() {
        return server;
    }

    Send.Way way() {
        return way;
    }

    Scene scene() {
        return scene;
    }

    /** Calls that do {@code then}, and what they expect at the other end. */
    Load load(long size, Send.Then then, int parallel, Receive.Expects expects) {
        int copies = expects == Receive.Expects.MESSAGE ? 1 : 0;
        var load = new Load(scene.sending(way, size, then), parallel, copies);
        next.onCall(new Receive(next, scene.pattern(), expects, load::ledger));
        return load;
    }

    @Override
    public void close() {
        scene.close();
    }
}

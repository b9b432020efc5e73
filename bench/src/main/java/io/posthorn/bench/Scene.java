package io.posthorn.bench;

import io.posthorn.bench.Load.Start;
import io.posthorn.cpm.call.Calls;
import io.posthorn.live.LiveWorld;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Our side of a measurement: the peers, their world, and the server between them. */
final class Scene implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 60;

    private final LiveWorld world =
            LiveWorld.start(Path.of("").toAbsolutePath(), (_, _) -> Unrecorded.TRACK);
    private final Pattern pattern = new Pattern();
    private final List<AutoCloseable> closing = new ArrayList<>();

    LiveWorld world() {
        return world;
    }

    Pattern pattern() {
        return pattern;
    }

    Peer peer(String user, Peer.Sending sending) {
        return peer(user, null, sending);
    }

    /** A device of one of the users of {@code server}. */
    Peer device(String user, Server server, Peer.Sending sending) {
        return peer(user, server.password(), sending);
    }

    private Peer peer(String user, @Nullable String password, Peer.Sending sending) {
        var peer = Peer.start(world, user, password, sending);
        closing.addFirst(peer);
        return peer;
    }

    Server server(Function<LiveWorld, Server> how) {
        var server = how.apply(world);
        closing.addFirst(server);
        return server;
    }

    /**
     * The heap that a call takes which is established and says nothing, in bytes.
     *
     * @param settle how long to wait until transactions have ended: RFC 3261 timer L and others
     *     take 32 s
     */
    long heapPerHeldCall(Server server, Send.Way way, int count, Duration settle, Ledger ledger)
            throws InterruptedException {
        // What calls before these left in tables goes with the next calls; by time, only later.
        Thread.sleep(settle);
        hold(way.from().calls(), way, Math.min(count, 20), Duration.ZERO, ledger)
                .forEach(Runnable::run);
        Thread.sleep(settle);
        long before = server.liveHeap();
        var held = hold(way.from().calls(), way, count, settle, ledger);
        long after = server.liveHeap();
        held.forEach(Runnable::run);
        return (after - before) / count;
    }

    private List<Runnable> hold(
            Calls calls, Send.Way way, int count, Duration settle, Ledger ledger)
            throws InterruptedException {
        var held = new ArrayList<Runnable>();
        for (int i = 0; i < count; i++) {
            var up = new CountDownLatch(1);
            var message = new Message(1_000_000_000 + i, 100);
            var send = new Send(way, message, new Send.Then.Hold(up), ledger, () -> {});
            held.add(calls.make("held", Map.of(), send));
            if (!up.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                ledger.failed("held call " + i + " was not established");
                break;
            }
        }
        Thread.sleep(settle);
        return held;
    }

    /** One call after the other on {@code way}. */
    Start sending(Send.Way way, long size, Send.Then then) {
        return (number, ledger, over) ->
                way.from()
                        .calls()
                        .make(
                                "sending",
                                Map.of(),
                                new Send(way, new Message(number, size), then, ledger, over));
    }

    @Override
    public void close() {
        for (var each : closing) {
            try {
                each.close();
            } catch (Exception late) {
                throw new IllegalStateException("closing " + each, late);
            }
        }
        world.close();
    }
}

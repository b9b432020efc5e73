package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one node over UDP and streams.
 *
 * <p>Where things live: a client transaction on the loop that {@link #send} names, which stands in
 * its branch; a server transaction on {@link Transactions#home} of its Call-ID, so that copies, the
 * CANCEL and the ACK of a request find it whatever socket they come by, and all of a call meets on
 * one loop.
 */
public final class SipTransactions implements Transactions, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(SipTransactions.class.getName());

    /** RFC 3261 section 17.2.1. */
    static final Duration TRYING_AFTER = Duration.ofMillis(200);

    final World world;
    final SipSettings settings;
    final Branches branches;
    final Transport transport;
    private final Map<Loop, Home> homes = new HashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final Overload overload;
    private volatile @Nullable User user;

    public SipTransactions(World world, SipSettings settings) {
        this.world = world;
        this.settings = settings;
        this.branches = new Branches(world);
        this.overload = new Overload(world.entropy());
        for (var loop : world.loops())
            homes.put(loop, new Home(loop, world.entropy(), settings.life()));
        this.transport =
                new Transport(
                        world,
                        settings.advertised(),
                        settings.connectionsPerSecond(),
                        new Transport.Receiver() {
                            @Override
                            public void received(SipMessage<?> message, Flow from) {
                                switch (message) {
                                    case SipRequest request -> request(request, from);
                                    case SipResponse response -> response(response, from);
                                }
                            }

                            @Override
                            public void closed(Flow flow) {
                                flowEnded(flow);
                            }
                        });
    }

    @Override
    public void user(User user) {
        this.user = user;
    }

    User user() {
        var known = user;
        if (known == null) throw new IllegalStateException("no user of the transactions");
        return known;
    }

    /**
     * Opens a port; requests come from then on.
     *
     * @param at port 0 takes a free one
     * @return where it is
     * @throws io.posthorn.strand.Unavailable if the port is taken; the message names it
     */
    public InetSocketAddress listen(Net.Kind kind, InetSocketAddress at) {
        user();
        return transport.listen(kind, at);
    }

    /** Transactions that have not ended. Any thread. */
    public int open() {
        return open.get();
    }

    /** Connections that are open. Any thread. */
    public int connections() {
        return transport.connections();
    }

    /** As {@link Transport#turnedAway()}. Any thread. */
    public long turnedAway() {
        return transport.turnedAway();
    }

    /** Calls that were refused because more came than could be read. Any thread. */
    public long refusedInOverload() {
        return overload.refused();
    }

    @Override
    public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
        return transport.keepAlive(flow, silence, lost);
    }

    void opened() {
        open.incrementAndGet();
    }

    void closed() {
        open.decrementAndGet();
    }

    @Override
    public ClientTransaction send(
            Loop home, SipRequest request, @Nullable Flow along, ClientListener listener) {
        var at = homeOf(home);
        var client =
                request.method().equals("INVITE")
                        ? new Client.Invite(this, at, request, listener)
                        : new Client.NonInvite(this, at, request, listener);
        client.begin(along);
        return client;
    }

    void sendCancel(Client.Invite invite, SipRequest cancel) {
        new Client.NonInvite(this, invite.home, cancel, (_, _) -> {}).beginAs(invite, cancel);
    }

    @Override
    public void sendAck(Loop home, SipRequest ack, @Nullable Flow along) {
        if (along != null) sendAck(home, ack, along, () -> note(ack, "flow closed"));
        else Towards.find(transport, home, ack, ways -> sendAck(home, ack, ways));
    }

    private void sendAck(Loop home, SipRequest ack, List<Target> ways) {
        var rest = new ArrayDeque<>(ways);
        var next = rest.poll();
        if (next == null) {
            note(ack, "no way to send it");
            return;
        }
        Runnable another = () -> sendAck(home, ack, List.copyOf(rest));
        transport.open(home, next, way -> sendAck(home, ack, way, another), _ -> another.run());
    }

    private void sendAck(Loop home, SipRequest ack, Flow way, Runnable lost) {
        var whole = ours(ack) ? onItsWay(ack, way) : withVia(home, ack, way);
        transport.send(home, way, whole.bytes(), lost);
    }

    private SipRequest withVia(Loop home, SipRequest ack, Flow way) {
        return ack.withVia(transport.via(way, branches.next(home)));
    }

    /** An ACK sent again has the branch of the first (RFC 3261 section 13.2.2.4). */
    private SipRequest onItsWay(SipRequest ack, Flow way) {
        var via = transport.via(way, ack.via().branch().orElse(""));
        return ack.withTopVia(via);
    }

    @Override
    public String branch(Loop home) {
        return branches.next(home);
    }

    private boolean ours(SipRequest ack) {
        if (ack.header("Via").isEmpty()) return false;
        return ack.via().branch().flatMap(branches::home).isPresent();
    }

    private Home homeOf(Loop loop) {
        var home = homes.get(loop);
        if (home == null) throw new IllegalStateException("not a loop of this node");
        return home;
    }

    /** On the flow's loop. */
    private void request(SipRequest request, Flow from) {
        var home = homeOf(Transactions.home(world, request.callId()));
        run(from, home, () -> request(home, request, from));
    }

    private void run(Flow from, Home home, Runnable task) {
        if (home.loop == from.loop()) task.run();
        else home.loop.execute(() -> guard("message from " + from.remote(), task));
    }

    private void request(Home home, SipRequest request, Flow from) {
        var branch = request.via().branch().orElse("");
        boolean cookie = branch.regionMatches(true, 0, Branches.COOKIE, 0, 7);
        switch (request.method()) {
            case "ACK" -> {
                if (cookie) acknowledged(home, request, from, branch);
            }
            case "CANCEL" -> {
                if (cookie) cancel(home, request, from, branch);
                else refuseUnmatched(home, request, from);
            }
            default -> {
                if (cookie) asked(home, request, from, branch);
                else refuseUnmatched(home, request, from);
            }
        }
    }

    /**
     * Ours: whom RFC 2543 tells no branch is not served; RFC 3261 section 17.2.3 could match it.
     */
    private void refuseUnmatched(Home home, SipRequest request, Flow from) {
        note(request, "branch without its cookie");
        transport.answered(home.loop, from);
        transport.send(home.loop, from, SipResponse.to(request, 400).bytes(), () -> {});
    }

    /** RFC 3261 section 17.2.3. */
    private static String key(SipRequest request, String branch, String method) {
        var via = request.via();
        var sentBy = (via.host() + ":" + via.port()).toLowerCase(Locale.ROOT);
        return branch.toLowerCase(Locale.ROOT) + " " + sentBy + " " + method;
    }

    private void asked(Home home, SipRequest request, Flow from, String branch) {
        var key = key(request, branch, request.method());
        var known = home.servers.get(key);
        if (known != null) {
            known.retransmitted(from);
            return;
        }
        var answer = home.answered.find(key);
        if (answer != null) {
            answerAgain(home, request, from, answer);
            return;
        }
        var server =
                request.method().equals("INVITE")
                        ? new Server.Invite(this, home, key, request, from)
                        : new Server.NonInvite(this, home, key, request, from);
        begin(home, key, server);
        if (overload.refuses(request, from)) server.respond(overload.refusal(request));
        else tell(server);
    }

    /** An INVITE is done with once its 2xx has its ACK: RFC 6026 section 7.1. */
    private void answerAgain(Home home, SipRequest request, Flow from, byte[] answer) {
        transport.answered(home.loop, from);
        if (request.method().equals("INVITE")) return;
        transport.send(home.loop, Server.wayBack(request, from), answer, () -> {});
    }

    private void begin(Home home, String key, Server server) {
        home.servers.put(key, server);
        opened();
        server.start();
    }

    private void tell(Server server) {
        var request = server.request();
        if (!guard(request.method(), () -> user().request(server)))
            server.respond(SipResponse.to(request, 500));
    }

    private void acknowledged(Home home, SipRequest ack, Flow from, String branch) {
        if (home.servers.get(key(ack, branch, "INVITE")) instanceof Server.Invite invite) {
            invite.acknowledged(ack, from);
            return;
        }
        passAck(ack, from);
    }

    void passAck(SipRequest ack, Flow from) {
        guard("ACK", () -> user().ack(ack, from));
    }

    /** RFC 3261 section 9.2. The CANCEL is a transaction of its own, so copies get the same. */
    private void cancel(Home home, SipRequest cancel, Flow from, String branch) {
        var key = key(cancel, branch, "CANCEL");
        var known = home.servers.get(key);
        if (known != null) {
            known.retransmitted(from);
            return;
        }
        var answer = home.answered.find(key);
        if (answer != null) {
            answerAgain(home, cancel, from, answer);
            return;
        }
        var own = new Server.NonInvite(this, home, key, cancel, from);
        begin(home, key, own);
        var ofInvite = key(cancel, branch, "INVITE");
        var invite = home.servers.get(ofInvite);
        var tag = invite == null ? home.answered.find(ofInvite) : null;
        if (invite instanceof Server.Invite found && found.isCancelledBy(cancel)) {
            own.respond(found.tagged(SipResponse.to(cancel, 200)));
            found.cancelled(cancel);
        } else if (tag != null) {
            own.tag(new String(tag, StandardCharsets.UTF_8));
            own.respond(SipResponse.to(cancel, 200));
        } else {
            own.respond(SipResponse.to(cancel, 481));
        }
    }

    /** On the flow's loop. RFC 3261 section 17.1.3, 18.1.2. */
    private void response(SipResponse response, Flow from) {
        var branch = response.via().branch().orElse("");
        var home = branches.home(branch);
        if (home.isEmpty()) {
            LOG.log(System.Logger.Level.DEBUG, () -> "response to no request: " + from.remote());
            return;
        }
        var at = homeOf(home.get());
        run(from, at, () -> response(at, response, branch, from));
    }

    private void response(Home home, SipResponse response, String branch, Flow from) {
        var method = response.cseq().method();
        var client = home.clients.get(Client.key(branch, method));
        if (client != null) client.received(response, from);
        else if (method.equals("INVITE") && response.success())
            guard("stray 2xx", () -> user().strayAnswer(response, from));
    }

    /** Client transactions may wait for it on any loop. */
    private void flowEnded(Flow flow) {
        for (var loop : world.loops()) {
            var home = homeOf(loop);
            loop.execute(() -> home.ended(flow).forEach(Client::flowEnded));
        }
    }

    void note(SipRequest request, String what) {
        note(request.method() + " " + request.callId(), what);
    }

    void note(String whose, String what) {
        LOG.log(System.Logger.Level.DEBUG, () -> whose + ": " + what);
    }

    /** A bug of whoever is called ends neither the transaction nor the loop. */
    boolean guard(String what, Runnable call) {
        try {
            call.run();
            return true;
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, what, bug);
            return false;
        }
    }

    /** Closes ports and connections; what is under way hears of it. Any thread. */
    @Override
    public void close() {
        transport.close();
    }
}

package io.posthorn.ladders.sipp;

import io.posthorn.live.LiveWorld;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.Net;
import io.posthorn.strand.Strand;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Our user agent on one port, UDP and TCP, with the smallest of applications: it rings, answers,
 * and hangs up. Each call is a strand.
 */
final class Phone implements AutoCloseable {

    /** Whom to call for a phone that rings and nobody comes. */
    static final String RINGS = "rings";

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final byte[] SDP =
            """
            v=0
            o=- 1 1 IN IP4 127.0.0.1
            s=-
            c=IN IP4 127.0.0.1
            t=0 0
            m=message 9 TCP/MSRP *
            a=path:msrp://127.0.0.1:9/phone;tcp
            a=accept-types:text/plain
            """
                    .replace("\n", "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);

    private final LiveWorld world;
    private final SipTransactions transactions;
    private final DialogUserAgent agent;
    private final Queue<CompletableFuture<List<LegEvent>>> calls = new ConcurrentLinkedQueue<>();
    private final InetSocketAddress at;

    /**
     * @param t1 RFC 3261 timer T1: 500 ms, or less where a test waits for 64*T1
     */
    Phone(Duration t1) {
        at = Ports.free();
        var recorder = new MemoryRecorder(Instant::now, MemoryRecorder.Mode.BRIEF, 1 << 20);
        world = LiveWorld.start(2, Path.of("target", "sipp"), recorder);
        var standard = SipSettings.standard();
        transactions =
                new SipTransactions(
                        world,
                        new SipSettings(
                                t1,
                                standard.t2(),
                                standard.t4(),
                                standard.tcpAbove(),
                                standard.advertised()));
        agent = new DialogUserAgent(world, transactions, settings(t1));
        agent.onInvite(this::called);
        transactions.listen(Net.Kind.UDP, at);
        transactions.listen(Net.Kind.TCP, at);
    }

    private Settings settings(Duration t1) {
        var standard = Settings.at(at.getAddress().getHostAddress(), at.getPort());
        return new Settings(
                standard.host(),
                standard.port(),
                standard.server(),
                standard.userAgent(),
                standard.accept(),
                t1,
                standard.t2(),
                standard.minimumSessionExpires(),
                standard.maximumSessionExpires(),
                standard.check(),
                standard.answerWithin(),
                standard.account());
    }

    InetSocketAddress at() {
        return at;
    }

    // Calls in.

    private void called(Leg leg) {
        var answering =
                start(strand -> {
                    leg.progress(SipResponse.to(leg.invite(), 180));
                    if (!rings(leg)) leg.answer(answerTo(leg.invite()));
                    return toTheEnd(strand);
                });
        leg.inbox(answering.track(), answering::post);
    }

    private static boolean rings(Leg leg) {
        return SipUri.parse(leg.invite().uri()).user().equals(RINGS);
    }

    private static SipResponse answerTo(SipRequest invite) {
        return SipResponse.to(invite, 200).withBody("application/sdp", SDP);
    }

    // Calls out.

    /**
     * Calls, acknowledges the answer, and hangs up after {@code talk}.
     *
     * @return all that happened to the call, once it is over
     */
    CompletableFuture<List<LegEvent>> call(String uri, Duration talk) {
        return start(
                uri,
                (leg, strand) -> {
                    var events = new ArrayList<LegEvent>();
                    if (!answered(strand, events)) return events;
                    leg.acknowledge();
                    var until = strand.in(talk);
                    for (var next = strand.await(until); next != null; next = strand.await(until))
                        events.add(next);
                    leg.bye(null, Map.of());
                    events.addAll(toTheEnd(strand));
                    return events;
                });
    }

    /** Calls, and gives up at the first ring. */
    CompletableFuture<List<LegEvent>> callInVain(String uri) {
        return start(
                uri,
                (leg, strand) -> {
                    next(strand);
                    leg.cancel(null);
                    return toTheEnd(strand);
                });
    }

    private CompletableFuture<List<LegEvent>> start(
            String uri, BiFunction<Leg, Strand<LegEvent>, List<LegEvent>> body) {
        var over = new CompletableFuture<List<LegEvent>>();
        calls.add(over);
        start(
                over,
                strand -> {
                    var invite = SipRequest.of("INVITE", uri).withBody("application/sdp", SDP);
                    return body.apply(agent.invite(invite, strand.track(), strand::post), strand);
                });
        return over;
    }

    private static boolean answered(Strand<LegEvent> strand, List<LegEvent> events) {
        while (true) {
            var event = next(strand);
            events.add(event);
            if (event instanceof LegEvent.Answered) return true;
            if (last(event)) return false;
        }
    }

    // Any call.

    private Strand<LegEvent> start(Function<Strand<LegEvent>, List<LegEvent>> body) {
        var over = new CompletableFuture<List<LegEvent>>();
        calls.add(over);
        return start(over, body);
    }

    private Strand<LegEvent> start(
            CompletableFuture<List<LegEvent>> over,
            Function<Strand<LegEvent>, List<LegEvent>> body) {
        var track = world.recorder().open("call", Map.of());
        return world.strands()
                .start(
                        track,
                        strand -> {
                            try {
                                over.complete(body.apply(strand));
                            } catch (RuntimeException | AssertionError wrong) {
                                over.completeExceptionally(wrong);
                            } finally {
                                track.end("over");
                            }
                        },
                        event -> over.completeExceptionally(new AssertionError("late: " + event)));
    }

    private static List<LegEvent> toTheEnd(Strand<LegEvent> strand) {
        var events = new ArrayList<LegEvent>();
        while (true) {
            var event = next(strand);
            events.add(event);
            switch (event) {
                case LegEvent.Bye(var _, var bye) -> bye.answer(SipResponse.to(bye.request(), 200));
                case LegEvent.Asked(var _, var asked) ->
                        asked.answer(SipResponse.to(asked.request(), 200));
                default -> {
                    if (last(event)) return events;
                }
            }
        }
    }

    private static LegEvent next(Strand<LegEvent> strand) {
        var event = strand.await(strand.in(PATIENCE));
        if (event == null) throw new AssertionError("nothing happens to the call any more");
        return event;
    }

    private static boolean last(LegEvent event) {
        return event instanceof LegEvent.Refused
                || event instanceof LegEvent.Cancelled
                || event instanceof LegEvent.Ended;
    }

    // Afterwards.

    /** Waits until the calls are over, and says what happened to each. */
    List<List<LegEvent>> over() throws Exception {
        var all = new ArrayList<List<LegEvent>>();
        for (var call : calls) all.add(call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        return all;
    }

    /** Waits until nothing is open, or for two seconds: then what is still there. */
    SipUserAgent.Stats leftOver() throws Exception {
        var settled = new CompletableFuture<SipUserAgent.Stats>();
        var loop = world.loops().getFirst();
        var until = loop.now().plusSeconds(2);
        loop.execute(() -> look(until, settled));
        return settled.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void look(Instant until, CompletableFuture<SipUserAgent.Stats> settled) {
        var loop = world.loops().getFirst();
        var stats = agent.stats();
        if (stats.open() == 0 || loop.now().isAfter(until)) settled.complete(stats);
        else loop.after(Duration.ofMillis(5), () -> look(until, settled));
    }

    @Override
    public void close() {
        transactions.close();
        world.close();
    }
}

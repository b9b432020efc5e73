package io.posthorn.cpm.call;

import io.posthorn.cpm.content.CpmIds;
import io.posthorn.msrp.session.MsrpEndpoint;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Steps;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.World;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All calls of one node: starts a strand for each, runs its procedure there, turns what the
 * procedure throws into the answer it stands for, and settles whatever it left open. Any thread.
 */
public final class Calls {

    private static final Logger LOG = System.getLogger(Calls.class.getName());

    private final World world;
    private final SipUserAgent agent;
    private final MsrpEndpoint endpoint;
    private final String server;
    private final String host;
    private final Map<Long, Strand<Letter>> open = new ConcurrentSkipListMap<>();
    private final Queue<Runnable> whenIdle = new ConcurrentLinkedQueue<>();
    private final AtomicLong numbers = new AtomicLong();

    /**
     * @param server what refusals carry as Server
     */
    public Calls(World world, SipUserAgent agent, MsrpEndpoint endpoint, String server) {
        this.world = world;
        this.agent = agent;
        this.endpoint = endpoint;
        this.server = server;
        this.host = SipUri.parse(agent.contact()).host();
    }

    /** Calls whose strand has not ended, those that only wait for a last BYE included. */
    public int open() {
        return open.size();
    }

    /** Calls that ever began. */
    public long begun() {
        return numbers.get();
    }

    /** Runs {@code then} once no call is open, maybe at once. On any thread. */
    public void whenIdle(Runnable then) {
        whenIdle.add(then);
        idle();
    }

    private void idle() {
        if (!open.isEmpty()) return;
        for (var then = whenIdle.poll(); then != null; then = whenIdle.poll()) then.run();
    }

    /** Tells every call that the server is about to stop. */
    public void drain() {
        open.values().forEach(strand -> strand.post(new Letter.Of(new Event.Drain())));
    }

    /**
     * Takes an incoming call.
     *
     * @param kind names it in tracks and in the log, for example {@code lmm originating}
     */
    public void take(Leg leg, String kind, Procedure procedure) {
        var caller = JoinedLeg.incoming(leg);
        var invite = leg.invite();
        var track = new SeenTrack(world.recorder().open(kind, ids(invite)));
        var shown = kind + "  " + who(invite);
        var strand = start(track, kind, shown, leg.loop(), caller, procedure);
        leg.inbox(track, event -> strand.post(new Letter.Of(new Event.Sip(caller.joined(event)))));
    }

    /**
     * Begins a call of our own, on a loop of its own turn.
     *
     * @return asks the call to end; harmless once it has
     */
    public Runnable make(String kind, Map<String, String> ids, Procedure procedure) {
        var loops = world.loops();
        var home = loops.get((int) (numbers.get() % loops.size()));
        var track = new SeenTrack(world.recorder().open(kind, ids));
        var strand = start(track, kind, kind, home, null, procedure);
        return () -> strand.post(new Letter.Of(new Event.Abort()));
    }

    private Strand<Letter> start(
            SeenTrack track,
            String kind,
            String shown,
            Loop home,
            @Nullable JoinedLeg caller,
            Procedure procedure) {
        var number = numbers.incrementAndGet();
        // The strand may end before start() has returned.
        return world.strands()
                .start(
                        home,
                        track,
                        strand -> {
                            open.put(number, strand);
                            try {
                                run(strand, track, kind, shown, home, caller, procedure);
                            } finally {
                                open.remove(number);
                                idle();
                            }
                        },
                        OpenCall::settle);
    }

    private void run(
            Strand<Letter> strand,
            SeenTrack track,
            String kind,
            String shown,
            Loop home,
            @Nullable JoinedLeg caller,
            Procedure procedure) {
        var begun = strand.now();
        var call = new OpenCall(agent, endpoint, strand, home, track, caller, host);
        var outcome = "aborted by a bug";
        try {
            Steps.in(track, procedure.getClass(), () -> procedure.run(call));
            outcome = call.words();
            call.close(500, headers(Map.of()), null);
        } catch (Rejection refused) {
            outcome = refused.getMessage() + more(call);
            call.close(
                    refused.code(),
                    headers(refused.headers()),
                    Reason.sip(refused.code(), reason(refused.code())));
        } catch (Unavailable failed) {
            outcome = "500 " + failed.getMessage() + more(call);
            LOG.log(Level.WARNING, "{0}: {1}", kind, failed.getMessage());
            call.close(500, headers(Map.of()), Reason.sip(500, reason(500)));
        } catch (RuntimeException | Error bug) {
            // Answered here, and told by the strand that we run on, with its stack.
            var reason = Reason.sip(500, reason(500));
            if (bug instanceof RuntimeException) call.close(500, headers(Map.of()), reason);
            else {
                outcome = "cut off";
                call.hangUp(500, headers(Map.of()), reason);
            }
            throw bug;
        } finally {
            call.release();
            track.end(outcome);
            LOG.log(Level.INFO, line(strand, shown, track, begun, outcome));
        }
    }

    private static String more(OpenCall call) {
        return call.words().isEmpty() ? "" : ", " + call.words();
    }

    private Map<String, String> headers(Map<String, String> more) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Server", server);
        headers.putAll(more);
        return headers;
    }

    private static String reason(int code) {
        return switch (code) {
            case 403 -> "Forbidden";
            case 408 -> "Request Timeout";
            case 480 -> "Temporarily Unavailable";
            case 488 -> "Not Acceptable Here";
            case 500 -> "Server Internal Error";
            case 503 -> "Service Unavailable";
            default -> "";
        };
    }

    private static String line(
            Strand<?> strand,
            String shown,
            SeenTrack track,
            java.time.Instant begun,
            String outcome) {
        var took = seconds(Duration.between(begun, strand.now()));
        return shown + "  " + outcome + "  in " + took + " s" + track.steps();
    }

    /** With two digits after the point. */
    static String seconds(Duration duration) {
        long hundredths = (duration.toMillis() + 5) / 10;
        long rest = hundredths % 100;
        return hundredths / 100 + (rest < 10 ? ".0" : ".") + rest;
    }

    private static String who(SipRequest invite) {
        var id = invite.header("Contribution-ID").orElse(invite.callId());
        var shortened = id.length() > 8 ? id.substring(0, 8) + "…" : id;
        return shortened + "  " + user(invite.to().uri()) + " ← " + user(invite.from().uri());
    }

    /** Without domain, and a number without its middle: the log says who, not where to reach. */
    static String user(String uri) {
        int start = uri.indexOf(':') + 1;
        int end = start;
        while (end < uri.length() && uri.charAt(end) != '@' && uri.charAt(end) != ';') end++;
        var user = uri.substring(start, end);
        if (!number(user)) return user;
        return user.substring(0, 3) + "…" + user.substring(user.length() - 4);
    }

    /** Of seven digits at least, with or without a plus sign. */
    private static boolean number(String user) {
        int first = user.startsWith("+") ? 1 : 0;
        if (user.length() - first < 7) return false;
        for (int i = first; i < user.length(); i++)
            if (user.charAt(i) < '0' || user.charAt(i) > '9') return false;
        return true;
    }

    /** What joins the tracks of one message, and who it is between. */
    public static Map<String, String> ids(SipRequest invite) {
        var ids = new LinkedHashMap<String, String>();
        ids.put("From", user(invite.from().uri()));
        ids.put("To", user(invite.to().uri()));
        for (var name : CpmIds.FIELDS) invite.header(name).ifPresent(value -> ids.put(name, value));
        return ids;
    }

    /** The ids of a message, as {@link #ids(SipRequest)}. */
    public static Map<String, String> ids(CpmIds ids) {
        var map = new LinkedHashMap<String, String>();
        map.put("Conversation-ID", ids.conversation());
        map.put("Contribution-ID", ids.contribution());
        return map;
    }
}

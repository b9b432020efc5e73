package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A node with a user agent under test, and what its legs told. */
final class Phone {

    static final byte[] NOTHING = new byte[0];

    final String name;
    final World world;
    final SipTransactions sip;
    final DialogUserAgent agent;
    final String host;

    /** Incoming legs in their order. */
    final List<Leg> calls = new ArrayList<>();

    final List<SipRequest> invites = new ArrayList<>();

    final List<LegEvent> events = new ArrayList<>();
    private final Map<String, List<String>> histories = new LinkedHashMap<>();

    /** What it does with incoming calls; to begin with it answers 200. */
    Consumer<Leg> taking = leg -> leg.answer(ok(leg));

    /** What it does upon an event; to begin with it acknowledges, and answers every question. */
    BiConsumer<Leg, LegEvent> doing = Phone::politely;

    Phone(Simulation s, String name) {
        this(s, name, settings -> settings);
    }

    Phone(Simulation s, String name, UnaryOperator<Settings> settings) {
        this(s, name, settings, sip -> sip);
    }

    Phone(
            Simulation s,
            String name,
            UnaryOperator<Settings> settings,
            UnaryOperator<Transactions> before) {
        this.name = name;
        world = s.node(name);
        sip = new SipTransactions(world, SipSettings.standard());
        host = s.address(name).getHostAddress();
        agent =
                new DialogUserAgent(
                        world,
                        before.apply(sip),
                        settings.apply(
                                Settings.at(host, 5060).products("Server-" + name, "UA-" + name)));
        agent.onInvite(leg -> {
            calls.add(leg);
            invites.add(leg.invite());
            leg.inbox(world.recorder().open(name, Map.of()), heard(leg));
            taking.accept(leg);
        });
        sip.listen(Net.Kind.UDP, new InetSocketAddress(s.address(name), 5060));
        sip.listen(Net.Kind.TCP, new InetSocketAddress(s.address(name), 5060));
    }

    private java.util.function.Predicate<LegEvent> heard(Leg leg) {
        return event -> {
            hear(leg, event);
            return true;
        };
    }

    private void hear(Leg leg, LegEvent event) {
        events.add(event);
        histories.computeIfAbsent(leg.id(), _ -> new ArrayList<>()).add(word(event));
        doing.accept(leg, event);
    }

    static void politely(Leg leg, LegEvent event) {
        switch (event) {
            case LegEvent.Answered _ -> leg.acknowledge();
            case LegEvent.Bye(var _, var bye) -> bye.answer(SipResponse.to(bye.request(), 200));
            case LegEvent.Asked(var _, var asked) -> {
                var ok = SipResponse.to(asked.request(), 200);
                if (asked.request().bodyLength() > 0) ok = ok.withBody("application/sdp", sdp(2));
                asked.answer(ok);
            }
            default -> {}
        }
    }

    static String word(LegEvent event) {
        return switch (event) {
            case LegEvent.Provisional(var _, var r) -> "" + r.code();
            case LegEvent.Answered(var _, var r) -> "answered " + r.code();
            case LegEvent.Refused(var _, var r) -> "refused " + r.code();
            case LegEvent.Confirmed _ -> "confirmed";
            case LegEvent.Cancelled _ -> "cancelled";
            case LegEvent.Asked(var _, var q) -> "asked " + q.request().method();
            case LegEvent.Replied(var _, var r) -> "replied " + r.code();
            case LegEvent.Bye _ -> "bye";
            case LegEvent.Ended(var _, var cause) -> "ended " + cause;
        };
    }

    /** What a leg told, a word each. */
    List<String> history(Leg leg) {
        return histories.getOrDefault(leg.id(), List.of());
    }

    /** The only leg that came in. */
    Leg call() {
        if (calls.size() != 1) throw new AssertionError(calls.size() + " calls came in");
        return calls.getFirst();
    }

    /** The INVITE of that one call, as it came. */
    SipRequest invite() {
        call();
        return invites.getFirst();
    }

    String uri() {
        return uri("udp");
    }

    String uri(String transport) {
        return "sip:" + name + "@" + host + ":5060;transport=" + transport;
    }

    SipRequest inviting(String uri) {
        return SipRequest.of("INVITE", uri)
                .with("From", "<sip:" + name + "@example.com>")
                .withBody("application/sdp", sdp(1));
    }

    Leg invite(String uri) {
        return invite(inviting(uri));
    }

    Leg invite(SipRequest request) {
        var made = new Leg[1];
        made[0] =
                agent.invite(
                        request,
                        world.recorder().open(name, Map.of()),
                        event -> {
                            hear(event.leg(), event);
                            return true;
                        });
        return made[0];
    }

    static SipResponse ok(Leg leg) {
        return SipResponse.to(leg.invite(), 200).withBody("application/sdp", sdp(1));
    }

    /** Each version with a port of its own. */
    static byte[] sdp(int version) {
        return ("v=0\r\no=- 1 "
                        + version
                        + " IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                        + "m=message "
                        + (8 + version)
                        + " TCP/MSRP *\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}

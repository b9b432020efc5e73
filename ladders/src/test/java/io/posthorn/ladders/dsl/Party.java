package io.posthorn.ladders.dsl;

import io.posthorn.strand.Recorder;
import io.posthorn.strand.Track.Way;
import io.posthorn.strand.ladder.Seen;
import io.posthorn.strand.ladder.SeenCall;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plain SIP peer over UDP. It sends what it is told to and shows what it got; by itself it drops
 * copies, and acknowledges final answers other than 2xx, as RFC 3261 section 17.1.1.3 has it.
 */
public final class Party {

    /** Ours: longer than every answer that needs no timer, shorter than a patient reader. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Ground ground;
    private final Scenario scenario;
    private final String name;
    private final Ground.Udp udp;
    private final List<Seen> seen = new ArrayList<>();
    private final Deque<Arrived> inbox = new ArrayDeque<>();
    private final Set<String> copies = new LinkedHashSet<>();
    private final Map<String, PlainSip> invites = new LinkedHashMap<>();
    private final Map<String, byte[]> answers = new LinkedHashMap<>();
    private final Set<String> refusals = new LinkedHashSet<>();
    private final Map<PlainSip, InetSocketAddress> senders = new LinkedHashMap<>();
    private final Map<String, PlainSip> lastSent = new LinkedHashMap<>();
    private @Nullable Arrived took;
    private int repeated;
    private int serial;

    private record Arrived(InetSocketAddress from, PlainSip sip) {}

    Party(Scenario scenario, Ground ground, String name) {
        this.scenario = scenario;
        this.ground = ground;
        this.name = name;
        this.udp = ground.udp(name, this::arrived);
    }

    public String name() {
        return name;
    }

    public InetSocketAddress at() {
        return udp.at();
    }

    /** {@code 127.0.0.1:5070}. */
    public String hostPort() {
        return text(udp.at());
    }

    /** {@code 127.0.0.1:5070}, or {@code [::1]:5070} with all its zeros. */
    public static String text(InetSocketAddress at) {
        return host(at) + ":" + at.getPort();
    }

    /** The host of a URI: an IPv6 literal stands in brackets. */
    public static String host(InetSocketAddress at) {
        var literal = at.getAddress().getHostAddress();
        return literal.indexOf(':') < 0 ? literal : "[" + literal + "]";
    }

    SeenCall call() {
        return new SeenCall(name, List.copyOf(seen));
    }

    private void arrived(InetSocketAddress from, byte[] bytes) {
        // RFC 5626 section 3.5.1: a keep-alive is no message.
        if (new String(bytes, StandardCharsets.US_ASCII).isBlank()) return;
        var sip = PlainSip.parse(bytes);
        var copy =
                sip.what()
                        + ' '
                        + sip.header("Via")
                        + ' '
                        + sip.header("CSeq")
                        + ' '
                        + PlainSip.parameter(sip.header("To"), "tag");
        if (!copies.add(copy)) {
            repeated++;
            var answer = answers.get(copy);
            if (answer != null) udp.send(from, answer);
            if (!sip.isRequest()) acknowledgeRefusal(from, sip, false);
            return;
        }
        seen.add(
                new Seen.Message(
                        ground.now(), Way.IN, Recorder.link(hostPort(), text(from)), label(sip)));
        if (!sip.isRequest()) acknowledgeRefusal(from, sip, true);
        if (sip.what().equals("ACK") && refused(sip)) return;
        inbox.add(new Arrived(from, sip));
    }

    /** The ACK to a refusal belongs to the INVITE's transaction; it is no news. */
    private boolean refused(PlainSip ack) {
        return refusals.contains(branch(ack));
    }

    private static String branch(PlainSip sip) {
        return PlainSip.parameter(sip.header("Via"), "branch");
    }

    private void acknowledgeRefusal(InetSocketAddress from, PlainSip answer, boolean draw) {
        var invite = invites.get(branch(answer));
        if (invite == null || answer.what().compareTo("300") < 0) return;
        var ack =
                PlainSip.of("ACK " + invite.requestUri() + " SIP/2.0")
                        .with("Via", invite.header("Via"))
                        .with("Max-Forwards", "70")
                        .with("From", invite.header("From"))
                        .with("To", answer.header("To"))
                        .with("Call-ID", invite.header("Call-ID"))
                        .with("CSeq", invite.header("CSeq").replace("INVITE", "ACK"));
        for (var route : invite.headers("Route")) ack = ack.with("Route", route);
        if (draw) note(from, ack);
        udp.send(from, ack.bytes());
    }

    private void note(InetSocketAddress to, PlainSip sip) {
        seen.add(
                new Seen.Message(
                        ground.now(), Way.OUT, Recorder.link(hostPort(), text(to)), label(sip)));
    }

    private static String label(PlainSip sip) {
        return sip.what();
    }

    /** A Via header field of this party, with a branch that was never used. */
    public String via() {
        return "SIP/2.0/UDP "
                + hostPort()
                + ";branch=z9hG4bK"
                + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "")
                + scenario.number()
                + "."
                + ++serial;
    }

    /** Sends as it is, but for the Via that a request needs. */
    public PlainSip sends(InetSocketAddress to, PlainSip sip) {
        var sent = sip;
        if (sip.isRequest() && !sip.has("Via")) {
            var fields = new ArrayList<PlainSip.Field>();
            fields.add(new PlainSip.Field("Via", via()));
            fields.addAll(sip.fields());
            sent = new PlainSip(sip.start(), fields, sip.body());
        }
        var out = sent;
        lastSent.put(out.what(), out);
        ground.run(() -> {
            if (out.what().equals("INVITE")) invites.put(branch(out), out);
            note(to, out);
            udp.send(to, out.bytes());
        });
        return sent;
    }

    /** The same bytes once more. */
    public void sendsAgain(InetSocketAddress to, PlainSip sent) {
        ground.run(() -> udp.send(to, sent.bytes()));
    }

    /** The next message, which must be that; 100 Trying is passed over unless asked for. */
    public PlainSip receives(String what) {
        return receives(what, PATIENCE);
    }

    public PlainSip receives(String what, Duration patience) {
        boolean came = ground.until(() -> take(what), patience);
        var got = took;
        took = null;
        if (!came || got == null)
            throw new AssertionError(name + " expected " + what + ", got nothing");
        if (!got.sip.what().equals(what))
            throw new AssertionError(name + " expected " + what + ", got\n" + got.sip);
        senders.put(got.sip, got.from);
        return got.sip;
    }

    private boolean take(String what) {
        while (!inbox.isEmpty()) {
            var next = inbox.remove();
            if (next.sip.what().equals("100") && !what.equals("100")) continue;
            took = next;
            return true;
        }
        return false;
    }

    /** Nothing unread has come so far; waits a moment on sockets. */
    public void receivesNothing() {
        ground.until(() -> !unread().isEmpty(), Duration.ofMillis(50));
        if (!unread().isEmpty()) throw new AssertionError(name + " got " + unread());
    }

    /** The next message, whatever it is, or null if none comes so soon. */
    public @Nullable PlainSip receivesIfAny(Duration patience) {
        boolean came = ground.until(() -> take(""), patience);
        var got = took;
        took = null;
        if (!came || got == null) return null;
        senders.put(got.sip, got.from);
        return got.sip;
    }

    /** The next message if it is that, waiting until it or {@code other} got anything. */
    public @Nullable PlainSip receivesUnless(Party other, String what) {
        ground.until(() -> !unread().isEmpty() || !other.unread().isEmpty(), PATIENCE);
        boolean came = unread().stream().findFirst().filter(what::equals).isPresent();
        return came ? receives(what) : null;
    }

    /** The next message, whatever it is. */
    public PlainSip receivesAny() {
        if (!ground.until(() -> take(""), PATIENCE))
            throw new AssertionError(name + " expected something, got nothing");
        var got = took;
        took = null;
        if (got == null) throw new AssertionError(name + " got nothing");
        senders.put(got.sip, got.from);
        return got.sip;
    }

    /** The last request of that method which this party sent. */
    public PlainSip lastSent(String method) {
        var sent = lastSent.get(method);
        if (sent == null) throw new AssertionError(name + " sent no " + method);
        return sent;
    }

    /** Where a received message came from. */
    public InetSocketAddress from(PlainSip received) {
        var from = senders.get(received);
        if (from == null) throw new AssertionError(name + " did not receive\n" + received);
        return from;
    }

    /** An answer to a received request as RFC 3261 section 8.2.6 has it, ready to be changed. */
    public PlainSip answer(PlainSip request, int code, String reason) {
        var answer = PlainSip.of("SIP/2.0 " + code + " " + reason);
        for (var via : request.headers("Via")) answer = answer.with("Via", via);
        if (code < 300)
            for (var route : request.headers("Record-Route"))
                answer = answer.with("Record-Route", route);
        var to = request.header("To");
        if (code > 100 && !to.contains(";tag=")) to += ";tag=" + tag();
        return answer.with("From", request.header("From"))
                .with("To", to)
                .with("Call-ID", request.header("Call-ID"))
                .with("CSeq", request.header("CSeq"));
    }

    /** Equal for all answers of this party. */
    public String tag() {
        return "tag-" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Answers without a body. */
    public void answers(PlainSip request, int code, String reason) {
        answers(request, answer(request, code, reason));
    }

    public void answers(PlainSip request, PlainSip answer) {
        var to = from(request);
        ground.run(() -> {
            var key =
                    request.what()
                            + ' '
                            + request.header("Via")
                            + ' '
                            + request.header("CSeq")
                            + ' '
                            + PlainSip.parameter(request.header("To"), "tag");
            if (answer.what().compareTo("200") >= 0) answers.put(key, answer.bytes());
            if (request.what().equals("INVITE") && answer.what().compareTo("300") >= 0)
                refusals.add(branch(request));
            note(to, answer);
            udp.send(to, answer.bytes());
        });
    }

    /** How many copies of what it already had came in. */
    public int repeated() {
        return repeated;
    }

    List<String> unread() {
        return inbox.stream().map(a -> a.sip.what()).filter(w -> !w.equals("100")).toList();
    }
}

package io.posthorn.ladders.dsl;

import io.posthorn.strand.Recorder;
import io.posthorn.strand.Track.Way;
import io.posthorn.strand.ladder.Seen;
import io.posthorn.strand.ladder.SeenCall;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An MSRP peer with one session, written from RFC 4975 without our codec. It answers every SEND
 * with 200 at once, unless it was told to misbehave.
 */
public final class PlainMsrpPeer {

    private final Scenario scenario;
    private final Ground ground;
    private final String name;
    private final String session;
    private final Ground.Listening listening;
    private final List<Connection> connections = new ArrayList<>();
    private final Deque<PlainMsrp> inbox = new ArrayDeque<>();
    private final Map<String, byte[]> parts = new LinkedHashMap<>();
    private final Map<String, String> complete = new LinkedHashMap<>();
    private final Map<String, Sum> sums = new LinkedHashMap<>();
    private final List<PlainMsrp> sends = new ArrayList<>();
    private boolean answering = true;
    private List<String> behind = List.of();
    private @Nullable String uri;
    private @Nullable String fingerprint;
    private long resetAfter = Long.MAX_VALUE;
    private long came;
    private int serial;
    private @Nullable PlainMsrp took;
    private @Nullable PlainMsrp first;

    /** Media passed one way on one connection. */
    private static final class Sum {
        final Instant at;
        final Way way;
        final String link;
        long chunks;
        long bytes;

        Sum(Instant at, Way way, String link) {
            this.at = at;
            this.way = way;
            this.link = link;
        }
    }

    private final class Connection implements Ground.Stream.Reader {
        final Ground.Stream stream;
        final InetSocketAddress remote;
        final PlainMsrp.Framer framer = new PlainMsrp.Framer();
        boolean closed;

        Connection(Ground.Stream stream) {
            this.stream = stream;
            this.remote = stream.remote();
        }

        @Override
        public void bytes(byte[] bytes) {
            if (closed) return;
            came += bytes.length;
            if (came >= resetAfter) {
                closed = true;
                stream.reset();
                return;
            }
            for (var message : framer.take(bytes)) arrived(this, message);
        }

        @Override
        public void closed(@Nullable Exception why) {
            closed = true;
            stream.close();
        }

        void send(PlainMsrp message) {
            count(Way.OUT, message, stream);
            stream.send(message.bytes());
        }
    }

    PlainMsrpPeer(Scenario scenario, Ground ground, String name) {
        this.scenario = scenario;
        this.ground = ground;
        this.name = name;
        this.session = "plain" + scenario.number();
        this.listening = ground.listen(name, stream -> opened(stream));
    }

    private Connection opened(Ground.Stream stream) {
        var connection = new Connection(stream);
        connections.add(connection);
        return connection;
    }

    /** Where it listens. */
    public InetSocketAddress at() {
        return listening.at();
    }

    /**
     * Its media is over TLS; nobody dials it.
     *
     * @return what {@code a=fingerprint} says of it
     */
    public String speaksTls() {
        var shown = ground.fingerprint(name);
        fingerprint = shown;
        return shown;
    }

    /** What {@code a=fingerprint} says of it; null without TLS. */
    public @Nullable String fingerprint() {
        return fingerprint;
    }

    /** It calls itself this, as if others could reach it there. */
    public void isCalled(String uri) {
        this.uri = uri;
    }

    /** Its MSRP URI. */
    public String uri() {
        if (uri != null) return uri;
        return (fingerprint == null ? "msrp://" : "msrps://")
                + Party.text(at())
                + "/"
                + session
                + ";tcp";
    }

    SeenCall call() {
        var seen = new ArrayList<Seen>();
        for (var sum : sums.values())
            seen.add(new Seen.Media(sum.at, sum.way, sum.link, "SEND", sum.chunks, sum.bytes));
        return new SeenCall(name, seen);
    }

    private void count(Way way, PlainMsrp message, Ground.Stream stream) {
        if (!message.what().equals("SEND") || message.body().length == 0) return;
        var link = Recorder.link(Party.text(stream.local()), Party.text(stream.remote()));
        var sum = sums.computeIfAbsent(way + link, _ -> new Sum(ground.now(), way, link));
        sum.chunks++;
        sum.bytes += message.body().length;
    }

    // ---- connections

    /** Dials the host and port of the first URI. */
    public void connects(String uri) {
        connects(address(uri), to -> ground.connect(name, to, this::opened));
    }

    /** The same over TLS: who is there shows the certificate of {@code promised}, or is nobody. */
    public void connects(String uri, String promised) {
        connects(address(uri), to -> ground.connect(name, to, promised, this::opened));
    }

    private void connects(InetSocketAddress to, Consumer<InetSocketAddress> dial) {
        int before = connections.size();
        ground.run(() -> dial.accept(to));
        if (!ground.until(() -> connections.size() > before, Party.PATIENCE))
            throw new AssertionError(name + " could not connect to " + to);
    }

    /** {@code host:port} of an MSRP URI. */
    public static InetSocketAddress address(String uri) {
        var authority = URI.create(uri.replaceFirst(";.*", "")).getAuthority();
        int colon = authority.lastIndexOf(':');
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(authority.substring(0, colon)),
                    Integer.parseInt(authority.substring(colon + 1)));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until somebody dialled this peer. */
    public void isDialled() {
        if (!ground.until(() -> !connections.isEmpty(), Party.PATIENCE))
            throw new AssertionError(name + " was not dialled");
    }

    /** How many connections there were, of either direction. */
    public int connections() {
        return connections.size();
    }

    /** Waits until the far end closed the newest connection. */
    public boolean isClosed(Duration patience) {
        return ground.until(() -> newest().closed, patience);
    }

    /** The far end of the newest connection. */
    public InetSocketAddress farEnd() {
        return newest().remote;
    }

    /** The far end of the newest connection has given its port back. */
    public boolean farEndIsFree() {
        var end = farEnd();
        return ground.until(() -> ground.isFree(end), Party.PATIENCE);
    }

    private Connection newest() {
        if (connections.isEmpty()) throw new AssertionError(name + " has no connection");
        return connections.getLast();
    }

    // ---- misbehaviour

    /** From now on the test answers SENDs itself, or nobody does. */
    public void keepsQuiet() {
        ground.run(() -> answering = false);
    }

    public void answersAgain() {
        ground.run(() -> answering = true);
    }

    /** Resets the newest connection. */
    public void resets() {
        ground.run(() -> newest().stream.reset());
    }

    /** Resets every connection once this many bytes have come; those are not read. */
    public void resetsAfter(long bytes) {
        ground.run(() -> resetAfter = bytes);
    }

    public void closes() {
        ground.run(() -> newest().stream.close());
    }

    /** Takes no more bytes. */
    public void stalls() {
        ground.run(() -> newest().stream.reading(false));
    }

    /** Sends these bytes as they are. */
    public void sendsRaw(byte[] bytes) {
        ground.run(() -> newest().stream.send(bytes));
    }

    // ---- receiving

    private void arrived(Connection connection, PlainMsrp message) {
        count(Way.IN, message, connection.stream);
        if (first == null && message.isRequest()) first = message;
        if (message.what().equals("SEND")) {
            if (message.has("Content-Type")) sends.add(message);
            keep(message);
            if (answering) connection.send(answerTo(message, "200 OK"));
        }
        inbox.add(message);
    }

    private void keep(PlainMsrp send) {
        if (send.body().length == 0 && !send.has("Content-Type")) return;
        var id = send.header("Message-ID");
        var old = parts.getOrDefault(id, new byte[0]);
        int at = (int) send.rangeStart() - 1;
        var all = java.util.Arrays.copyOf(old, Math.max(old.length, at + send.body().length));
        System.arraycopy(send.body(), 0, all, at, send.body().length);
        parts.put(id, all);
        if (send.flag() == '$') complete.put(id, send.header("Content-Type"));
    }

    private static PlainMsrp answerTo(PlainMsrp send, String status) {
        var headers = new LinkedHashMap<String, String>();
        // RFC 4975 section 7.2: to the first URI of From-Path only, as this is no relay's AUTH.
        headers.put("To-Path", send.fromPath().getFirst());
        headers.put("From-Path", send.toPath().getFirst());
        return new PlainMsrp(send.transaction(), status, headers, new byte[0], '$');
    }

    /** Answers a SEND that came while it {@link #keepsQuiet}. */
    public void answers(PlainMsrp send, String status) {
        ground.run(() -> newest().send(answerTo(send, status)));
    }

    /** Answers the SEND whose end has not come. */
    public void answersOpen(String status) {
        ground.run(() -> {
            var open = newest().framer.begun();
            if (open == null) throw new AssertionError(name + " has no open SEND");
            newest().send(answerTo(open, status));
        });
    }

    /** The next message, or null if none comes so soon. */
    public @Nullable PlainMsrp receivesIfAny(Duration patience) {
        ground.until(() -> !inbox.isEmpty(), patience);
        var got = new ArrayList<PlainMsrp>();
        ground.run(() -> {
            if (!inbox.isEmpty()) got.add(inbox.remove());
        });
        return got.isEmpty() ? null : got.getFirst();
    }

    /** The next message, which must be that. */
    public PlainMsrp receives(String what) {
        return receives(what, Party.PATIENCE);
    }

    public PlainMsrp receives(String what, Duration patience) {
        boolean came =
                ground.until(
                        () -> {
                            if (inbox.isEmpty()) return false;
                            took = inbox.remove();
                            return true;
                        },
                        patience);
        var got = took;
        took = null;
        if (!came || got == null)
            throw new AssertionError(name + " expected MSRP " + what + ", got nothing");
        if (!got.what().equals(what))
            throw new AssertionError(name + " expected MSRP " + what + ", got " + got);
        return got;
    }

    /** The next message, whatever it is. */
    public PlainMsrp receivesAny(Duration patience) {
        if (!ground.until(() -> !inbox.isEmpty(), patience))
            throw new AssertionError(name + " expected an MSRP message, got nothing");
        return inbox.remove();
    }

    /** The next SEND with content; an empty one, which only binds, is answered and passed over. */
    public PlainMsrp receivesContent() {
        while (true) {
            var send = receives("SEND");
            if (send.has("Content-Type")) return send;
            if (!answering) answers(send, "200 OK");
        }
    }

    /** Every SEND with content that ever came. */
    public List<PlainMsrp> sends() {
        return List.copyOf(sends);
    }

    /** SENDs that came while it {@link #keepsQuiet}, taken from what is unread. */
    public List<PlainMsrp> unanswered() {
        var unread = List.copyOf(inbox);
        inbox.clear();
        return unread.stream().filter(m -> m.what().equals("SEND")).toList();
    }

    /** The first request that ever came. */
    public PlainMsrp firstRequest() {
        var was = first;
        if (was == null) throw new AssertionError(name + " got no request");
        return was;
    }

    /** Drops what is unread. */
    public void forgets() {
        ground.run(inbox::clear);
    }

    /** Waits for the end of a message and gives its body. */
    public byte[] receivesMessage() {
        return receivesMessage(Party.PATIENCE.multipliedBy(3));
    }

    public byte[] receivesMessage(Duration patience) {
        if (!ground.until(() -> !complete.isEmpty(), patience))
            throw new AssertionError(name + " received no complete message; of " + parts.keySet());
        var id = complete.keySet().iterator().next();
        complete.remove(id);
        inbox.clear();
        var body = parts.remove(id);
        return body == null ? new byte[0] : body;
    }

    /** True once a message is complete; waits for nothing. */
    public boolean hasMessage() {
        return ground.until(() -> !complete.isEmpty(), Duration.ZERO);
    }

    /** True if nothing is unread. */
    public boolean hasNothing() {
        return ground.until(inbox::isEmpty, Duration.ZERO);
    }

    /** Bytes of message bodies that arrived so far, complete or not. */
    public long bytesReceived() {
        return sums.values().stream().filter(s -> s.way == Way.IN).mapToLong(s -> s.bytes).sum();
    }

    // ---- sending

    private String transaction() {
        return "pl" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "") + "x" + ++serial;
    }

    /** Its a=path has further URIs behind its own, as a relay's or a B2BUA's: SENDs show them. */
    public void shows(String... more) {
        behind = List.of(more);
    }

    private List<String> shown() {
        var path = new ArrayList<String>();
        path.add(uri());
        path.addAll(behind);
        return path;
    }

    /** An empty SEND, which binds the connection to the session. */
    public void binds(List<String> toPath) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", toPath));
        headers.put("From-Path", String.join(" ", shown()));
        headers.put("Message-ID", "bind" + serial);
        headers.put("Byte-Range", "1-0/0");
        sends(new PlainMsrp(transaction(), "SEND", headers, new byte[0], '$'));
    }

    /** A SEND of one piece of a message; change its headers as you like before it is sent. */
    public PlainMsrp chunk(
            List<String> toPath, String messageId, byte[] message, int from, int count) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", toPath));
        headers.put("From-Path", String.join(" ", shown()));
        headers.put("Message-ID", messageId);
        boolean last = from + count == message.length;
        // Section 7.1.1: a chunk above 2048 bytes must be interruptible, so its end is *.
        var end = count > 2048 ? "*" : "" + (from + count);
        headers.put("Byte-Range", (from + 1) + "-" + end + "/" + message.length);
        headers.put("Content-Type", "message/cpim");
        var piece = java.util.Arrays.copyOfRange(message, from, from + count);
        return new PlainMsrp(transaction(), "SEND", headers, piece, last ? '$' : '+');
    }

    public void sends(PlainMsrp message) {
        ground.run(() -> newest().send(message));
    }

    /** Sends a whole message in chunks and waits for the 200 of each. */
    public void sendsMessage(List<String> toPath, String messageId, byte[] message, int chunk) {
        int from = 0;
        do {
            int count = Math.min(chunk, message.length - from);
            var send = chunk(toPath, messageId, message, from, count);
            sends(send);
            var answer = receives("200", Duration.ofSeconds(10));
            if (!answer.transaction().equals(send.transaction()))
                throw new AssertionError("200 of " + answer.transaction() + " for " + send);
            from += count;
        } while (from < message.length);
    }

    @Override
    public String toString() {
        return name + " " + uri() + " of scenario " + scenario.number();
    }
}

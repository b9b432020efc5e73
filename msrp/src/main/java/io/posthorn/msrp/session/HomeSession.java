package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.wire.ByteRange;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpEncoder;
import io.posthorn.msrp.wire.MsrpHead;
import io.posthorn.msrp.wire.MsrpUri;
import io.posthorn.strand.BodySource;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.Track;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A session on its home loop; what is public hands over to that loop first. */
final class HomeSession implements MsrpSession {

    private enum State {
        OPEN,
        STARTED,
        BOUND,
        ENDED
    }

    private final LoopEndpoint home;
    private final Loop loop;
    private final String id;
    private final String uri;
    private final InetSocketAddress at;
    private final Promises.@Nullable Promise promise;
    private final Track track;
    private final Receiver receiver;
    private final Predicate<MsrpEvent> inbox;

    private State state = State.OPEN;
    private boolean promiseKept;
    private long maxSize;
    private long peerMaxSize;
    private List<String> peerFingerprints = List.of();
    private List<String> peerPath = List.of();
    private String peerPathText = "";
    private String ownPath;
    private Setup setup = Setup.WAIT;
    private @Nullable Connection link;
    private @Nullable Connection dialled;
    private @Nullable Connection accepted;
    private @Nullable Connection waiting;
    private @Nullable Runnable letGo;
    private boolean tooEarly;
    private Loop.@Nullable Cancel early;
    private Loop.@Nullable Cancel timer;

    // Ours: made when the first message comes: a relay sends none, and a call may have none.
    private @Nullable Departures departures;
    private @Nullable Arrivals arrivals;
    private @Nullable Onward onward;
    private @Nullable Relay relay;
    private @Nullable Relay relayedFrom;
    private final List<Runnable> whenBoundOrLost = new ArrayList<>();

    /** Where to and what is relayed from here. */
    private record Onward(HomeSession session, Admission admission) {}

    HomeSession(
            LoopEndpoint home,
            String id,
            String uri,
            InetSocketAddress at,
            Promises.@Nullable Promise promise,
            Track track,
            Receiver receiver,
            Predicate<MsrpEvent> inbox) {
        this.home = home;
        this.loop = home.loop();
        this.id = id;
        this.uri = uri;
        this.ownPath = uri;
        this.at = at;
        this.promise = promise;
        this.track = track;
        this.receiver = receiver;
        this.inbox = inbox;
    }

    // ---- MsrpSession

    @Override
    public String id() {
        return id;
    }

    @Override
    public String uri() {
        return uri;
    }

    @Override
    public InetSocketAddress at() {
        return at;
    }

    @Override
    public boolean secure() {
        return uri.startsWith("msrps:");
    }

    @Override
    public List<String> fingerprints() {
        return promise == null ? List.of() : promise.fingerprints();
    }

    @Override
    public void start(Media ours, Media theirs) {
        loop.execute(() -> {
            if (state == State.OPEN) begin(ours, theirs);
        });
    }

    @Override
    public Outgoing send(Head head, BodySource body) {
        check(head.messageId());
        check(head.contentType());
        var message = new LeavingMessage(this, head, body);
        loop.execute(() -> enqueue(message));
        return message;
    }

    private static void check(String value) {
        for (int i = 0; i < value.length(); i++)
            if (value.charAt(i) < ' ' || value.charAt(i) > '~')
                throw new IllegalArgumentException("not for a header: " + value);
    }

    @Override
    public void relay(MsrpSession onward, Admission admission) {
        if (!(onward instanceof HomeSession next) || next.loop != loop)
            throw new IllegalArgumentException("a relay joins two sessions of one loop");
        loop.execute(() -> {
            if (state != State.ENDED) this.onward = new Onward(next, admission);
        });
    }

    /** What passes on from here; null if nothing does. */
    private @Nullable Relay relaying() {
        if (relay == null && onward != null) {
            relay = new Relay(this, onward.session(), onward.admission());
            onward.session().relayedFrom = relay;
        }
        return relay;
    }

    @Override
    public void cut(int code) {
        loop.execute(() -> {
            var cut = relaying();
            if (cut != null) cut.cut(code);
        });
    }

    @Override
    public void close() {
        loop.execute(this::end);
    }

    // ---- for the others of this package

    Loop loop() {
        return loop;
    }

    Track track() {
        return track;
    }

    MsrpSettings settings() {
        return home.settings();
    }

    String nextId() {
        return home.ids().next();
    }

    boolean bound() {
        return state == State.BOUND;
    }

    boolean ended() {
        return state == State.ENDED;
    }

    /** The connection that carries this session. */
    @Nullable Connection link() {
        return state == State.BOUND ? link : null;
    }

    /** The path of the peer, joined. */
    String peerPath() {
        return peerPathText;
    }

    /** Our own path as SDP says it, joined. */
    String ownPath() {
        return ownPath;
    }

    /**
     * Our own path for what has come over {@code passed}. RFC 4976 section 6.3: a relay puts itself
     * before those that a REPORT has passed, where it names them at all.
     */
    String pathOver(List<String> passed) {
        return ownPath.equals(uri) ? uri : uri + " " + joined(passed);
    }

    String peerUri() {
        int space = peerPathText.indexOf(' ');
        return space < 0 ? peerPathText : peerPathText.substring(0, space);
    }

    /** The largest message we take; 0 if we did not say. */
    long maxSize() {
        return maxSize;
    }

    long peerMaxSize() {
        return peerMaxSize;
    }

    /** What we send. */
    Departures departures() {
        if (departures == null) departures = new Departures(this);
        return departures;
    }

    boolean tell(MsrpEvent event) {
        return inbox.test(event);
    }

    void whenBoundOrLost(Runnable then) {
        whenBoundOrLost.add(then);
    }

    // ---- start and bind

    private void begin(Media ours, Media theirs) {
        state = State.STARTED;
        maxSize = ours.maxSize();
        peerMaxSize = theirs.maxSize();
        peerFingerprints = theirs.fingerprints();
        peerPath = theirs.path();
        peerPathText = joined(peerPath);
        ownPath = joined(ours.path());
        var uris = new ArrayList<MsrpUri>();
        for (var text : theirs.path()) {
            var parsed = MsrpUri.parse(text);
            if (parsed == null) {
                fail("a=path is no MSRP URI");
                return;
            }
            uris.add(parsed);
        }
        if (uris.isEmpty()) {
            fail("no a=path");
            return;
        }
        if (theirs.tls() != secure() || uris.getFirst().secure() != secure()) {
            fail(secure() ? "the other side's path is without TLS" : "the other side wants TLS");
            return;
        }
        setup = Setup.of(ours, theirs);
        if (setup == Setup.ILLEGAL) {
            fail("a=setup:actpass in an answer");
            return;
        }
        var patience = settings().timers().bind();
        timer = loop.after(patience, () -> fail("no bind in " + patience.toSeconds() + " s"));
        letEarlyGo();
        if (setup != Setup.WAIT) dial(uris.getFirst(), place(theirs));
    }

    private static String joined(List<String> path) {
        return path.size() == 1 ? path.getFirst() : String.join(" ", path);
    }

    /** RFC 6714 section 5: with CEMA on both sides SDP's own address is where the peer is. */
    private static @Nullable InetSocketAddress place(Media theirs) {
        var place = theirs.place();
        if (place == null) return null;
        int colon = place.lastIndexOf(':');
        var address = literal(place.substring(0, colon).replaceAll("[\\[\\]]", ""));
        return address == null
                ? null
                : new InetSocketAddress(address, Integer.parseInt(place.substring(colon + 1)));
    }

    private void dial(MsrpUri to, @Nullable InetSocketAddress place) {
        if (place != null) {
            connect(to, place);
            return;
        }
        var literal = literal(to.bareHost());
        if (literal != null) {
            connect(to, new InetSocketAddress(literal, to.port()));
            return;
        }
        var service = to.host() + ":" + to.port() + ";transport=tcp";
        home.world()
                .names()
                .resolve(
                        loop,
                        service,
                        targets -> {
                            if (state != State.STARTED) return;
                            if (targets.isEmpty()) failDial("no address for " + to.host());
                            else connect(to, targets.getFirst().address());
                        });
    }

    private void connect(MsrpUri to, InetSocketAddress at) {
        var kind = secure() ? Net.Kind.TLS : Net.Kind.TCP;
        var there =
                new Target(at, kind, to.bareHost())
                        .promised(peerFingerprints)
                        .showing(promise == null ? null : promise.shown());
        connect(there.leaving(home.leaving(secure())));
    }

    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException name) {
            return null;
        }
    }

    private void connect(Target to) {
        home.world()
                .net()
                .connect(
                        loop,
                        to,
                        opened -> {
                            var connection = home.dialled(opened, this);
                            dialled = connection;
                            if (state == State.ENDED) {
                                connection.drop(this);
                                return connection;
                            }
                            bindOver(connection);
                            return connection;
                        },
                        failure -> failDial(String.valueOf(failure.getMessage())));
    }

    private void failDial(String why) {
        if (state != State.STARTED) return;
        // Both sides dial: the other's connection may still come.
        if (setup == Setup.BOTH) return;
        fail(why);
    }

    /** RFC 4975 section 5.4: a SEND without a body binds the connection. */
    private void bindOver(Connection connection) {
        var transaction = nextId();
        var text = connection.text(null);
        MsrpEncoder.request(text, transaction, "SEND", peerPath(), ownPath());
        MsrpEncoder.header(text, "Message-ID", nextId());
        MsrpEncoder.header(text, "Byte-Range", "1-0/0");
        MsrpEncoder.end(text, transaction, Flag.COMPLETE);
        track.message(Track.Way.OUT, connection.name(), "SEND", new byte[0]);
        connection.expect(
                transaction,
                code -> {
                    track.message(
                            Track.Way.IN, connection.name(), Integer.toString(code), new byte[0]);
                    if (code == 200) bindTo(connection);
                    else if (state == State.STARTED) fail("bind refused: " + code);
                });
    }

    private void keepPromise() {
        var kept = promise;
        if (kept == null || promiseKept) return;
        promiseKept = true;
        home.promises().kept(kept);
    }

    private void bindTo(Connection connection) {
        if (state != State.STARTED) return;
        state = State.BOUND;
        keepPromise();
        link = connection;
        if (timer != null) timer.cancel();
        timer = null;
        tell(new MsrpEvent.Bound(this));
        runWaiting();
        // Behind the answer to what bound us.
        loop.execute(this::pump);
    }

    private void runWaiting() {
        var then = List.copyOf(whenBoundOrLost);
        whenBoundOrLost.clear();
        for (var run : then) run.run();
    }

    /**
     * True if this session is not started yet, and {@code connection} is the one that waits for it.
     */
    boolean takesEarly(Connection connection) {
        if (state != State.OPEN || tooEarly || waiting != null) return false;
        waiting = connection;
        letGo = connection.hold();
        var timers = settings().timers();
        var patience = connection.carries() ? timers.earlyShared() : timers.early();
        early =
                loop.after(
                        patience,
                        () -> {
                            tooEarly = true;
                            letEarlyGo();
                        });
        return true;
    }

    private void letEarlyGo() {
        if (letGo != null) letGo.run();
        forgetEarly();
    }

    /** The connection that waits for this session is gone; another may come. */
    void earlyLost(Connection connection) {
        if (waiting == connection) forgetEarly();
    }

    private void forgetEarly() {
        if (early != null) early.cancel();
        early = null;
        letGo = null;
        waiting = null;
    }

    /** 200 if this SEND may be read, else what to answer. Binds the connection. */
    int admits(Connection connection, MsrpHead head) {
        if (state == State.OPEN || state == State.ENDED) return waiting == null ? 481 : 506;
        if (connection != dialled && connection != accepted) {
            var refusal = refusal(connection);
            if (refusal != null) {
                refused(connection, refusal);
                return 403;
            }
        }
        if (!isPeer(head)) return 481;
        if (connection == dialled || connection == accepted) {
            // Whoever sends has accepted our bind, whenever its answer comes.
            bindTo(connection);
            return 200;
        }
        // RFC 4975 section 7.3.1: one connection per session, except where both sides dialled.
        boolean free = accepted == null && (state == State.STARTED || setup == Setup.BOTH);
        if (!free) return 506;
        accepted = connection;
        connection.carry(this);
        bindTo(connection);
        return 200;
    }

    /**
     * Why whoever is there may not carry this session; null if it may. Without {@code
     * a=fingerprint} a certificate that nobody vouches for is worse than none (RFC 4975 section
     * 14.4): the session-id is as good as over TCP, and who shows something wants to be known by
     * it.
     */
    private @Nullable String refusal(Connection connection) {
        if (connection.secure() != secure())
            return secure() ? "certificate expected: the session is TLS" : "the session is not TLS";
        var shown = connection.certified();
        if (peerFingerprints.isEmpty())
            return shown == null || shown.vouched()
                    ? null
                    : "certificate without a=fingerprint in SDP: " + shown;
        if (shown == null) return "certificate missing that a=fingerprint promised";
        return shown.refusal(
                new Target(connection.remote(), Net.Kind.TLS, "").promised(peerFingerprints));
    }

    /**
     * Whoever came knows our session-id and is not who SDP said. If nobody else carries this
     * session nobody will: better told now than waited for.
     */
    private void refused(Connection connection, String why) {
        track.message(Track.Way.IN, connection.name(), "refused: " + why, new byte[0]);
        if (state == State.STARTED && dialled == null) fail(why);
    }

    private boolean isPeer(MsrpHead head) {
        if (settings().paths() == MsrpSettings.Paths.SESSION_ID) return true;
        var path = head.fromPath();
        if (path.equals(peerPath)) return true;
        if (!sameUris(path, peerPath)) return false;
        // It writes it its own way, and will go on so.
        peerPath = path;
        return true;
    }

    private static boolean sameUris(List<String> path, List<String> other) {
        if (path.size() != other.size()) return false;
        for (int i = 0; i < path.size(); i++) {
            var uri = MsrpUri.parse(path.get(i));
            if (uri == null || !uri.equals(MsrpUri.parse(other.get(i)))) return false;
        }
        return true;
    }

    // ---- arriving

    ArrivingChunk arriving(Connection connection, MsrpHead head) {
        boolean content = head.contentType() != null;
        if (!content && !continues(head)) return new Empty(connection, head);
        var next = relaying();
        return next == null ? arrivals().chunk(connection, head) : next.arriving(connection, head);
    }

    /** What arrives for the receiver. */
    private Arrivals arrivals() {
        if (arrivals == null) arrivals = new Arrivals(this, receiver);
        return arrivals;
    }

    /** A chunk without Content-Type: the end, or the abort, of a message that is arriving. */
    private boolean continues(MsrpHead head) {
        if (head.byteRange().equals(new ByteRange(1, 0, 0))) return false;
        return (arrivals != null && arrivals.isOpen(head.messageId()))
                || (relay != null && relay.knows(head.messageId()));
    }

    /** A SEND without a body: binds, keeps alive; never a message. */
    private final class Empty implements ArrivingChunk {
        private final Connection connection;
        private final MsrpHead head;
        private long bytes;

        Empty(Connection connection, MsrpHead head) {
            this.connection = connection;
            this.head = head;
        }

        @Override
        public void body(ByteBuf more) {
            bytes += more.readableBytes();
            more.release();
        }

        @Override
        public void end(Flag flag) {
            // RFC 4975 section 7.3.1: a body has a Content-Type.
            int code = bytes == 0 ? 200 : 400;
            track.message(Track.Way.IN, connection.name(), "SEND", head.bytes());
            connection.answer(head, code);
            track.message(Track.Way.OUT, connection.name(), Integer.toString(code), new byte[0]);
        }
    }

    // ---- reports

    void reported(MsrpHead head) {
        if (state != State.BOUND) return;
        var status = head.header("Status");
        int code = status == null ? 0 : status(status);
        if (code == 0) return;
        if (relayedFrom != null && relayedFrom.knows(head.messageId())) {
            relayedFrom.back(head);
            return;
        }
        // What is relayed from here goes the other way: a REPORT on it has no place here.
        if (onward != null) return;
        var bytes = departures == null ? null : departures.sent(head.messageId());
        if (bytes == null) return;
        var range = head.byteRange();
        if (range.end() > bytes || range.total() > bytes) return;
        track.message(
                Track.Way.IN, link == null ? "" : link.name(), "REPORT " + code, head.bytes());
        tell(new MsrpEvent.Reported(this, head.messageId(), code));
    }

    /** The code in {@code 000 200 OK}; 0 if it is nothing we know. RFC 4975 section 7.1.3. */
    private static int status(String status) {
        if (!status.startsWith("000 ") || status.length() < 7) return 0;
        if (status.length() > 7 && status.charAt(7) != ' ') return 0;
        int code = 0;
        for (int i = 4; i < 7; i++) {
            int digit = status.charAt(i) - '0';
            if (digit < 0 || digit > 9) return 0;
            code = code * 10 + digit;
        }
        return code;
    }

    /** Reports to whoever sent {@code send} that all of its message arrived. */
    void reportSuccess(MsrpHead send, long total) {
        var connection = link();
        if (connection == null) return;
        var transaction = nextId();
        var text = connection.text(null);
        var to = joined(send.fromPath());
        MsrpEncoder.request(text, transaction, "REPORT", to, ownPath());
        MsrpEncoder.header(text, "Message-ID", send.messageId());
        MsrpEncoder.header(text, "Byte-Range", new ByteRange(1, total, total).toString());
        MsrpEncoder.header(text, "Status", "000 200 OK");
        MsrpEncoder.end(text, transaction, Flag.COMPLETE);
        track.message(Track.Way.OUT, connection.name(), "REPORT 200", new byte[0]);
    }

    // ---- leaving

    private void enqueue(LeavingMessage message) {
        if (state == State.ENDED) {
            message.drop();
            return;
        }
        departures().add(message);
        pump();
    }

    void pump() {
        if (state == State.BOUND && link != null) link.pump();
    }

    /** Sends up to a chunk; true if there may be more to send at once. */
    boolean step() {
        return state == State.BOUND && departures != null && departures.step();
    }

    // ---- end

    /** A connection of this session is gone. */
    void lost(Connection connection, String why) {
        if (dialled == connection) dialled = null;
        if (accepted == connection) accepted = null;
        if (state == State.STARTED) failDial(why);
        else if (link == connection) fail(why);
    }

    void fail(String why) {
        if (state == State.ENDED) return;
        end();
        tell(new MsrpEvent.Lost(this, why));
    }

    /** Forgets everything. */
    void end() {
        if (state == State.ENDED) return;
        if (departures != null) departures.stop();
        if (arrivals != null) arrivals.lost();
        state = State.ENDED;
        home.forget(this);
        keepPromise();
        if (timer != null) timer.cancel();
        letEarlyGo();
        if (relay != null) relay.ended();
        runWaiting();
        if (relayedFrom != null) relayedFrom.onwardEnded();
        if (dialled != null) dialled.drop(this);
        if (accepted != null) accepted.drop(this);
    }
}

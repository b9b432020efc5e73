package io.posthorn.sipcore;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.wire.Multipart;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells application servers who registers, stays registered and is no more. A server that does not
 * answer costs the user nothing: the default handling of its criteria is to go on. On the
 * registrar's loop.
 */
@Clause("3GPP TS 24.229 5.4.1.7")
final class ThirdPartyRegister implements Registrar.Watcher {

    private static final System.Logger LOG = System.getLogger(ThirdPartyRegister.class.getName());

    /** What one server was told of one user. */
    private static final class Told {
        final String callId;
        final String tag;
        long cseq;
        boolean underWay;
        boolean over;

        /** What comes next, once the one under way is answered; the last word counts. */
        @Nullable SipRequest next;

        Told(String callId, String tag) {
            this.callId = callId;
            this.tag = tag;
        }
    }

    private record Key(String aor, FilterCriteria filter) {}

    private final Loop home;
    private final Entropy entropy;
    private final Transactions transactions;
    private final Location location;
    private final List<FilterCriteria> filters;
    private final String us;
    private final Map<Key, Told> told = new LinkedHashMap<>();

    /**
     * @param us {@code sip:host:port}
     */
    ThirdPartyRegister(
            Loop home,
            Entropy entropy,
            Transactions transactions,
            Location location,
            List<FilterCriteria> filters,
            String us) {
        this.home = home;
        this.entropy = entropy;
        this.transactions = transactions;
        this.location = location;
        this.filters = filters.stream().filter(FilterCriteria::registrations).toList();
        this.us = "<" + us + ">";
    }

    @Override
    public void changed(Registrar.Change change) {
        for (var filter : filters) {
            var key = new Key(change.aor(), filter);
            var cause = change.cause();
            // Who has heard of a user hears how it goes on.
            if (told.containsKey(key) || cause != null && filter.match(cause.register()))
                tell(key, cause);
        }
    }

    private void tell(Key key, Registrar.@Nullable Cause cause) {
        var known =
                told.computeIfAbsent(
                        key, _ -> new Told(entropy.hex(128) + "@core", entropy.hex(64)));
        var request = request(key, known, cause);
        known.over = location.of(key.aor()).isEmpty();
        if (known.underWay) known.next = request;
        else send(key, known, request);
    }

    private void send(Key key, Told known, SipRequest request) {
        known.underWay = true;
        transactions.send(
                home,
                request.with("CSeq", ++known.cseq + " REGISTER"),
                null,
                (response, _) -> {
                    if (!response.provisional()) answered(key, known, response);
                });
    }

    private void answered(Key key, Told known, SipResponse response) {
        known.underWay = false;
        if (!response.success())
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} answers {1} to a third-party REGISTER",
                    SipUri.parse(key.filter().server()).host(),
                    response.code());
        var next = known.next;
        known.next = null;
        if (next != null) send(key, known, next);
        else if (known.over) told.remove(key, known);
    }

    /** The life of the whole: as long as one of the user's devices is registered. */
    private long expires(String aor) {
        var now = home.now();
        return location.of(aor).stream().mapToLong(b -> b.secondsLeft(now)).max().orElse(0);
    }

    private SipRequest request(Key key, Told known, Registrar.@Nullable Cause cause) {
        var server = SipUri.parse(key.filter().server());
        var request =
                SipRequest.of("REGISTER", server.withUser("").toString())
                        .with("Route", "<" + SipCore.loose(key.filter().server()) + ">")
                        .with("From", us + ";tag=" + known.tag)
                        .with("To", "<" + key.aor() + ">")
                        .with("Call-ID", known.callId)
                        .with("Max-Forwards", "70")
                        .with("Contact", us)
                        .with("Expires", Long.toString(expires(key.aor())));
        if (cause == null) return request;
        var visited = cause.register().header("P-Visited-Network-ID");
        if (visited.isPresent()) request = request.with("P-Visited-Network-ID", visited.get());
        return switch (key.filter().told()) {
            case NOTHING -> request;
            case REQUEST -> request.withBody("message/sip", whole(cause.register()));
            case REQUEST_AND_RESPONSE -> {
                var both =
                        Multipart.of(
                                List.of(
                                        Multipart.Part.of("message/sip", whole(cause.register())),
                                        Multipart.Part.of("message/sip", whole(cause.answer()))));
                yield request.withBody(both.contentType(), both.bytes());
            }
        };
    }

    /** Without the proof of the password: it is for us alone. */
    private static byte[] whole(SipMessage<?> message) {
        return message.without("Authorization").without("Proxy-Authorization").bytes();
    }
}

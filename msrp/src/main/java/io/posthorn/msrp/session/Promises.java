package io.posthorn.msrp.session;

import io.posthorn.strand.Identity;
import io.posthorn.strand.Net;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who we are at a port of TLS, so that what SDP has promised is shown though another certificate
 * has come since: nobody can tell for which session a connection comes. Until all sessions that
 * were promised the old one only have their connections, or are over, the port shows the old one,
 * and SDP promises both (RFC 8122 section 5.1: where it is not known which certificate will be
 * used). Any thread.
 */
final class Promises {

    /**
     * What a session was promised.
     *
     * @param shown what the port shows now, and the session where it dials
     * @param fingerprints for SDP, that of {@code shown} first
     */
    record Promise(Identity shown, List<String> fingerprints) {}

    private final Net net;
    private final Map<List<String>, Integer> open = new HashMap<>();
    private @Nullable Identity shown;

    Promises(Net net) {
        this.net = net;
    }

    /** Who we are to whoever comes now; null: nobody, there is no certificate. */
    synchronized @Nullable Identity shown() {
        var latest = net.identity();
        if (latest != null && promisedByAll(latest.fingerprint())) shown = latest;
        return shown;
    }

    private boolean promisedByAll(String fingerprint) {
        return open.keySet().stream().allMatch(promised -> promised.contains(fingerprint));
    }

    /** For a session that begins; null without a certificate. */
    synchronized @Nullable Promise make() {
        var now = shown();
        var latest = net.identity();
        if (now == null || latest == null) return null;
        var first = now.fingerprint();
        var second = latest.fingerprint();
        var fingerprints = first.equals(second) ? List.of(first) : List.of(first, second);
        open.merge(fingerprints, 1, Integer::sum);
        return new Promise(now, fingerprints);
    }

    /** Its session has its connection, or is over. */
    synchronized void kept(Promise promise) {
        open.computeIfPresent(promise.fingerprints(), (_, count) -> count == 1 ? null : count - 1);
    }
}

package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SessionExpires;
import io.posthorn.sip.wire.SessionExpires.Refresher;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import java.time.Duration;
import java.util.Optional;

/**
 * A session interval, and who refreshes. Source: RFC 4028.
 *
 * @param seconds the interval
 * @param weRefresh true if the next refresh is ours to send
 */
public record SessionTimer(int seconds, boolean weRefresh) {

    /** When to refresh: at half of the interval (section 10). */
    public Duration refreshAfter() {
        return Duration.ofSeconds(seconds).dividedBy(2);
    }

    /** When to end the call unless it was refreshed: min(32 s, a third) before expiry (10). */
    public Duration endAfter() {
        return Duration.ofSeconds(seconds - Math.min(32, seconds / 3));
    }

    /** The 422 that {@code request} deserves (section 9), or the 400 if it cannot be read. */
    public static Optional<SipResponse> refusal(SipRequest request, int minimum) {
        try {
            var asked = SessionExpires.of(request);
            // RFC 4028 section 9: who does not know timers could not understand the 422.
            if (asked.isEmpty() || !knowsTimers(request) || asked.get().seconds() >= minimum)
                return Optional.empty();
            return Optional.of(
                    SipResponse.to(request, 422).with("Min-SE", Integer.toString(minimum)));
        } catch (SipSyntax wrong) {
            return Optional.of(SipResponse.to(request, 400));
        }
    }

    /**
     * What follows for us, who answered {@code request} with {@code ok} that carries the agreed
     * interval.
     */
    static Optional<SessionTimer> answered(SipResponse ok, Settings settings) {
        return read(ok).map(a ->
                new SessionTimer(interval(a, settings), a.refresher() == Refresher.UAS));
    }

    /** What follows for us, who asked and got {@code ok}. */
    static Optional<SessionTimer> agreed(SipResponse ok, Settings settings) {
        return read(ok).map(a ->
                new SessionTimer(interval(a, settings), a.refresher() != Refresher.UAS));
    }

    /**
     * {@code ok} with the fields that section 9, table 2 asks for:
     *
     * <pre>
     * the caller knows timers   its refresher   in the 2xx
     * no                        -               uas
     * yes                       none            uac
     * yes                       uac             uac
     * yes                       uas             uas
     * </pre>
     *
     * A request without Session-Expires gets none, as no one asked for it.
     */
    static SipResponse answer(SipRequest request, SipResponse ok, Settings settings) {
        if (ok.header("Session-Expires").isPresent()) return ok;
        var asked = read(request);
        if (asked.isEmpty()) return ok;
        var knows = knowsTimers(request);
        var refresher = knows && asked.get().refresher() != Refresher.UAS ? "uac" : "uas";
        var lower = Math.max(minimum(request), settings.minimumSessionExpires());
        // Section 9: never longer than asked for, never shorter than Min-SE.
        var seconds =
                Math.max(lower, Math.min(asked.get().seconds(), settings.maximumSessionExpires()));
        var with = ok.with("Session-Expires", seconds + ";refresher=" + refresher);
        // Section 9: Require if the refreshes are to come from the caller.
        return refresher.equals("uac") && !with.lists("Require", "timer")
                ? with.withAdded("Require", "timer")
                : with;
    }

    /**
     * The request once more as {@code refused}, a 422, wants it; empty if it names no interval
     * above the one that was asked for.
     */
    static Optional<SipRequest> raised(SipRequest request, SipResponse refused) {
        var minimum = minimum(refused);
        var asked = read(request);
        if (minimum <= asked.map(SessionExpires::seconds).orElse(0L) || minimum > Integer.MAX_VALUE)
            return Optional.empty();
        var expires =
                new SessionExpires(minimum, asked.map(SessionExpires::refresher).orElse(null));
        return Optional.of(
                request.with("Session-Expires", expires.toString())
                        .with("Min-SE", Long.toString(minimum)));
    }

    static boolean knowsTimers(SipMessage<?> message) {
        return message.lists("Supported", "timer") || message.lists("Require", "timer");
    }

    private static int interval(SessionExpires agreed, Settings settings) {
        // Ours: below two seconds not even a refresh at half of it could be answered.
        return (int) Math.clamp(agreed.seconds(), 2, settings.maximumSessionExpires());
    }

    /** What cannot be read counts as not said. */
    private static Optional<SessionExpires> read(SipMessage<?> message) {
        try {
            return SessionExpires.of(message);
        } catch (SipSyntax wrong) {
            return Optional.empty();
        }
    }

    /** The Min-SE of a message; 0 if there is none that can be read. */
    static long minimum(SipMessage<?> message) {
        return message.header("Min-SE")
                .flatMap(value -> Parts.seconds(Parts.of(value).first()))
                .orElse(0L);
    }
}

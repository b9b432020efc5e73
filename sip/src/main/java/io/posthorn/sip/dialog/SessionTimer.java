package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * A session interval, and who refreshes. Source: RFC 4028.
 *
 * @param seconds the interval
 * @param weRefresh true if the next refresh is ours to send
 */
public record SessionTimer(int seconds, boolean weRefresh) {

    /** A Session-Expires that cannot be read. */
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String value) {
            super("Session-Expires " + value, null, false, false);
        }
    }

    private enum Refresher {
        UAC,
        UAS,
        UNSAID
    }

    private record Asked(long seconds, Refresher refresher) {}

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
            var asked = asked(request);
            // RFC 4028 section 9: who does not know timers could not understand the 422.
            if (asked.isEmpty() || !knowsTimers(request) || asked.get().seconds >= minimum)
                return Optional.empty();
            return Optional.of(
                    SipResponse.to(request, 422).with("Min-SE", Integer.toString(minimum)));
        } catch (Unreadable wrong) {
            return Optional.of(SipResponse.to(request, 400));
        }
    }

    /**
     * What follows for us, who answered {@code request} with {@code ok} that carries the agreed
     * interval.
     */
    static Optional<SessionTimer> answered(SipResponse ok, Settings settings) {
        return read(ok, settings)
                .map(a -> new SessionTimer(interval(a), a.refresher == Refresher.UAS));
    }

    /** What follows for us, who asked and got {@code ok}. */
    static Optional<SessionTimer> agreed(SipResponse ok, Settings settings) {
        return read(ok, settings)
                .map(a -> new SessionTimer(interval(a), a.refresher != Refresher.UAS));
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
        Optional<Asked> asked;
        try {
            asked = asked(request);
        } catch (Unreadable wrong) {
            asked = Optional.empty();
        }
        if (asked.isEmpty()) return ok;
        var knows = knowsTimers(request);
        var refresher = knows && asked.get().refresher != Refresher.UAS ? "uac" : "uas";
        var lower = Math.max(minimum(request), settings.minimumSessionExpires());
        // Section 9: never longer than asked for, never shorter than Min-SE.
        var seconds =
                Math.max(lower, Math.min(asked.get().seconds, settings.maximumSessionExpires()));
        var with = ok.with("Session-Expires", seconds + ";refresher=" + refresher);
        // Section 9: Require if the refreshes are to come from the caller.
        return refresher.equals("uac") && !with.lists("Require", "timer")
                ? with.withAdded("Require", "timer")
                : with;
    }

    /** The request once more as {@code refused}, a 422, wants it; empty if it says no minimum. */
    static Optional<SipRequest> raised(SipRequest request, SipResponse refused) {
        var minimum = minimum(refused);
        if (minimum <= 0 || minimum > Integer.MAX_VALUE) return Optional.empty();
        var refresher =
                request.header("Session-Expires")
                        .flatMap(value -> Parts.of(value).get("refresher"))
                        .map(value -> ";refresher=" + value)
                        .orElse("");
        return Optional.of(
                request.with("Session-Expires", minimum + refresher)
                        .with("Min-SE", Long.toString(minimum)));
    }

    static boolean knowsTimers(SipMessage<?> message) {
        return message.lists("Supported", "timer") || message.lists("Require", "timer");
    }

    private static int interval(Asked asked) {
        // Below this even the refresh at half of it could not be answered in time.
        return (int) Math.max(2, asked.seconds);
    }

    private static Optional<Asked> read(SipResponse ok, Settings settings) {
        try {
            return asked(ok)
                    .map(a ->
                            new Asked(
                                    Math.min(a.seconds, settings.maximumSessionExpires()),
                                    a.refresher));
        } catch (Unreadable wrong) {
            return Optional.empty();
        }
    }

    private static Optional<Asked> asked(SipMessage<?> message) {
        var value = message.header("Session-Expires");
        if (value.isEmpty()) return Optional.empty();
        var parts = Parts.of(value.get());
        var seconds = Parts.seconds(parts.first());
        if (seconds.isEmpty()) throw new Unreadable(value.get());
        var refresher = parts.get("refresher");
        if (refresher.isEmpty()) return Optional.of(new Asked(seconds.get(), Refresher.UNSAID));
        if (refresher.get().equalsIgnoreCase("uac"))
            return Optional.of(new Asked(seconds.get(), Refresher.UAC));
        if (refresher.get().equalsIgnoreCase("uas"))
            return Optional.of(new Asked(seconds.get(), Refresher.UAS));
        throw new Unreadable(value.get());
    }

    private static long minimum(SipMessage<?> message) {
        return message.header("Min-SE")
                .flatMap(value -> Parts.seconds(Parts.of(value).first()))
                .orElse(0L);
    }
}

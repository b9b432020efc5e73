package io.posthorn.sip.dialog;

import io.posthorn.sip.auth.Account;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user agent says of itself, and how long it waits.
 *
 * @param host where we are reached, as it stands in Contact; IPv6 in brackets
 * @param port 0 if Contact has none
 * @param server the {@code Server} of our responses; empty for none
 * @param userAgent the {@code User-Agent} of our requests; empty for none
 * @param accept media types in the {@code Accept} of our answers to OPTIONS
 * @param t1 RFC 3261 timer T1
 * @param t2 RFC 3261 timer T2
 * @param minimumSessionExpires seconds; what asks for less gets 422 (RFC 4028 section 9: 90 or
 *     more)
 * @param maximumSessionExpires seconds; longer intervals are cut to this when we answer
 * @param check who refuses an INVITE whose session interval is too small
 * @param answerWithin how long a question may wait for its answer before the loop answers it
 * @param account answers those that ask who we are; null: nobody does
 */
public record Settings(
        String host,
        int port,
        String server,
        String userAgent,
        List<String> accept,
        Duration t1,
        Duration t2,
        int minimumSessionExpires,
        int maximumSessionExpires,
        IntervalCheck check,
        Duration answerWithin,
        @Nullable Account account) {

    /** Who refuses an incoming INVITE with 422 (RFC 4028 section 9). */
    public enum IntervalCheck {
        /** The user agent, before the call is shown to anyone. */
        ON_ARRIVAL,
        /** The procedure at its own step, by {@link SessionTimer#refusal}. */
        BY_PROCEDURE
    }

    public Settings {
        accept = List.copyOf(accept);
        if (minimumSessionExpires < 90)
            throw new IllegalArgumentException("minimum session interval below 90 s");
        if (maximumSessionExpires < minimumSessionExpires)
            throw new IllegalArgumentException("maximum session interval below the minimum");
    }

    /** Standard values: T1 0.5 s, T2 4 s, session intervals of 90 s to 24 h, answers in 20 s. */
    public static Settings at(String host, int port) {
        return new Settings(
                host,
                port,
                "",
                "",
                List.of("application/sdp"),
                Duration.ofMillis(500),
                Duration.ofSeconds(4),
                90,
                // Ours: RFC 4028 names no maximum; a day is longer than any call here lives.
                86_400,
                IntervalCheck.ON_ARRIVAL,
                // RFC 4320: the asker gives up after 32 s.
                Duration.ofSeconds(20),
                null);
    }

    /** The same with these product tokens, for example {@code CPM-serv/OMA2.2}. */
    public Settings products(String server, String userAgent) {
        return new Settings(
                host,
                port,
                server,
                userAgent,
                accept,
                t1,
                t2,
                minimumSessionExpires,
                maximumSessionExpires,
                check,
                answerWithin,
                account);
    }

    /** The same with other limits of the session interval, in seconds. */
    public Settings sessionExpires(int minimum, int maximum, IntervalCheck check) {
        return new Settings(
                host,
                port,
                server,
                userAgent,
                accept,
                t1,
                t2,
                minimum,
                maximum,
                check,
                answerWithin,
                account);
    }

    /** The same with an account at whoever asks for it. */
    public Settings account(@Nullable Account known) {
        return new Settings(
                host,
                port,
                server,
                userAgent,
                accept,
                t1,
                t2,
                minimumSessionExpires,
                maximumSessionExpires,
                check,
                answerWithin,
                known);
    }

    String contact() {
        return "sip:" + hostPort();
    }

    String hostPort() {
        return port == 0 ? host : host + ":" + port;
    }

    /** 64*T1: how long transactions, and 2xx without their ACK, live. */
    Duration life() {
        return Duration.ofNanos(64 * t1.toNanos());
    }
}

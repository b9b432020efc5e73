package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.policy.Checks;
import io.posthorn.cpm.policy.Release;
import java.time.Duration;
import java.util.List;

/**
 * What a participating function can be told.
 *
 * @param checks originator, release and anonymity; for both functions
 * @param release our product in Server, and in User-Agent of our own requests
 * @param core where requests go that have no Route of their own, as a Route value: {@code
 *     <sip:127.0.0.1:5060;transport=tcp;lr>}
 * @param trusted addresses of the hops that may assert identities and services, without ports
 * @param pathMode how our MSRP URI and that of the next node stand in one SDP
 * @param maxSize the largest message in bytes
 * @param sessionExpires seconds that we offer on our own legs
 * @param minimumSessionExpires seconds; less is refused with 422
 * @param ringing how long devices may take to answer. Ours: 30 s
 * @param answer how long the last chunk may wait for its answer. Ours: 20 s, below the 25 s of a
 *     relay and the 30 s of the sender
 * @param registrations how long the first call for a user waits for the registration event
 * @param requireGruu refuses devices without a public GRUU, as the standard does; else their
 *     contact is called
 * @param assumeCapable calls devices that announced no feature at all
 * @param longest the longest life of a call. Ours: 1 h
 */
public record Settings(
        Checks checks,
        Release release,
        String core,
        List<String> trusted,
        PathMode pathMode,
        long maxSize,
        int sessionExpires,
        int minimumSessionExpires,
        Duration ringing,
        Duration answer,
        Duration registrations,
        boolean requireGruu,
        boolean assumeCapable,
        Duration longest) {

    public Settings {
        trusted = List.copyOf(trusted);
        if (minimumSessionExpires < 90)
            throw new IllegalArgumentException("minimum session interval below 90 s");
    }

    /**
     * Everybody may send anything of up to 4 GiB; loopback is trusted.
     *
     * @param core as {@link #core}
     */
    public static Settings open(String core, String host) {
        return new Settings(
                Checks.open(host),
                Release.SERVER,
                core,
                List.of("127.0.0.1", "::1", "localhost"),
                PathMode.PREPEND,
                4L << 30,
                1_800,
                90,
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                Duration.ofSeconds(5),
                true,
                false,
                Duration.ofHours(1));
    }

    public Settings with(Checks other) {
        return new Settings(
                other,
                release,
                core,
                trusted,
                pathMode,
                maxSize,
                sessionExpires,
                minimumSessionExpires,
                ringing,
                answer,
                registrations,
                requireGruu,
                assumeCapable,
                longest);
    }

    public Settings with(PathMode mode) {
        return new Settings(
                checks,
                release,
                core,
                trusted,
                mode,
                maxSize,
                sessionExpires,
                minimumSessionExpires,
                ringing,
                answer,
                registrations,
                requireGruu,
                assumeCapable,
                longest);
    }

    public Settings trusting(List<String> hops) {
        return new Settings(
                checks,
                release,
                core,
                hops,
                pathMode,
                maxSize,
                sessionExpires,
                minimumSessionExpires,
                ringing,
                answer,
                registrations,
                requireGruu,
                assumeCapable,
                longest);
    }

    public Settings withMaxSize(long bytes) {
        return new Settings(
                checks,
                release,
                core,
                trusted,
                pathMode,
                bytes,
                sessionExpires,
                minimumSessionExpires,
                ringing,
                answer,
                registrations,
                requireGruu,
                assumeCapable,
                longest);
    }
}

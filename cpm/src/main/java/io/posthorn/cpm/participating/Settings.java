package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.MediaTls;
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
 * @param names how a core calls us in Route, besides what stands in our Contact: a host, or a host
 *     and a port
 */
public record Settings(
        Checks checks,
        Release release,
        String core,
        List<String> names,
        Trust trust,
        Media media,
        Sessions sessions,
        Patience patience,
        Devices devices,
        Repeats repeats) {

    /**
     * Whose asserted identities and services hold. Source: RFC 3325 section 3.
     *
     * @param hosts addresses of hops, without ports
     * @param pass the user part of our route entry by which the core proves itself; empty: none
     */
    public record Trust(List<String> hosts, String pass) {
        public Trust {
            hosts = List.copyOf(hosts);
        }
    }

    /**
     * @param pathMode how our MSRP URI and that of the next node stand in one SDP
     * @param maxSize the largest message in bytes
     * @param tls which legs are over TLS
     */
    public record Media(PathMode pathMode, long maxSize, MediaTls tls) {
        /** TLS wherever it was offered. */
        public Media(PathMode pathMode, long maxSize) {
            this(pathMode, maxSize, MediaTls.OFFERED);
        }
    }

    /**
     * @param expires seconds that we offer on our own legs
     * @param minimum seconds; less is refused with 422
     */
    public record Sessions(int expires, int minimum) {
        public Sessions {
            if (minimum < 90)
                throw new IllegalArgumentException("minimum session interval below 90 s");
        }
    }

    /**
     * How long we wait; all values are ours.
     *
     * @param ringing for devices to answer: 30 s
     * @param answer for the answer to the last chunk: 20 s, below the 25 s of a relay and the 30 s
     *     of the sender
     * @param registrations for the registration event at the first call for a user: 5 s
     * @param longest for the end of a call: 1 h
     */
    public record Patience(
            Duration ringing, Duration answer, Duration registrations, Duration longest) {
        public static final Patience STANDARD =
                new Patience(
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(5),
                        Duration.ofHours(1));
    }

    /**
     * @param requireGruu those without a public GRUU are not called, as the standard has it; else
     *     by their contact
     * @param buildGruu those whose public GRUU nobody told get one of address and instance
     * @param assumeCapable those that announced no feature at all are called
     */
    public record Devices(boolean requireGruu, boolean buildGruu, boolean assumeCapable) {}

    /**
     * What is remembered of messages that were delivered, to know one that comes again; all values
     * are ours. 100,000 messages take some 15 MB.
     *
     * @param messages beyond, the oldest is forgotten; 0: nothing is remembered
     * @param keep how long one is remembered: 7 days
     */
    public record Repeats(int messages, Duration keep) {
        public static final Repeats STANDARD = new Repeats(100_000, Duration.ofDays(7));
    }

    public Settings {
        names = List.copyOf(names);
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
                List.of(),
                new Trust(List.of("127.0.0.1", "::1", "localhost"), ""),
                new Media(PathMode.PREPEND, 4L << 30),
                new Sessions(1_800, 90),
                Patience.STANDARD,
                new Devices(true, false, false),
                Repeats.STANDARD);
    }

    public Settings with(Checks other) {
        return new Settings(
                other, release, core, names, trust, media, sessions, patience, devices, repeats);
    }

    public Settings with(Media other) {
        return new Settings(
                checks, release, core, names, trust, other, sessions, patience, devices, repeats);
    }

    public Settings with(Devices other) {
        return new Settings(
                checks, release, core, names, trust, media, sessions, patience, other, repeats);
    }

    public Settings with(Repeats other) {
        return new Settings(
                checks, release, core, names, trust, media, sessions, patience, devices, other);
    }

    /** Called so, too. */
    public Settings named(List<String> others) {
        return new Settings(
                checks, release, core, others, trust, media, sessions, patience, devices, repeats);
    }

    public Settings trusting(List<String> hops) {
        return with(new Trust(hops, ""));
    }

    public Settings with(Trust other) {
        return new Settings(
                checks, release, core, names, other, media, sessions, patience, devices, repeats);
    }
}

package io.posthorn.server.config;

import io.posthorn.cpm.call.MediaTls;
import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.sipcore.FilterCriteria;
import io.posthorn.strand.Reach.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything the server can be told, with its defaults. One record per section of {@code
 * posthorn.toml}; {@code doc/posthorn.toml} shows each setting, and a test holds the two together.
 */
public record Config(
        List<Role> roles,
        Sip sip,
        Core core,
        Participating participating,
        Msrp msrp,
        Outbound outbound,
        Custody custody,
        Recorder recorder,
        Tls tls) {

    /**
     * What this process is. The functions meet only in their standard interfaces, also within one
     * process.
     */
    public enum Role {
        CORE,
        PARTICIPATING
    }

    /**
     * @param t1 round-trip estimate, RFC 3261 section 17.1.1.1
     * @param largeByTcp requests over 1,300 bytes try TCP first, RFC 3261 section 18.1.1
     * @param connectionsPerSecond from one address, not on loopback; further ones are closed
     */
    public record Sip(Duration t1, boolean largeByTcp, int connectionsPerSecond) {
        public Sip {
            require(connectionsPerSecond >= 1, "sip.connections-per-second", "must be at least 1");
            require(
                    t1.isPositive(),
                    "sip.t1",
                    "must be positive; RFC 3261 section 17.1.1.1 recommends \"500ms\"");
        }
    }

    /**
     * The embedded SIP/IP core.
     *
     * @param listen UDP and TCP
     * @param domains whose users may register
     * @param participating where requests of CPM services are sent on their way, with {@code orig}
     *     and without
     * @param registration longest life of a registration
     * @param authenticate users prove who they are, RFC 3261 section 22; off: whoever says so is it
     * @param md5 they may do so by MD5 too, RFC 8760 section 2.1
     * @param nonce how long a challenge may be answered
     * @param trusted hosts whose asserted identities are believed
     * @param devicesPerUser how many may be registered at a time
     * @param flowTimer how long the connection of a client behind a NAT may be silent, RFC 5626
     *     section 4.4
     * @param passwordFailures for one user from one address in a minute, and a tenth of those for
     *     all users; after that none is looked at
     * @param servers application servers besides the participating function, which comes first
     */
    public record Core(
            List<HostPort> listen,
            List<String> domains,
            String participating,
            Duration registration,
            boolean authenticate,
            boolean md5,
            Duration nonce,
            List<String> trusted,
            int devicesPerUser,
            Duration flowTimer,
            int passwordFailures,
            List<Server> servers) {
        public Core {
            listen = List.copyOf(listen);
            domains = List.copyOf(domains);
            trusted = List.copyOf(trusted);
            servers = List.copyOf(servers);
            require(nonce.isPositive(), "core.nonce", "must be positive");
            require(
                    devicesPerUser >= 1 && devicesPerUser <= MOST_DEVICES,
                    "core.devices-per-user",
                    "must be between 1 and " + MOST_DEVICES);
            require(
                    flowTimer.toSeconds() >= 30,
                    "core.flow-timer",
                    "must not be below 30s: phones would never sleep");
            for (var server : servers)
                require(
                        server.uri().startsWith("sip:") || server.uri().startsWith("sips:"),
                        "core.servers",
                        "needs the uri of each: \"sip:host:port\"");
            require(passwordFailures >= 1, "core.password-failures", "must be at least 1");
            require(!listen.isEmpty(), "core.listen", "needs at least one address");
            require(!domains.isEmpty(), "core.domains", "needs at least one domain");
        }

        /** Ours: the answer to a REGISTER, which names them all, fits a datagram. */
        private static final int MOST_DEVICES = 100;

        /** The same with a participating function and neighbours elsewhere. */
        public Core towards(String function, List<String> believed) {
            return new Core(
                    listen,
                    domains,
                    function,
                    registration,
                    authenticate,
                    md5,
                    nonce,
                    believed,
                    devicesPerUser,
                    flowTimer,
                    passwordFailures,
                    servers);
        }

        private Core at(HostPort address) {
            return new Core(
                    List.of(address),
                    domains,
                    participating,
                    registration,
                    authenticate,
                    md5,
                    nonce,
                    trusted,
                    devicesPerUser,
                    flowTimer,
                    passwordFailures,
                    servers);
        }
    }

    /**
     * An application server: filter criteria of 3GPP TS 29.228 annex B.
     *
     * @param uri where requests for it go
     * @param methods which; with REGISTER it is told of registrations
     * @param services parts of service identifiers, one of which must be there; none: all requests
     * @param told what a third-party REGISTER carries
     */
    public record Server(
            String uri, List<String> methods, List<String> services, FilterCriteria.Told told) {

        /** What holds for what is not said of a server. */
        static final Server DEFAULT =
                new Server(
                        "", List.of("INVITE", "MESSAGE"), List.of(), FilterCriteria.Told.REQUEST);

        public Server {
            methods = List.copyOf(methods);
            services = List.copyOf(services);
        }

        /** For the core. */
        public FilterCriteria criteria() {
            return new FilterCriteria(methods, services, uri, told);
        }
    }

    /**
     * The CPM Participating Function.
     *
     * @param names hosts by which a core calls it in Route, besides the address it listens at
     * @param core where its requests go that have no Route, the next hop: the SIP/IP core
     * @param trusted hosts whose asserted identities are believed, besides that of {@code core} if
     *     it is another process
     * @param requireGruu devices without a public GRUU are not called, as the standard has it; else
     *     by their contact
     * @param buildGruu devices whose public GRUU nobody told get one of address and instance
     * @param assumeCapable devices that announced no feature at all are called
     * @param barred addresses of users who may not send
     * @param agents a pattern that User-Agent must match; empty: any
     * @param errorInfo what Error-Info shows whoever has the wrong version
     * @param anonymity may a sender stay anonymous
     * @param warningNumbers whether Warning texts begin with a number, as some clients expect
     * @param pathMode {@code prepend}: our MSRP URI before the path of the other side; {@code
     *     terminate}: ours alone
     * @param maxSize the largest message
     * @param ringing how long devices may ring. Ours: no standard names a value
     * @param minimumSessionExpires smaller offers get 422 with Min-SE, RFC 4028 section 4
     * @param answer by when the last chunk of a message is answered, whatever happened
     */
    public record Participating(
            List<HostPort> listen,
            List<String> names,
            String core,
            List<String> trusted,
            boolean requireGruu,
            boolean buildGruu,
            boolean assumeCapable,
            List<String> barred,
            String agents,
            String errorInfo,
            boolean anonymity,
            Warnings.Numbers warningNumbers,
            PathMode pathMode,
            ByteSize maxSize,
            Duration ringing,
            Duration minimumSessionExpires,
            Duration answer) {
        public Participating {
            listen = List.copyOf(listen);
            names = List.copyOf(names);
            trusted = List.copyOf(trusted);
            barred = List.copyOf(barred);
            require(!listen.isEmpty(), "participating.listen", "needs at least one address");
            require(ringing.isPositive(), "participating.ringing", "must be positive");
            require(
                    minimumSessionExpires.toSeconds() >= 90,
                    "participating.minimum-session-expires",
                    "is below 90s, which RFC 4028 section 4 forbids");
            require(
                    answer.isPositive() && answer.toSeconds() < 25,
                    "participating.answer",
                    "must be below 25s: a relay before us waits no longer");
        }

        /** The same behind another core. */
        public Participating behind(String other, PathMode mode) {
            return new Participating(
                    listen,
                    names,
                    other,
                    trusted,
                    requireGruu,
                    buildGruu,
                    assumeCapable,
                    barred,
                    agents,
                    errorInfo,
                    anonymity,
                    warningNumbers,
                    mode,
                    maxSize,
                    ringing,
                    minimumSessionExpires,
                    answer);
        }
    }

    /**
     * @param listen the port of the first loop; the next loops take the ports after it
     * @param chunk bytes of body in one SEND of ours
     * @param strictPath a From-Path must be the one that SDP named; off: the session-id decides
     * @param fromOwnPort our connections come from the port that our path names
     * @param tls which legs that we offer are over TLS
     */
    public record Msrp(
            HostPort listen,
            ByteSize chunk,
            boolean strictPath,
            boolean fromOwnPort,
            MediaTls tls) {
        public Msrp {
            require(
                    chunk.bytes() >= 1 && chunk.bytes() <= 1 << 20,
                    "msrp.chunk",
                    "must be between 1 and 1MiB");
        }
    }

    /**
     * @param allow addresses and ranges that peers may send us to though they are loopback,
     *     link-local or a metadata service
     */
    public record Outbound(List<String> allow) {
        public Outbound {
            allow = List.copyOf(allow);
            for (var text : allow) range(text);
        }

        /** The same, read. */
        public List<Range> ranges() {
            return allow.stream().map(Outbound::range).toList();
        }

        private static Range range(String text) {
            try {
                return Range.parse(text);
            } catch (IllegalArgumentException wrong) {
                throw new InvalidConfig(
                        "outbound.allow: '"
                                + text
                                + "' is neither an address nor a range: write for example"
                                + " \"192.0.2.7\" or \"127.0.0.0/8\"");
            }
        }
    }

    /**
     * @param window bytes of one message in memory, before it goes to a file
     * @param narrowWindow the same, once all messages together hold {@code crowded}
     * @param delivered messages that are remembered after their delivery, so that one that comes
     *     again is answered and not delivered again
     * @param deliveredFor how long each of them is
     */
    public record Custody(
            ByteSize window,
            ByteSize narrowWindow,
            ByteSize crowded,
            int delivered,
            Duration deliveredFor) {
        public Custody {
            require(delivered >= 0, "custody.delivered", "must not be negative");
            require(deliveredFor.isPositive(), "custody.delivered-for", "must be positive");
            require(
                    narrowWindow.bytes() <= window.bytes(),
                    "custody.narrow-window",
                    "must not be above custody.window");
        }
    }

    /**
     * @param record {@code brief}: methods, codes and steps; {@code full}: whole SIP messages too
     * @param memory what ended calls may occupy
     */
    public record Recorder(Mode record, ByteSize memory) {
        /** How much is kept of a call. */
        public enum Mode {
            BRIEF,
            FULL
        }
    }

    /**
     * TLS, and what goes without. Where a file says where to listen and nothing of TLS there is
     * none.
     *
     * @param core where the embedded core listens for SIP over TLS; empty: nowhere
     * @param participating the same of the participating function
     * @param msrp the port of the first loop for MSRP over TLS; the next loops take the ports after
     *     it; one address or none
     * @param certificate PEM, ours first; empty: one that is made in the data directory
     * @param key PEM, its private key
     * @param trust PEM, the authorities whose word is taken for others; empty: those of the JDK, or
     *     our own with a certificate of our own making
     * @param clearText whether addresses beyond this machine may be listened at without TLS
     * @param handshakesPerAddress how many of one address may be under way at a port
     */
    public record Tls(
            List<HostPort> core,
            List<HostPort> participating,
            List<HostPort> msrp,
            String certificate,
            String key,
            String trust,
            boolean clearText,
            int handshakesPerAddress) {

        /** The limit of a port: one address may have all of it. */
        private static final int MOST_HANDSHAKES = 1_000;

        public Tls {
            core = List.copyOf(core);
            participating = List.copyOf(participating);
            msrp = List.copyOf(msrp);
            require(msrp.size() <= 1, "tls.msrp", "takes one address");
            require(
                    certificate.isEmpty() == key.isEmpty(),
                    certificate.isEmpty() ? "tls.certificate" : "tls.key",
                    "is missing: a certificate and its key go together; leave out both to use one"
                            + " that Posthorn makes");
            require(
                    handshakesPerAddress >= 1 && handshakesPerAddress <= MOST_HANDSHAKES,
                    "tls.handshakes-per-address",
                    "must be between 1 and " + MOST_HANDSHAKES);
        }

        public static final Tls NONE =
                new Tls(List.of(), List.of(), List.of(), "", "", "", false, 50);

        /** Whether anything here needs a certificate. */
        public boolean wanted() {
            return !core.isEmpty()
                    || !participating.isEmpty()
                    || !msrp.isEmpty()
                    || !certificate.isEmpty();
        }
    }

    public Config {
        roles = List.copyOf(roles);
        require(!roles.isEmpty(), "roles", "needs at least one of \"core\" and \"participating\"");
    }

    /** What holds where {@code posthorn.toml} says nothing. */
    public static final Config DEFAULT =
            new Config(
                    List.of(Role.CORE, Role.PARTICIPATING),
                    new Sip(Duration.ofMillis(500), true, 50),
                    new Core(
                            List.of(new HostPort("127.0.0.1", 5060)),
                            List.of("example.com", "example.net"),
                            "sip:127.0.0.1:5070",
                            Duration.ofDays(7),
                            true,
                            false,
                            Duration.ofMinutes(5),
                            List.of(),
                            16,
                            Duration.ofSeconds(120),
                            20,
                            List.of()),
                    new Participating(
                            List.of(new HostPort("127.0.0.1", 5070)),
                            List.of(),
                            "sip:127.0.0.1:5060",
                            List.of(),
                            false,
                            false,
                            true,
                            List.of(),
                            "",
                            "https://posthorn.invalid/cpm-version",
                            true,
                            Warnings.Numbers.RCS,
                            PathMode.PREPEND,
                            new ByteSize(4L << 30),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(90),
                            Duration.ofSeconds(20)),
                    new Msrp(
                            new HostPort("127.0.0.1", 2855),
                            new ByteSize(64 << 10),
                            true,
                            false,
                            MediaTls.OFFERED),
                    new Outbound(List.of()),
                    new Custody(
                            new ByteSize(1 << 20),
                            new ByteSize(64 << 10),
                            new ByteSize(256L << 20),
                            100_000,
                            Duration.ofDays(7)),
                    new Recorder(Recorder.Mode.BRIEF, new ByteSize(16 << 20)),
                    new Tls(
                            List.of(new HostPort("127.0.0.1", 5061)),
                            List.of(),
                            List.of(new HostPort("127.0.0.1", 2865)),
                            "",
                            "",
                            "",
                            false,
                            50));

    /** The same without TLS. */
    Config plain() {
        return with(Tls.NONE);
    }

    /** The same with other TLS. */
    public Config with(Tls other) {
        return new Config(
                roles, sip, core, participating, msrp, outbound, custody, recorder, other);
    }

    /** The same with another core and function. */
    Config with(Core other, Participating function) {
        return new Config(roles, sip, other, function, msrp, outbound, custody, recorder, tls);
    }

    /** The same at other addresses, and without TLS: the demo's, on free ports. */
    public Config at(HostPort coreAt, HostPort participatingAt, HostPort msrpAt) {
        var p = participating;
        return new Config(
                roles,
                sip,
                core.at(coreAt).towards("sip:" + participatingAt, core.trusted()),
                new Participating(
                        List.of(participatingAt),
                        p.names(),
                        "sip:" + coreAt,
                        p.trusted(),
                        p.requireGruu(),
                        p.buildGruu(),
                        p.assumeCapable(),
                        p.barred(),
                        p.agents(),
                        p.errorInfo(),
                        p.anonymity(),
                        p.warningNumbers(),
                        p.pathMode(),
                        p.maxSize(),
                        p.ringing(),
                        p.minimumSessionExpires(),
                        p.answer()),
                new Msrp(msrpAt, msrp.chunk(), msrp.strictPath(), msrp.fromOwnPort(), msrp.tls()),
                outbound,
                custody,
                recorder,
                Tls.NONE);
    }

    /**
     * Plain text beyond this machine must be meant.
     *
     * @throws InvalidConfig naming the address, and the setting that says so
     */
    Config checkClearText() {
        if (tls.clearText()) return this;
        if (roles.contains(Role.CORE)) onThisMachine("core.listen", core.listen());
        if (roles.contains(Role.PARTICIPATING)) {
            onThisMachine("participating.listen", participating.listen());
            onThisMachine("msrp.listen", List.of(msrp.listen()));
        }
        return this;
    }

    private static void onThisMachine(String key, List<HostPort> addresses) {
        for (var at : addresses)
            require(
                    at.address().getAddress() != null
                            && at.address().getAddress().isLoopbackAddress(),
                    key,
                    at
                            + " is refused: it would carry plain text beyond this machine; listen"
                            + " there over TLS (section tls), or say tls.clear-text = true");
    }

    /** Whether nobody beyond this machine can reach us. */
    public boolean onLoopbackOnly() {
        var all = new ArrayList<>(core.listen());
        all.addAll(participating.listen());
        all.add(msrp.listen());
        all.addAll(tls.core());
        all.addAll(tls.participating());
        all.addAll(tls.msrp());
        return all.stream().allMatch(at -> at.address().getAddress().isLoopbackAddress());
    }

    static void require(boolean ok, String key, String why) {
        if (!ok) throw new InvalidConfig(key + " " + why);
    }
}

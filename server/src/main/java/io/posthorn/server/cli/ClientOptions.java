package io.posthorn.server.cli;

import io.posthorn.cpm.client.Registered;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.ClientNode;
import io.posthorn.server.tls.Certificates;
import io.posthorn.server.users.Development;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code send} and {@code receive} have in common: who one is, and where the core is. */
final class ClientOptions {

    /** Ours: what a registrar on the same machine never needs. */
    private static final int ANSWER_SECONDS = 10;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--as", paramLabel = "SIP-URI", required = true, description = "who you are")
    private String as;

    @Option(
            names = "--core",
            paramLabel = "HOST:PORT[;transport=udp|tcp|tls]",
            description = "the SIP/IP core (default: 127.0.0.1:5060; with --tls 127.0.0.1:5061)")
    private @Nullable String core;

    @Option(names = "--tls", description = "SIP and MSRP over TLS; as --core with ;transport=tls")
    private boolean tls;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description =
                    "PEM: whom to trust over TLS (default: the server's own authority in its data"
                            + " directory, if it is on this machine; else those that Java knows)")
    private @Nullable Path authorities;

    @Option(
            names = "--address",
            paramLabel = "IP",
            description =
                    "own address, where others reach this client (default: this machine's only)")
    private @Nullable String address;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description =
                    "its first line is your password (default: $POSTHORN_PASSWORD; else, at a core on this"
                            + " machine without users, what its data directory says)")
    private @Nullable Path passwordFile;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "data directory of a server on this machine")
    private Path data = DataOption.USUAL;

    String as() {
        return address(spec, "--as", as);
    }

    String core() {
        var at = core == null ? "127.0.0.1:" + (tls ? 5061 : 5060) : core;
        return tls && !at.contains(";transport=") ? at + ";transport=tls" : at;
    }

    private boolean secure() {
        return core().contains(";transport=tls");
    }

    /** {@code value} as a SIP URI, or wrong usage. */
    static String address(CommandSpec spec, String option, String value) {
        try {
            var uri = SipUri.parse(value);
            if (!uri.user().isEmpty() && (uri.scheme().startsWith("sip"))) return value;
        } catch (SipSyntax wrong) {
            // said below
        }
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                option
                        + " '"
                        + value
                        + "' is not an address: write for example sip:bob@example.net");
    }

    /** A world for one client; its recorder keeps little. */
    static LiveWorld world(MemoryRecorder.Mode mode) {
        return LiveWorld.start(
                Path.of("").toAbsolutePath(), new MemoryRecorder(LiveWorld.time(), mode, 4 << 20));
    }

    /** One that sends: over TLS if it was told so. */
    ClientNode start(LiveWorld world, String installation) {
        if (secure()) show(world);
        return started(world, installation);
    }

    /** One that waits for what others send: as they offer it. */
    ClientNode startForAll(LiveWorld world, String installation) {
        show(world);
        return started(world, installation);
    }

    private void show(LiveWorld world) {
        world.show(Certificates.ofClient(authorities, data, LiveWorld.time().get()));
    }

    private ClientNode started(LiveWorld world, String installation) {
        return ClientNode.start(world, at(), as(), installation, core(), password());
    }

    /** Its own address; if nobody said, loopback, of the kind of address that the core has. */
    private InetAddress at() {
        if (address == null)
            return InetAddress.ofLiteral(core().startsWith("[") ? "::1" : "127.0.0.1");
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException wrong) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--address '" + address + "' is no address: write for example 192.0.2.30");
        }
    }

    private @Nullable String password() {
        if (passwordFile != null) return firstLine(passwordFile);
        var told = System.getenv("POSTHORN_PASSWORD");
        if (told != null && !told.isEmpty()) return told;
        return Development.find(data).map(Development::password).orElse(null);
    }

    /** The password that {@code file} holds. */
    static String firstLine(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.findFirst().orElse("");
        } catch (IOException | UncheckedIOException e) {
            throw new Failed(Exit.FAILED, "cannot read " + file + ": " + e.getMessage());
        }
    }

    /** Registers, or says why it cannot. */
    static void register(ClientNode node, String core) {
        var answer = new CompletableFuture<Registered>();
        node.client().register(answer::complete);
        var registered = within(answer);
        if (registered.code() == 503 && registered.reason().startsWith("certificate"))
            throw new Failed(
                    Exit.FAILED,
                    "not registered at "
                            + core
                            + ": "
                            + registered.reason()
                            + "; --tls-ca names whom to trust");
        if (registered == null || registered.code() == 408 || registered.code() == 503) {
            throw new Failed(
                    Exit.NO_SERVER,
                    "no SIP/IP core answers at " + core + "; start one with 'posthorn up'");
        }
        if (!registered.ok()) {
            throw new Failed(
                    Exit.FAILED,
                    "registration of "
                            + node.client().settings().address()
                            + " refused: "
                            + registered.code()
                            + " "
                            + registered.reason()
                            + " (RFC 3261 section 10.3)"
                            + advice(registered.code()));
        }
    }

    private static String advice(int code) {
        return code == 401
                ? "; give --password-file, or --data of a server on this machine; users are made"
                        + " with 'posthorn users add'"
                : "";
    }

    static void unregister(ClientNode node) {
        var answer = new CompletableFuture<Registered>();
        node.client().unregister(answer::complete);
        within(answer);
    }

    private static Registered within(CompletableFuture<Registered> answer) {
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException none) {
            return new Registered(408, "no answer", "", List.of());
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("waiting for the registrar", e);
        }
    }
}

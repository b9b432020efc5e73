package io.posthorn.server.cli;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Sending;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.ClientNode;
import io.posthorn.server.Ports;
import io.posthorn.server.Wiring;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.ConfigFile;
import io.posthorn.server.config.HostPort;
import io.posthorn.server.control.Answers;
import io.posthorn.server.users.Development;
import io.posthorn.server.users.Users;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.MemoryRecorder.Call;
import io.posthorn.strand.MemoryRecorder.StepEntry;
import io.posthorn.strand.ladder.Ladder;
import io.posthorn.strand.ladder.SeenCall;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        description = {
            "The main job, end to end, in one process and on real sockets; 0 only if every byte arrived.",
            "Alice sends Bob a large message through the originating and the terminating participating",
            "function."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn demo",
            "  posthorn demo --file film.mkv",
            "  posthorn demo --config posthorn.toml --password-file secrets     behind another core"
        })
final class DemoCommand implements Callable<Integer> {

    private static final String ALICE = "sip:alice@example.com";
    private static final String BOB = "sip:bob@example.net";
    private static final List<String> COLUMNS = List.of("Alice", "OPF", "core", "TPF", "Bob");
    private static final int RANDOM_BYTES = 5_000_000;
    private static final int GIVE_UP_SECONDS = 600;

    @Spec private CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "what to send (default: 5 MB of random bytes)")
    private @Nullable Path file;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "settings (default: all as in doc/posthorn.toml, on free ports); with the role"
                            + " participating alone the core is the one they name")
    private @Nullable Path settings;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description =
                    "at a core of the settings: its first line is Alice's password, its second Bob's if"
                            + " that is another")
    private @Nullable Path passwordFile;

    @Option(names = "--mermaid", description = "draws the ladder as a Mermaid sequence diagram")
    private boolean mermaid;

    @Option(
            names = "--steps",
            description = "draws every step of the standard on a line of its own")
    private boolean steps;

    @Override
    public Integer call() throws IOException {
        var directory = Files.createTempDirectory("posthorn-demo");
        try {
            return demo(directory);
        } finally {
            remove(directory);
        }
    }

    private int demo(Path directory) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        try (var serverWorld = world(directory);
                var aliceWorld = world(directory);
                var bobWorld = world(directory)) {
            var content = file == null ? random(serverWorld, directory) : readable(file);
            var config =
                    settings == null ? config(serverWorld, loopback) : ConfigFile.read(settings);
            var core = core(config);
            // Where a core on another machine reaches the functions it reaches the clients too.
            var at = config.participating().listen().getFirst().address().getAddress();
            var users = Development.in(directory, serverWorld.entropy());
            var passwords = passwords(users);
            try (var wiring =
                            Wiring.start(
                                    serverWorld, config, directory, Users.in(directory, users));
                    var alice =
                            ClientNode.start(
                                    aliceWorld, at, ALICE, "demo", core, passwords.getFirst());
                    var bob =
                            ClientNode.start(
                                    bobWorld, loopback, BOB, "demo", core, passwords.getLast())) {
                var into = Files.createDirectory(directory.resolve("bob"));
                var received = new CompletableFuture<Inbox.Received>();
                bob.client().onReceive(Receiving.into(into), inbox(received));
                ClientOptions.register(alice, core);
                ClientOptions.register(bob, core);

                var time = LiveWorld.time();
                var began = time.get();
                var outcome = send(alice, content);
                var arrived = arrived(received, outcome);
                var took = Duration.between(began, time.get());
                wiring.drain(Duration.ofSeconds(5)).join();

                var names = new LinkedHashMap<String, String>();
                names.put(alice.sip(), "Alice");
                names.put(core.replaceFirst(";.*", ""), "core");
                names.put(bob.sip(), "Bob");
                var calls =
                        List.of(
                                calls("Alice", aliceWorld),
                                calls("", serverWorld),
                                calls("Bob", bobWorld));
                return report(content, arrived, took, calls, names);
            }
        }
    }

    /** Where the clients go, as {@code HOST:PORT}, maybe with a transport. */
    private static String core(Config config) {
        return config.roles().contains(Config.Role.CORE)
                ? config.core().listen().getFirst().toString()
                : config.participating().core().replaceFirst("^sips?:", "");
    }

    private List<String> passwords(Development users) throws IOException {
        if (passwordFile == null) return List.of(users.password());
        try (var lines = Files.lines(passwordFile)) {
            var passwords = lines.limit(2).toList();
            if (!passwords.isEmpty()) return passwords;
        }
        throw new Failed(Exit.FAILED, passwordFile + " holds no password");
    }

    private static LiveWorld world(Path directory) {
        return LiveWorld.start(
                directory,
                new MemoryRecorder(LiveWorld.time(), MemoryRecorder.Mode.FULL, 16 << 20));
    }

    private static Config config(LiveWorld world, InetAddress at) {
        var core = new HostPort(Ports.host(at), Ports.free(world, at));
        var function = new HostPort(Ports.host(at), Ports.free(world, at));
        return Config.DEFAULT.at(core, function, new HostPort(Ports.host(at), 0));
    }

    // ---- the message

    private static Path random(LiveWorld world, Path directory) throws IOException {
        var bytes = new byte[RANDOM_BYTES];
        world.entropy().fill(bytes);
        return Files.write(directory.resolve("random.bin"), bytes);
    }

    private Path readable(Path given) {
        if (Files.isRegularFile(given) && Files.isReadable(given)) return given.toAbsolutePath();
        throw new CommandLine.ParameterException(
                spec.commandLine(), "cannot read the file " + given);
    }

    private static Sending.Outcome send(ClientNode alice, Path content) {
        var end = new CompletableFuture<Sending.Outcome>();
        try (var progress = Progress.of("alice → bob", -1)) {
            alice.client()
                    .send(
                            Outbound.file(BOB, content, SendCommand.type(content)),
                            SendCommand.listener(progress, end));
            return end.completeOnTimeout(
                            new Sending.Outcome.Failed(
                                    0, "no end after " + GIVE_UP_SECONDS + " s", ""),
                            GIVE_UP_SECONDS,
                            TimeUnit.SECONDS)
                    .join();
        }
    }

    private static Inbox inbox(CompletableFuture<Inbox.Received> received) {
        return new Inbox() {
            @Override
            public void received(Received message) {
                received.complete(message);
            }

            @Override
            public void failed(String from, String why) {
                received.completeExceptionally(new Failed(Exit.FAILED, "bob: " + why));
            }
        };
    }

    private static Path arrived(
            CompletableFuture<Inbox.Received> received, Sending.Outcome outcome) {
        if (outcome instanceof Sending.Outcome.Failed(var code, var why, _)) {
            throw new Failed(
                    Exit.FAILED, "alice: not sent: " + (code == 0 ? "" : code + " ") + why);
        }
        var message = received.completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
        if (message == null)
            throw new Failed(Exit.FAILED, "alice was told 200, but bob has nothing");
        return message.file();
    }

    // ---- what it was

    private record Seen(String owner, List<Call> calls) {}

    private static Seen calls(String owner, LiveWorld world) {
        var recorder = (MemoryRecorder) world.recorder();
        var calls = new ArrayList<>(recorder.ended());
        calls.addAll(recorder.running());
        return new Seen(owner, calls);
    }

    private int report(
            Path sent, Path got, Duration took, List<Seen> seen, Map<String, String> names)
            throws IOException {
        var out = spec.commandLine().getOut();
        draw(out, seen, names);
        long bytes = Files.size(got);
        double seconds = took.toNanos() / 1e9;
        var sentHash = sha256(sent);
        boolean whole = sentHash.equals(sha256(got));
        out.println();
        out.printf(
                Locale.ROOT,
                "%s: %,d bytes in %.2f s, %.0f MB/s, %d steps of the standard, SHA-256 %s %s%n",
                whole ? "delivered" : "CORRUPTED",
                bytes,
                seconds,
                bytes / 1e6 / seconds,
                steps(seen),
                sentHash.substring(0, 16),
                whole ? "at both ends" : "differs at bob");
        out.flush();
        return whole ? Exit.DONE : Exit.FAILED;
    }

    private void draw(PrintWriter out, List<Seen> seen, Map<String, String> names) {
        var calls = new ArrayList<SeenCall>();
        for (var part : seen) {
            for (var call : part.calls()) {
                calls.add(
                        SeenCall.of(
                                part.owner().isEmpty() ? Answers.owner(call) : part.owner(), call));
            }
        }
        var whole = Ladder.of("Alice sends Bob a large message", calls, names);
        var ladder = (steps ? whole : whole.brief()).inOrder(COLUMNS);
        out.print(mermaid ? ladder.mermaid() : ladder.text());
    }

    private static long steps(List<Seen> seen) {
        return seen.stream()
                .flatMap(part -> part.calls().stream())
                .flatMap(call -> call.entries().stream())
                .filter(StepEntry.class::isInstance)
                .count();
    }

    private static String sha256(Path path) throws IOException {
        try (var in =
                new DigestInputStream(
                        Files.newInputStream(path), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(path);
        }
    }
}

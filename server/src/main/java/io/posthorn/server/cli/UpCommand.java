package io.posthorn.server.cli;

import io.posthorn.live.ControlSocket;
import io.posthorn.live.DataDirectory;
import io.posthorn.live.LiveWorld;
import io.posthorn.live.Termination;
import io.posthorn.server.Idle;
import io.posthorn.server.Log;
import io.posthorn.server.Wiring;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.ConfigFile;
import io.posthorn.server.config.HostPort;
import io.posthorn.server.config.InvalidConfig;
import io.posthorn.server.control.Answers;
import io.posthorn.server.tls.Certificates;
import io.posthorn.server.users.Development;
import io.posthorn.server.users.Users;
import io.posthorn.strand.MemoryRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "up",
        description =
                "Runs the server until it is told to end; on SIGTERM it finishes its calls first.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn up",
            "  posthorn up --config posthorn.toml --data /var/lib/posthorn"
        })
final class UpCommand implements Callable<Integer> {

    /** Ours: how long calls may go on after SIGTERM. */
    private static final Duration DRAIN = Duration.ofSeconds(30);

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "settings (default: all as in doc/posthorn.toml)")
    private @Nullable Path file;

    private @Nullable Users users;

    @Override
    public Integer call() {
        System.setProperty(
                "posthorn.log",
                "INFO"); // a server logs a line per call; read when the first one is
        var config = file == null ? Config.DEFAULT : ConfigFile.read(file);
        requireLoopback(config);
        var told = new CompletableFuture<Boolean>();
        var ended = new CompletableFuture<Boolean>();
        Termination.before(() -> end(told, ended));
        try (var directory = DataDirectory.own(data.path())) {
            serve(config, directory, told);
        } finally {
            Log.end();
            ended.complete(true);
        }
        return Exit.DONE;
    }

    /** Without passwords nobody but this machine's own may register. */
    private static void requireLoopback(Config config) {
        if (!config.roles().contains(Config.Role.CORE) || config.core().authenticate()) return;
        for (var at : config.core().listen()) {
            if (at.address().getAddress().isLoopbackAddress()) continue;
            throw new InvalidConfig(
                    "core.listen "
                            + at
                            + " is refused: with core.authenticate = false the core serves loopback only");
        }
    }

    private static void end(CompletableFuture<Boolean> told, CompletableFuture<Boolean> ended) {
        told.complete(true);
        ended.completeOnTimeout(false, DRAIN.toSeconds() + 10, TimeUnit.SECONDS).join();
    }

    private void serve(Config config, DataDirectory directory, CompletableFuture<Boolean> told) {
        var mode =
                config.recorder().record() == Config.Recorder.Mode.FULL
                        ? MemoryRecorder.Mode.FULL
                        : MemoryRecorder.Mode.BRIEF;
        var recorder =
                new MemoryRecorder(LiveWorld.time(), mode, config.recorder().memory().bytes());
        try (var world = showing(LiveWorld.start(directory.path(), recorder), config, directory);
                var wiring =
                        Wiring.start(world, config, directory.path(), users(world, directory));
                var _ =
                        ControlSocket.listen(
                                directory.control(),
                                answers(
                                        recorder,
                                        world,
                                        wiring,
                                        () -> show(world, config, directory)))) {
            Progress.line(
                    spec.commandLine().getOut(),
                    "ready" + where(config) + ", data " + directory.path());
            Idle.watch(world, wiring, System::gc);
            told.join();
            wiring.drain(DRAIN).join();
        }
    }

    /** The same world, with a certificate to show if the settings want one. */
    private static LiveWorld showing(LiveWorld world, Config config, DataDirectory directory) {
        try {
            world.handshakesPerAddress(config.tls().handshakesPerAddress());
            show(world, config, directory);
            return world;
        } catch (RuntimeException wrong) {
            world.close();
            throw wrong;
        }
    }

    private static void show(LiveWorld world, Config config, DataDirectory directory) {
        if (!config.tls().wanted()) return;
        world.show(Certificates.ofServer(config, directory.path(), LiveWorld.time().get()));
    }

    private Users users(LiveWorld world, DataDirectory directory) {
        var known = Users.in(directory.path(), Development.in(directory.path(), world.entropy()));
        users = known;
        return known;
    }

    private UnaryOperator<String> answers(
            MemoryRecorder recorder, LiveWorld world, Wiring wiring, Runnable certificates) {
        var answers = new Answers(recorder, LiveWorld.time(), wiring.names());
        return question ->
                switch (question.strip()) {
                    case "users" -> reload(wiring);
                    case "counts" -> counts(world, wiring);
                    case "tls" -> reread(certificates);
                    default -> answers.answer(question);
                };
    }

    private static String counts(LiveWorld world, Wiring wiring) {
        var counts = new TreeMap<>(wiring.counts());
        world.refusedHandshakes().forEach((why, count) -> counts.put("TLS refused: " + why, count));
        var lines = new StringBuilder();
        counts.forEach((what, count) ->
                lines.append(String.format(Locale.ROOT, "%,10d  %s%n", count, what)));
        return lines.toString();
    }

    /** Connections that are there keep the certificate they began with. */
    private static String reread(Runnable certificates) {
        try {
            certificates.run();
            return "done\n";
        } catch (InvalidConfig wrong) {
            return "error " + wrong.getMessage() + "; the old certificate stays\n";
        }
    }

    private String reload(Wiring wiring) {
        try {
            if (users == null) return "done\n";
            var ended = users.reload();
            if (ended.everybody()) wiring.removedAll();
            ended.addresses().forEach(wiring::removed);
            return "done\n";
        } catch (InvalidConfig wrong) {
            return "error " + wrong.getMessage() + "\n";
        }
    }

    private static String overTls(List<HostPort> at) {
        return at.isEmpty() ? "" : " tls " + at;
    }

    private static String where(Config config) {
        var text = new StringBuilder();
        for (var role : config.roles()) {
            switch (role) {
                case CORE ->
                        text.append(", core sip ")
                                .append(config.core().listen())
                                .append(overTls(config.tls().core()))
                                .append(config.core().authenticate() ? "" : " (no passwords)");
                case PARTICIPATING ->
                        text.append(", participating sip ")
                                .append(config.participating().listen())
                                .append(" msrp ")
                                .append(config.msrp().listen())
                                .append(overTls(config.tls().msrp()));
            }
        }
        return text.toString();
    }
}

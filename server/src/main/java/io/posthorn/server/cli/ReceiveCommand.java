package io.posthorn.server.cli;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Registered;
import io.posthorn.live.Termination;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "receive",
        description =
                "Registers, and writes what arrives into a directory. Never overwrites a file, and keeps"
                        + " a message that comes again once; .posthorn-received remembers them.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn receive --as sip:bob@example.net --into in",
            "  posthorn receive --as sip:bob@example.net --into in --once",
            "  posthorn receive --as sip:bob@example.net --into in --reject 486     to see a sender refused"
        })
final class ReceiveCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private ClientOptions client;

    @Option(names = "--into", paramLabel = "DIR", required = true, description = "where files go")
    private Path into;

    @Option(names = "--once", description = "ends after the first message")
    private boolean once;

    @Option(
            names = "--reject",
            paramLabel = "CODE",
            description = "refuses every call with this status code")
    private int reject;

    @Option(
            names = "--stall-after",
            paramLabel = "BYTES",
            description = "reads no more after so many bytes")
    private long stallAfter = -1;

    @Override
    public Integer call() throws IOException {
        if (reject != 0 && (reject < 300 || reject > 699)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--reject takes a code from 300 to 699");
        }
        var directory = into.toAbsolutePath().normalize();
        Files.createDirectories(directory);
        var out = spec.commandLine().getOut();
        var end = new CompletableFuture<Integer>();
        try (var world = ClientOptions.world(MemoryRecorder.Mode.BRIEF);
                var node = client.startForAll(world, directory.toString())) {
            node.client()
                    .onReceive(
                            new Receiving(directory, reject, stallAfter), new Announced(out, end));
            node.client().onRegistered(new Away(out)::heard);
            ClientOptions.register(node, client.core());
            Progress.line(out, "ready: " + client.as() + " into " + directory);
            Termination.before(() -> ClientOptions.unregister(node));
            return end.join();
        }
    }

    /** Says that the core is away, and that it is back: once each. */
    private static final class Away {
        private final PrintWriter out;
        private boolean away;

        Away(PrintWriter out) {
            this.out = out;
        }

        synchronized void heard(Registered answer) {
            if (answer.ok() == !away) return;
            away = !answer.ok();
            Progress.line(
                    out,
                    away
                            ? "not registered any more: "
                                    + answer.code()
                                    + " "
                                    + answer.reason()
                                    + "; trying again"
                            : "registered again");
        }
    }

    /** Says what arrives, a line each. */
    private final class Announced implements Inbox {
        private final PrintWriter out;
        private final CompletableFuture<Integer> end;
        private @Nullable Progress progress;
        private long total = -1;

        Announced(PrintWriter out, CompletableFuture<Integer> end) {
            this.out = out;
            this.end = end;
        }

        @Override
        public synchronized void arriving(String from, String name, long bytes) {
            if (progress != null) progress.close();
            total = bytes;
            progress = Progress.of(name, bytes);
        }

        @Override
        public synchronized void progress(long bytes) {
            if (progress != null) progress.at(bytes, total);
        }

        @Override
        public void received(Received message) {
            finish();
            Progress.line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "received %s (%,d bytes, %s) from %s",
                            message.file(),
                            message.bytes(),
                            message.contentType(),
                            message.from().isEmpty() ? "an anonymous sender" : message.from()));
            if (once) end.complete(Exit.DONE);
        }

        @Override
        public void again(String from, String messageId) {
            finish();
            Progress.line(out, "received before, acknowledged again: imdn.Message-ID " + messageId);
            if (once) end.complete(Exit.DONE);
        }

        @Override
        public void failed(String from, String why) {
            finish();
            Progress.line(
                    out, "not received" + (from.isEmpty() ? "" : " from " + from) + ": " + why);
            if (once) end.complete(Exit.FAILED);
        }

        private synchronized void finish() {
            if (progress != null) progress.close();
            progress = null;
        }
    }
}

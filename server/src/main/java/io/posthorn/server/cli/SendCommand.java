package io.posthorn.server.cli;

import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Sending;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.live.LiveWorld;
import io.posthorn.live.Termination;
import io.posthorn.server.ClientNode;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "send",
        description = "Sends a large message. Ends with 0 when the last chunk is answered.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn send --as sip:alice@example.com --to sip:bob@example.net --file photo.jpg",
            "  posthorn send --as sip:alice@example.com --to sip:bob@example.net --text 'Good morning'",
            "  posthorn send --as sip:alice@example.com --to sip:bob@example.net --file photo.jpg --message-id ID"
        })
final class SendCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private ClientOptions client;

    @Option(names = "--to", paramLabel = "SIP-URI", required = true, description = "the recipient")
    private String to;

    @Option(
            names = "--message-id",
            paramLabel = "ID",
            description = {
                "the imdn.Message-ID (default: a fresh one). To try again after a failure, give the"
                        + " one that was printed: whoever has received the same content under it is"
                        + " asked nothing new, and keeps it once"
            })
    private @Nullable String messageId;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Content content;

    /** One of both. */
    static final class Content {
        @Option(names = "--file", paramLabel = "FILE", description = "the file to send")
        private @Nullable Path file;

        @Option(names = "--text", paramLabel = "TEXT", description = "the text to send")
        private @Nullable String text;
    }

    @Override
    public Integer call() {
        var message = message(ClientOptions.address(spec, "--to", to));
        var given = messageId();
        try (var world = ClientOptions.world(MemoryRecorder.Mode.BRIEF);
                var node = client.start(world, "send")) {
            ClientOptions.register(node, client.core());
            try {
                return sent(node, message, given.orElseGet(() -> MessageId.fresh(world.entropy())));
            } finally {
                ClientOptions.unregister(node);
            }
        }
    }

    private Outbound message(String recipient) {
        if (content.text != null) return Outbound.text(recipient, content.text);
        var file = content.file;
        if (file == null) throw new IllegalStateException("neither file nor text");
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "cannot read the file " + file);
        }
        return Outbound.file(recipient, file.toAbsolutePath(), type(file));
    }

    static String type(Path file) {
        try {
            var type = Files.probeContentType(file);
            return type == null ? "application/octet-stream" : type;
        } catch (IOException e) {
            return "application/octet-stream";
        }
    }

    private Optional<MessageId> messageId() {
        if (messageId == null) return Optional.empty();
        var id = MessageId.of(messageId);
        if (id.isPresent()) return id;
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "--message-id takes up to 256 visible characters without quotes and brackets");
    }

    private int sent(ClientNode node, Outbound message, MessageId id) {
        var time = LiveWorld.time();
        var began = time.get();
        var end = new CompletableFuture<Sending.Outcome>();
        try (var progress = Progress.of("send", -1)) {
            var sending = node.client().send(message, id, listener(progress, end));
            Termination.before(() -> giveUp(node, sending, end));
            switch (end.join()) {
                case Sending.Outcome.Sent(var bytes, var contribution, _) -> {
                    progress.close();
                    spec.commandLine()
                            .getOut()
                            .println(
                                    summary(bytes, Duration.between(began, time.get()))
                                            + ", contribution "
                                            + contribution
                                            + ", message "
                                            + id);
                    return Exit.DONE;
                }
                case Sending.Outcome.Failed(var code, var why, _) -> {
                    progress.close();
                    throw new Failed(
                            Exit.FAILED,
                            "not sent: "
                                    + (code == 0 ? "" : code + " ")
                                    + why
                                    + "; to try again: --message-id "
                                    + id);
                }
            }
        }
    }

    /** Ctrl-C: the recipient gets {@code #} and BYE, not half a message and silence. */
    private static void giveUp(
            ClientNode node, String sending, CompletableFuture<Sending.Outcome> end) {
        if (end.isDone()) return;
        node.client().abort(sending);
        end.completeOnTimeout(
                        new Sending.Outcome.Failed(487, "given up", sending), 3, TimeUnit.SECONDS)
                .join();
    }

    static Sending listener(Progress progress, CompletableFuture<Sending.Outcome> end) {
        return new Sending() {
            @Override
            public void progress(long acknowledged, long total) {
                progress.at(acknowledged, total);
            }

            @Override
            public void ended(Outcome outcome) {
                end.complete(outcome);
            }
        };
    }

    private static String summary(long bytes, Duration took) {
        double seconds = took.toMillis() / 1000.0;
        return String.format(
                Locale.ROOT,
                "sent %,d bytes in %.2f s, %.1f MB/s",
                bytes,
                seconds,
                bytes / 1e6 / Math.max(seconds, 0.001));
    }
}

package io.posthorn.bench;

import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "start",
        description = "From 'posthorn up' to the answer to the first REGISTER.",
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  posthorn bench start --runs 5"})
final class StartCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private ServerOptions options;

    @Option(
            names = "--runs",
            paramLabel = "R",
            description = "how often (default: ${DEFAULT-VALUE})",
            defaultValue = "5")
    private int runs;

    @Option(names = "--json", description = "the figure as one line of JSON")
    private boolean json;

    @Override
    public Integer call() {
        var millis = new ArrayList<Double>();
        for (int i = 0; i < runs; i++) millis.add(start());
        double median = millis.stream().sorted().toList().get(millis.size() / 2);
        var out = spec.commandLine().getOut();
        if (json) out.printf(Locale.ROOT, "{\"bench\":\"start\",\"startedMillis\":%.0f}%n", median);
        else out.printf(Locale.ROOT, "ready for the first REGISTER after %,.0f ms%n", median);
        out.flush();
        return 0;
    }

    /** In milliseconds. */
    private double start() {
        try (var scene = new Scene()) {
            var server = scene.server(options::start);
            var alice = scene.device(Peers.ALICE, server, Peer.Sending.standard());
            // What we do ourselves does not count.
            long ready = System.nanoTime();
            alice.register(server.core());
            return (server.started().toNanos() + System.nanoTime() - ready) / 1e6;
        }
    }
}

package io.posthorn.bench;

import io.posthorn.strand.World;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server is measured. */
final class ServerOptions {

    @Option(
            names = "--java-opts",
            paramLabel = "OPTIONS",
            description =
                    "POSTHORN_JAVA_OPTS of the server, for example -Xmx256m (default: as here)")
    private @Nullable String javaOpts;

    @Option(
            names = "--set",
            paramLabel = "SETTING",
            description = "a setting of the server, for example 'custody.window = \"64KiB\"'")
    private List<String> settings = List.of();

    @Option(
            names = "--cpu",
            paramLabel = "N",
            description =
                    "the server has this processor alone (by taskset); measure from another:"
                            + " taskset -c 0 ./posthorn bench ... --cpu 1")
    private @Nullable Integer cpu;

    /** With its own core. */
    Server start(World world) {
        return Server.start(world, new Server.Plan(true, "", settings, javaOpts, cpu));
    }

    /**
     * A participating function alone, over UDP; we are its core.
     *
     * @param core {@code host:port}
     */
    Server startFunction(World world, String core) {
        var all = new ArrayList<>(settings);
        all.add("sip.large-by-tcp = false");
        return Server.start(world, new Server.Plan(false, core, all, javaOpts, cpu));
    }
}

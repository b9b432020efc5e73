package io.posthorn.bench;

import io.posthorn.strand.World;
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
            names = "--settings",
            paramLabel = "TOML",
            description =
                    "further settings of the server, for example '[custody]\\nwindow = \"64KiB\"'",
            defaultValue = "")
    private String settings;

    /** With its own core. */
    Server start(World world) {
        return Server.start(world, new Server.Plan(true, "", lines(), javaOpts));
    }

    /**
     * A participating function alone, over UDP; we are its core.
     *
     * @param core {@code host:port}
     */
    Server startFunction(World world, String core) {
        return Server.start(
                world,
                new Server.Plan(false, core, lines() + "[sip]\nlarge-by-tcp = false\n", javaOpts));
    }

    private String lines() {
        return settings.isEmpty() ? "" : settings.replace("\\n", "\n") + "\n";
    }
}

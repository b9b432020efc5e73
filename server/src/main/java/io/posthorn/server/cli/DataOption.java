package io.posthorn.server.cli;

import io.posthorn.live.ControlSocket;
import io.posthorn.strand.Unavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --data}, and the server that owns that directory. */
final class DataOption {

    static final Path USUAL =
            Path.of(System.getProperty("user.home"), ".local", "state", "posthorn");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "the server's data directory (default: ~/.local/state/posthorn)")
    private Path data = USUAL;

    Path path() {
        return data.toAbsolutePath().normalize();
    }

    /** What the running server answers; its refusals end the command. */
    String ask(String question) {
        var control = path().resolve("control");
        if (!Files.exists(control)) throw noServer();
        String answer;
        try {
            answer = ControlSocket.ask(control, question);
        } catch (Unavailable gone) {
            throw noServer();
        }
        if (answer.startsWith("error ")) throw new Failed(Exit.FAILED, answer.substring(6).strip());
        return answer;
    }

    /** Tells the running server something; does nothing if none runs. */
    void tell(String news) {
        var control = path().resolve("control");
        if (!Files.exists(control)) return;
        try {
            ControlSocket.ask(control, news);
        } catch (Unavailable gone) {
            // It will read what there is when it starts.
        }
    }

    private Failed noServer() {
        return new Failed(
                Exit.NO_SERVER, "no server runs on " + path() + "; start one with 'posthorn up'");
    }
}

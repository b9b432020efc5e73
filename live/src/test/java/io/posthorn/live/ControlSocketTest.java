package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {

    @TempDir private Path directory;

    @Test
    void answersEachQuestionWithOneText() {
        var path = directory.resolve("control");
        try (var _ =
                ControlSocket.listen(
                        path, question -> "you asked " + question + "\n" + "x".repeat(200_000))) {
            assertThat(ControlSocket.ask(path, "sessions"))
                    .startsWith("you asked sessions\n")
                    .hasSize(200_019);
            assertThat(ControlSocket.ask(path, "ladder 7")).startsWith("you asked ladder 7\n");
        }
        assertThatThrownBy(() -> ControlSocket.ask(path, "sessions"))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining("no server answers");
    }

    @Test
    void aSecondServerIsRefusedTheDirectory() {
        var path = directory.resolve("data");
        try (var _ = DataDirectory.own(path)) {
            assertThatThrownBy(() -> DataDirectory.own(path))
                    .isInstanceOf(Unavailable.class)
                    .hasMessageContaining("in use by another server");
        }
        DataDirectory.own(path).close();
    }
}

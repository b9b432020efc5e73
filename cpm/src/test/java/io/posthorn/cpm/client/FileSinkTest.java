package io.posthorn.cpm.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.posthorn.strand.sim.Simulation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSinkTest {

    private static final Path INTO = Path.of("/in");

    private static final byte[] MESSAGE =
            ("From: <sip:alice@example.com>\r\nTo: <sip:bob@example.net>\r\n\r\n"
                            + "Content-Type: text/plain\r\n\r\nHello")
                    .getBytes(UTF_8);

    private final Simulation s = new Simulation(1);

    @AfterEach
    void close() {
        s.close();
    }

    @Test
    void keepsWhatIsDurableUnderItsName() {
        assertThat(finished()).singleElement().isInstanceOf(FileSink.Result.Kept.class);
        assertThat(s.disk("bob").contents(INTO.resolve("message.txt")))
                .isEqualTo("Hello".getBytes(UTF_8));
    }

    /** The first force is that of the file, the second that of its directory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void leavesNothingOfAMessageThatCannotBeMadeDurable(int force) {
        s.disk("bob").failForce(force);
        assertThat(finished()).singleElement().isInstanceOf(FileSink.Result.Failed.class);
        assertThat(s.disk("bob").files()).isEmpty();
    }

    /** The connection is lost while the disk, which is full, is still being written to. */
    @Test
    void leavesNothingOfAMessageThatEndsBeforeItsWriteFails() {
        s.disk("bob").fullAfter(0);
        var sink = sink();
        s.node("bob")
                .loops()
                .getFirst()
                .execute(() -> {
                    sink.accept(0, Unpooled.wrappedBuffer(MESSAGE), () -> {});
                    sink.abort();
                });
        s.pass(Duration.ofSeconds(1));
        assertThat(s.disk("bob").files()).isEmpty();
    }

    private FileSink sink() {
        var world = s.node("bob");
        return new FileSink(
                world.strands(),
                world.disk(),
                world.loops().getFirst(),
                Receiving.into(INTO),
                "sip:alice@example.com",
                new ReceivedMessages(world.disk(), INTO),
                1_000,
                new Nobody(),
                _ -> {},
                _ -> {});
    }

    private List<FileSink.Result> finished() {
        var results = new ArrayList<FileSink.Result>();
        var sink = sink();
        s.node("bob")
                .loops()
                .getFirst()
                .execute(() -> {
                    sink.accept(0, Unpooled.wrappedBuffer(MESSAGE), () -> {});
                    sink.end(MESSAGE.length);
                    sink.finish(results::add);
                });
        s.pass(Duration.ofSeconds(1));
        return results;
    }

    private static final class Nobody implements Inbox {
        @Override
        public void received(Received message) {}

        @Override
        public void failed(String from, String why) {}
    }
}

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

    private List<FileSink.Result> finished() {
        var world = s.node("bob");
        var home = world.loops().getFirst();
        var results = new ArrayList<FileSink.Result>();
        var sink =
                new FileSink(
                        world.strands(),
                        world.disk(),
                        home,
                        Receiving.into(INTO),
                        "sip:alice@example.com",
                        new ReceivedMessages(world.disk(), INTO),
                        1_000,
                        new Nobody(),
                        _ -> {},
                        _ -> {});
        home.execute(() -> {
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

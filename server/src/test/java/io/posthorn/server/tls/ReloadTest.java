package io.posthorn.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.LiveWorld;
import io.posthorn.msrp.session.Media;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.strand.MemoryRecorder;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What SDP has promised holds on real sockets, though {@code tls reload} comes in between. */
@Timeout(60)
class ReloadTest {

    @TempDir private static Path directory;

    @AutoClose private final Side server = new Side();
    @AutoClose private final Side client = new Side();

    /** A process with MSRP over TLS. */
    private static final class Side implements AutoCloseable {
        final LiveWorld world =
                LiveWorld.start(
                        2,
                        directory,
                        new MemoryRecorder(Instant::now, MemoryRecorder.Mode.BRIEF, 0));
        final MsrpNode node;

        Side() {
            reload();
            node =
                    new MsrpNode(
                            world, MsrpSettings.at(InetAddress.getLoopbackAddress(), 0).withTls(0));
        }

        /** Another certificate, that nobody vouches for. */
        void reload() {
            var issued = Authority.selfSigned("Posthorn", Instant.now(), Duration.ofDays(1));
            world.show(Credentials.of(issued.key(), issued.chain(), List.of()));
        }

        Party party() {
            var events = new LinkedBlockingQueue<MsrpEvent>();
            var session =
                    node.open(
                            true,
                            world.loops().getFirst(),
                            world.recorder().open("test", Map.of()),
                            message -> {
                                throw new IllegalStateException("nothing is sent");
                            },
                            events::add);
            return new Party(session, events);
        }

        @Override
        public void close() {
            node.close();
            world.close();
        }
    }

    private record Party(MsrpSession session, LinkedBlockingQueue<MsrpEvent> events) {
        Media media(String setup, boolean offered) {
            return new Media(
                    List.of(session.uri()), setup, offered, true, session.fingerprints(), 0);
        }

        void bound() throws InterruptedException {
            assertThat(events.poll(20, TimeUnit.SECONDS)).isInstanceOf(MsrpEvent.Bound.class);
        }
    }

    private static void join(Party offering, Party answering, String answer)
            throws InterruptedException {
        var offer = offering.media("actpass", true);
        var answered = answering.media(answer, false);
        answering.session().start(answered, offer);
        offering.session().start(offer, answered);
        offering.bound();
        answering.bound();
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive"})
    void sessionsThatWereOfferedBeforeAReloadAreBoundAfterIt(String answer) throws Exception {
        var before = server.party();
        server.reload();
        var between = server.party();
        assertThat(between.session().fingerprints())
                .hasSize(2)
                .containsAll(before.session().fingerprints());
        server.reload();

        join(before, client.party(), answer);
        join(between, client.party(), answer);

        var after = server.party();
        assertThat(after.session().fingerprints())
                .hasSize(1)
                .doesNotContainAnyElementsOf(between.session().fingerprints());
        join(after, client.party(), answer);
    }
}

package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.strand.Clock;
import io.posthorn.strand.Disk;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net;
import io.posthorn.strand.Recorder;
import io.posthorn.strand.Strands;
import io.posthorn.strand.World;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that meet on the loop that was asked for. */
class CallIdTest extends Bench {

    /** One of a world with any number of them; nothing runs on it. */
    private static final class Numbered implements Loop {
        private final int number;

        Numbered(int number) {
            this.number = number;
        }

        @Override
        public int number() {
            return number;
        }

        @Override
        public Instant now() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Cancel after(Duration d, Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void execute(Runnable task) {
            throw new UnsupportedOperationException();
        }
    }

    /** A node with other loops. */
    private record Wide(World of, List<Loop> loops) implements World {
        @Override
        public Strands strands() {
            return of.strands();
        }

        @Override
        public Clock clock() {
            return of.clock();
        }

        @Override
        public Entropy entropy() {
            return of.entropy();
        }

        @Override
        public Names names() {
            return of.names();
        }

        @Override
        public Net net() {
            return of.net();
        }

        @Override
        public Disk disk() {
            return of.disk();
        }

        @Override
        public Recorder recorder() {
            return of.recorder();
        }
    }

    private World world(int loops) {
        return new Wide(
                s.node("wide"), IntStream.range(0, loops).<Loop>mapToObj(Numbered::new).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void aCallIdLivesOnTheLoopItWasMadeFor(int loops) {
        var world = world(loops);
        var sip = new SipTransactions(world, SipSettings.standard());
        var agent = new DialogUserAgent(world, sip, Settings.at("192.0.2.1", 5060));
        var made = new HashSet<String>();
        for (int i = 0; i < 20; i++) {
            for (var loop : world.loops()) {
                var id = agent.callId(loop);
                assertThat(Transactions.home(world, id)).isSameAs(loop);
                made.add(id);
            }
        }
        assertThat(made).hasSize(20 * loops);
        var stranger = world(loops).loops().getFirst();
        assertThatThrownBy(() -> agent.callId(stranger)).isInstanceOf(IllegalStateException.class);
    }
}

package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.msrp.session.Field.Party;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** alice - (near | far) - bob: the relay holds the two sessions in the middle. */
class RelayTest {

    private static final Admission EVERYTHING = new Beginning(new byte[0]);

    /** Takes text that begins with {@code wanted}. */
    record Beginning(byte[] wanted) implements Admission {
        @Override
        public boolean takes(String contentType) {
            return contentType.equals("text/plain");
        }

        @Override
        public Look look() {
            return new Look() {
                private final ByteBuf came = Unpooled.buffer();

                @Override
                public int at(ByteBuf bytes) {
                    came.writeBytes(bytes.duplicate());
                    if (came.readableBytes() < wanted.length) return MORE;
                    return came.slice(0, wanted.length).equals(Unpooled.wrappedBuffer(wanted))
                            ? PASSES
                            : 403;
                }

                @Override
                public boolean same(long at, ByteBuf bytes) {
                    return came.slice((int) at, bytes.readableBytes()).equals(bytes);
                }

                @Override
                public int end() {
                    return 400;
                }
            };
        }
    }

    static final class Chain implements AutoCloseable {
        final Field field;
        final Party alice;
        final Party near;
        final Party far;
        final Party bob;

        Chain(long seed, boolean prepend) {
            this(seed, prepend, EVERYTHING);
        }

        Chain(long seed, boolean prepend, Admission admission) {
            field = new Field(seed);
            alice = field.party("alice");
            near = field.party("relay");
            far = field.party("relay");
            bob = field.party("bob");
            var a = alice.session().uri();
            var u = near.session().uri();
            var d = far.session().uri();
            var b = bob.session().uri();
            var offer = new Media(List.of(a), "actpass", true, false, List.of(), 0);
            var passedOffer =
                    new Media(
                            prepend ? List.of(d, a) : List.of(d),
                            "actpass",
                            true,
                            false,
                            List.of(),
                            0);
            var answer = new Media(List.of(b), "passive", false, false, List.of(), 0);
            var passedAnswer =
                    new Media(
                            prepend ? List.of(u, b) : List.of(u),
                            "passive",
                            false,
                            false,
                            List.of(),
                            0);
            near.session().relay(far.session(), admission);
            bob.session().start(answer, passedOffer);
            far.session().start(passedOffer, answer);
            near.session().start(passedAnswer, offer);
            alice.session().start(offer, passedAnswer);
        }

        void send(String id, byte[] body, boolean success) {
            alice.session()
                    .send(
                            new Head(id, "text/plain", success, FailureReport.YES),
                            GrowingSource.whole(body));
        }

        boolean failed() {
            return alice.box().has(MsrpEvent.Failed.class);
        }

        boolean delivered() {
            return alice.box().has(MsrpEvent.Delivered.class);
        }

        @Override
        public void close() {
            field.nothingStays();
            field.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passesMessagesOfAnySizeAndTheirReports(boolean prepend) {
        for (int seed = 0; seed < 3; seed++)
            try (var chain = new Chain(seed, prepend)) {
                int[] sizes = {0, 1, 2047, 2048, 2049, 65535, 65536, 65537, 5_000_000};
                for (int size : sizes) chain.send("m" + size, Field.random(size, size), true);
                chain.field.until(() ->
                        chain.alice.box().all(MsrpEvent.Delivered.class).size() == sizes.length);
                chain.field.pass(Field.SECOND);
                for (int i = 0; i < sizes.length; i++)
                    assertThat(chain.bob.box().letters.get(i).bytes.toByteArray())
                            .isEqualTo(Field.random(sizes[i], sizes[i]));
                assertThat(chain.alice.box().all(MsrpEvent.Reported.class)).hasSize(sizes.length);
                assertThat(chain.near.box().all(MsrpEvent.Relayed.class))
                        .extracting(MsrpEvent.Relayed::total)
                        .containsExactly(
                                0L, 1L, 2047L, 2048L, 2049L, 65535L, 65536L, 65537L, 5_000_000L);
                assertThat(chain.near.box().letters).isEmpty();
                assertThat(chain.far.box().letters).isEmpty();
            }
    }

    @Test
    void passesEverySizeAroundTheUninterruptedOne() {
        try (var chain = new Chain(4, true)) {
            for (int size = 2000; size < 2100; size++)
                chain.send("m" + size, Field.random(size, size), false);
            chain.field.until(() -> chain.alice.box().all(MsrpEvent.Delivered.class).size() == 100);
            for (int i = 0; i < 100; i++)
                assertThat(chain.bob.box().letters.get(i).bytes.toByteArray())
                        .isEqualTo(Field.random(2000 + i, 2000 + i));
        }
    }

    @Test
    void theAnswerWaitsForTheNextHop() {
        try (var chain = new Chain(5, true)) {
            chain.bob.box().acceptAll = false;
            chain.send("m1", new byte[300_000], true);
            chain.field.pass(Duration.ofSeconds(20));
            assertThat(chain.bob.box().has(MsrpEvent.Complete.class)).isTrue();
            assertThat(chain.delivered()).isFalse();
            chain.bob.box().letter().message.accept();
            chain.field.pass(Field.SECOND);
            assertThat(chain.delivered()).isTrue();
            assertThat(chain.alice.box().all(MsrpEvent.Reported.class)).hasSize(1);
        }
    }

    @Test
    void withoutAnAnswerTheSenderHears408After25Seconds() {
        try (var chain = new Chain(5, true)) {
            chain.bob.box().acceptAll = false;
            chain.send("m1", new byte[3000], true);
            chain.field.pass(Duration.ofSeconds(24));
            assertThat(chain.failed()).isFalse();
            chain.field.pass(Duration.ofSeconds(2));
            assertThat(chain.alice.box().all(MsrpEvent.Failed.class).getFirst().code())
                    .isEqualTo(408);
        }
    }

    @ParameterizedTest
    @EnumSource(FailureReport.class)
    void goesOnWhereNoAnswerIsDue(FailureReport wanted) {
        try (var chain = new Chain(7, true)) {
            var body = Field.random(3_000_000, 7);
            chain.alice
                    .session()
                    .send(new Head("m1", "text/plain", false, wanted), GrowingSource.whole(body));
            chain.field.until(() -> chain.bob.box().has(MsrpEvent.Complete.class));
            chain.field.pass(Duration.ofSeconds(30));
            assertThat(chain.delivered()).isTrue();
            assertThat(chain.bob.box().letter().bytes.toByteArray()).isEqualTo(body);
        }
    }

    @Test
    void anErrorOfTheNextHopReachesTheSenderAndNothingMoreIsSent() {
        for (int seed = 0; seed < 5; seed++)
            try (var chain = new Chain(seed, true)) {
                chain.bob.box().refuseArriving = 415;
                chain.send("m1", new byte[5_000_000], true);
                chain.field.until(chain::failed);
                assertThat(chain.alice.box().all(MsrpEvent.Failed.class).getFirst().code())
                        .isEqualTo(415);
                chain.field.pass(Duration.ofSeconds(30));
                chain.bob.box().refuseArriving = 0;
                chain.send("m2", new byte[100], true);
                chain.field.until(chain::delivered);
                assertThat(chain.bob.box().letter().ended).isTrue();
                assertThat(chain.bob.box().letters).hasSize(2);
                assertThat(chain.alice.box().all(MsrpEvent.Failed.class)).hasSize(1);
            }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 2_048, 300_000})
    void whatIsNotAdmittedNeverArrivesWhole(int size) {
        var wanted = new byte[] {1, 2, 3, 4};
        try (var chain = new Chain(12, true, new Beginning(wanted))) {
            chain.send("m1", new byte[size], true);
            chain.field.until(chain::failed);
            assertThat(chain.alice.box().all(MsrpEvent.Failed.class).getFirst().code())
                    .isEqualTo(size < 4 ? 400 : 403);
            assertThat(chain.near.box().all(MsrpEvent.Refused.class)).hasSize(1);

            chain.send("m2", wanted, true);
            chain.field.until(chain::delivered);
            assertThat(chain.bob.box().all(MsrpEvent.Complete.class)).hasSize(1);
        }
    }

    @Test
    void anotherTypeThanTheAdmittedIs415() {
        try (var chain = new Chain(13, true)) {
            chain.alice
                    .session()
                    .send(
                            new Head("m1", "text/html", false, FailureReport.YES),
                            GrowingSource.whole(new byte[100]));
            chain.field.until(chain::failed);
            assertThat(chain.alice.box().all(MsrpEvent.Failed.class).getFirst().code())
                    .isEqualTo(415);
            chain.field.pass(Field.SECOND);
            assertThat(chain.bob.box().letters).isEmpty();
        }
    }

    @Test
    void aSlowReceiverSlowsTheSenderDownThroughTheRelay() {
        try (var chain = new Chain(6, true)) {
            chain.bob.box().full = true;
            var body = Field.random(3_000_000, 6);
            chain.send("m1", body, false);
            chain.field.pass(Duration.ofSeconds(10));
            assertThat(chain.bob.box().letter().bytes.size()).isLessThan(70_000);
            chain.field.on("bob", chain.bob.box()::makeRoom);
            chain.field.until(chain::delivered);
            assertThat(chain.bob.box().letter().bytes.toByteArray()).isEqualTo(body);
        }
    }

    @Test
    void aSenderThatAbortsIsHeardAtTheEnd() {
        for (int there : new int[] {500, 5000, 100_000})
            try (var chain = new Chain(7, true)) {
                var source = new GrowingSource(new byte[200_000], there, true);
                chain.alice.session().send(Field.text("m1"), source);
                chain.field.pass(Field.SECOND);
                chain.field.on("alice", source::abort);
                chain.field.pass(Field.SECOND);
                assertThat(chain.bob.box().has(MsrpEvent.Aborted.class)).isTrue();
                assertThat(chain.bob.box().letter().aborted).isTrue();
            }
    }

    @Test
    void aBrokenLinkAtAnyByteLosesOrDeliversAndLeaksNothing() {
        for (int seed = 0; seed < 100; seed++)
            try (var chain = new Chain(seed, seed % 2 == 0)) {
                var network = chain.field.simulation.network();
                long at = seed * 2503L % 220_000;
                switch (seed % 4) {
                    case 0 -> network.resetAfterBytes("alice", "relay", at);
                    case 1 -> network.resetAfterBytes("relay", "bob", at);
                    case 2 -> network.resetAfterBytes("bob", "relay", seed * 11L);
                    default -> network.resetAfterBytes("relay", "alice", seed * 11L);
                }
                chain.send("m1", Field.random(200_000, 1), true);
                chain.field.pass(Duration.ofSeconds(40));
                boolean whole = chain.bob.box().has(MsrpEvent.Complete.class);
                assertThat(chain.delivered() && !whole).isFalse();
                if (!chain.delivered())
                    assertThat(chain.failed() || chain.alice.box().lost() != null)
                            .as("seed %d: %s", seed, chain.alice.box().events)
                            .isTrue();
                for (var party : List.of(chain.alice, chain.near, chain.far, chain.bob))
                    party.session().close();
                chain.field.pass(Field.SECOND);
                for (var letter : chain.bob.box().letters)
                    assertThat(letter.ended || letter.aborted).isTrue();
            }
    }

    @Test
    void aNextHopThatIsGoneIs408ForWhatIsOpen() {
        try (var chain = new Chain(8, true)) {
            chain.bob.box().full = true;
            chain.send("m1", new byte[200_000], true);
            chain.field.pass(Field.SECOND);
            chain.field.simulation.network().reset("relay", "bob");
            chain.field.pass(Field.SECOND);
            assertThat(chain.alice.box().all(MsrpEvent.Failed.class).getFirst().code())
                    .isEqualTo(408);
            assertThat(chain.far.box().lost()).isNotNull();
            assertThat(chain.near.box().lost()).isNull();
        }
    }

    @Test
    void theSenderMayBeginBeforeTheNextHopIsBound() {
        try (var chain = new Chain(9, true)) {
            chain.field.simulation.network().cut("relay", "bob");
            chain.send("m1", new byte[100_000], true);
            chain.field.pass(Duration.ofSeconds(3));
            assertThat(chain.delivered()).isFalse();
            chain.field.simulation.network().heal();
            chain.field.until(chain::delivered);
        }
    }

    /** A chunk that waits for its bytes is interrupted by what the next hop must hear. */
    @Test
    void messagesTheOtherWayPassWhileAChunkIsOpen() {
        for (int seed = 0; seed < 5; seed++)
            try (var chain = new Chain(seed, true)) {
                chain.far.session().relay(chain.near.session(), EVERYTHING);
                var body = Field.random(60_000, 3);
                var source = new GrowingSource(body, 10_000, true);
                chain.alice.session().send(Field.text("m1"), source);
                for (int i = 0; i < 20; i++)
                    chain.bob
                            .session()
                            .send(Field.text("b" + i), GrowingSource.whole(Field.random(4000, i)));
                chain.field.pass(Duration.ofMillis(100));
                chain.field.on("alice", () -> source.grow(25_000));
                chain.field.pass(Duration.ofMillis(100));
                chain.field.on("alice", () -> source.grow(25_000));
                chain.field.until(() ->
                        chain.delivered()
                                && chain.bob.box().all(MsrpEvent.Delivered.class).size() == 20);
                assertThat(chain.bob.box().letter().bytes.toByteArray()).isEqualTo(body);
                assertThat(chain.alice.box().letters).hasSize(20);
                for (int i = 0; i < 20; i++)
                    assertThat(chain.alice.box().letters.get(i).bytes.toByteArray())
                            .isEqualTo(Field.random(4000, i));
            }
    }

    @Test
    void manyRelaysLeaveNothingBehind() {
        try (var field = new Field(10)) {
            var chains = new ArrayList<Party>();
            for (int i = 0; i < 50; i++) {
                var near = field.party("relay", i % 2);
                var far = field.party("relay", i % 2);
                near.session().relay(far.session(), EVERYTHING);
                chains.add(near);
                chains.add(far);
            }
            for (var party : chains) party.session().close();
            field.pass(Field.SECOND);
            field.nothingStays();
        }
    }
}

package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two of our own ends, over a network that cuts anywhere. */
class SessionTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "active, active",
                "active, passive",
                "passive, active",
                "passive, passive",
                "actpass, active",
                "actpass, passive",
                "-, -",
                "-, passive",
                "-, active",
                "actpass, -",
                "active, -",
                "passive, -",
            })
    void eachPairOfSetupsBindsAndCarriesMessagesBothWays(String offer, String answer) {
        for (int seed = 0; seed < 5; seed++)
            try (var field = new Field(seed)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                field.join(alice, offer, bob, answer);
                alice.session().send(Field.text("to-bob"), GrowingSource.whole(new byte[10]));
                bob.session().send(Field.text("to-alice"), GrowingSource.whole(new byte[10]));
                field.until(() ->
                        alice.box().has(MsrpEvent.Delivered.class)
                                && bob.box().has(MsrpEvent.Delivered.class));
                for (var party : List.of(alice, bob)) {
                    assertThat(party.box().all(MsrpEvent.Bound.class)).hasSize(1);
                    assertThat(party.box().letters).hasSize(1);
                    assertThat(party.box().lost()).isNull();
                }
                field.nothingStays();
            }
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "passive", "actpass"})
    void actpassInAnAnswerIsAnError(String offer) {
        try (var field = new Field(1)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            field.join(alice, offer, bob, "actpass");
            field.pass(Field.SECOND);
            assertThat(alice.box().lost()).contains("actpass");
            assertThat(bob.box().lost()).contains("actpass");
            field.nothingStays();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2047, 2048, 2049, 4096, 65535, 65536, 65537, 1_000_000})
    void aBodyOfAnySizeArrivesWhole(int size) {
        for (int seed = 0; seed < 3; seed++)
            try (var field = new Field(seed)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                var body = Field.random(size, seed);
                field.join(alice, bob);
                var out = alice.session().send(Field.text("m1"), GrowingSource.whole(body));
                field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
                assertThat(bob.box().letters).hasSize(1);
                assertThat(bob.box().letter().bytes.toByteArray()).isEqualTo(body);
                assertThat(bob.box().letter().ended).isTrue();
                assertThat(bob.box().letter().message.total()).isEqualTo(size);
                assertThat(out.acknowledged()).isEqualTo(size);
                field.nothingStays();
            }
    }

    @Test
    void everySizeFrom0To5000ArrivesOnce() {
        try (var field = new Field(3)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            field.join(alice, bob);
            for (int size = 0; size <= 5000; size += 7)
                alice.session()
                        .send(
                                Field.text("m" + size),
                                GrowingSource.whole(Field.random(size, size)));
            field.until(() -> alice.box().all(MsrpEvent.Delivered.class).size() == 715);
            assertThat(bob.box().letters).hasSize(715);
            for (int i = 0; i < 715; i++)
                assertThat(bob.box().letters.get(i).bytes.toByteArray())
                        .isEqualTo(Field.random(7 * i, 7 * i));
            field.nothingStays();
        }
    }

    @Test
    void aSourceOfUnknownLengthThatTricklesArrivesInFewChunks() {
        try (var field = new Field(4)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            var body = Field.random(100_000, 4);
            var source = new GrowingSource(body, 0, false);
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), source);
            for (int i = 0; i < 100; i++) {
                field.pass(Duration.ofMillis(20));
                field.on("alice", () -> source.grow(1000));
            }
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            assertThat(bob.box().letter().bytes.toByteArray()).isEqualTo(body);
            field.nothingStays();
        }
    }

    /** A spool may free its window only when the peer has answered. */
    @Test
    void aSourceThatWaitsForAnswersGetsThem() {
        try (var field = new Field(4)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            var body = Field.random(3000, 4);
            var source = new GrowingSource(body, 1000, true);
            field.join(alice, bob);
            var out = alice.session().send(Field.text("m1"), source);
            field.pass(Field.SECOND);
            assertThat(out.acknowledged()).isEqualTo(999);
            field.on("alice", () -> source.grow(2000));
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            assertThat(bob.box().letter().bytes.toByteArray()).isEqualTo(body);
            field.nothingStays();
        }
    }

    @Test
    void aSlowReceiverSlowsTheSenderDownAndLosesNothing() {
        try (var field = new Field(5)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().full = true;
            var body = Field.random(2_000_000, 5);
            field.join(alice, bob);
            var out = alice.session().send(Field.text("m1"), GrowingSource.whole(body));
            field.pass(Duration.ofSeconds(10));
            assertThat(bob.box().letter().bytes.size()).isLessThan(70_000);
            assertThat(out.acknowledged()).isZero();
            for (int i = 0; i < 5; i++) {
                field.on("bob", bob.box()::makeRoom);
                bob.box().full = true;
                field.pass(Duration.ofMillis(100));
            }
            assertThat(bob.box().letter().ended).isFalse();
            field.on("bob", bob.box()::makeRoom);
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            assertThat(bob.box().letter().bytes.toByteArray()).isEqualTo(body);
            field.nothingStays();
        }
    }

    @Test
    void aReceiverThatTakesNothingFor20SecondsIsLost() {
        try (var field = new Field(5)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().full = true;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[2_000_000]));
            field.pass(Duration.ofSeconds(25));
            assertThat(alice.box().lost()).contains("takes no byte");
            field.nothingStays();
        }
    }

    @Test
    void theLastChunkIsAnsweredOnlyByAccept() {
        try (var field = new Field(6)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().acceptAll = false;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[100_000]));
            field.pass(Duration.ofSeconds(20));
            assertThat(bob.box().has(MsrpEvent.Complete.class)).isTrue();
            assertThat(alice.box().has(MsrpEvent.Delivered.class)).isFalse();
            bob.box().letter().message.accept();
            field.pass(Field.SECOND);
            assertThat(alice.box().has(MsrpEvent.Delivered.class)).isTrue();
            field.nothingStays();
        }
    }

    @Test
    void aMessageThatIsRefusedAtItsEndFailed() {
        try (var field = new Field(6)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().acceptAll = false;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[100]));
            field.pass(Field.SECOND);
            bob.box().letter().message.refuse(415);
            field.pass(Field.SECOND);
            assertThat(alice.box().all(MsrpEvent.Failed.class))
                    .extracting(MsrpEvent.Failed::code)
                    .containsExactly(415);
            assertThat(alice.box().lost()).isNull();
            field.nothingStays();
        }
    }

    @Test
    void aMessageThatIsRefusedAtItsBeginStopsAtOnce() {
        try (var field = new Field(6)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().refuseArriving = 413;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[50_000_000]));
            field.until(() -> alice.box().has(MsrpEvent.Failed.class));
            assertThat(bob.box().letter().bytes.size()).isZero();
            bob.box().refuseArriving = 0;
            alice.session().send(Field.text("m2"), GrowingSource.whole(new byte[500]));
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            field.nothingStays();
        }
    }

    @Test
    void aStrandThatHasEndedRefusesWhatIsComplete() {
        try (var field = new Field(6)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().deaf = true;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[100]));
            field.until(() -> alice.box().has(MsrpEvent.Failed.class));
            assertThat(alice.box().all(MsrpEvent.Failed.class).getFirst().code()).isEqualTo(481);
            field.nothingStays();
        }
    }

    @Test
    void aMessageBeyondWhatThePeerTakesIsNotSent() {
        try (var field = new Field(7)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            var offer = alice.media("actpass", true);
            var answer = bob.media("passive", false, 1000);
            bob.session().start(answer, offer);
            alice.session().start(offer, answer);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[1001]));
            alice.session().send(Field.text("m2"), GrowingSource.whole(new byte[1000]));
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            assertThat(alice.box().all(MsrpEvent.Failed.class).getFirst().code()).isEqualTo(413);
            assertThat(bob.box().letters).hasSize(1);
            field.nothingStays();
        }
    }

    @Test
    void aSourceThatAbortsEndsWithAHash() {
        for (int there : new int[] {0, 1, 500, 70_000, 150_000})
            try (var field = new Field(8)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                var source = new GrowingSource(new byte[200_000], there, true);
                field.join(alice, bob);
                alice.session().send(Field.text("m1"), source);
                field.pass(Field.SECOND);
                field.on("alice", source::abort);
                field.pass(Field.SECOND);
                assertThat(alice.box().all(MsrpEvent.Failed.class)).hasSize(1);
                assertThat(bob.box().all(MsrpEvent.Aborted.class)).hasSize(there > 1 ? 1 : 0);
                if (there > 1) assertThat(bob.box().letter().aborted).isTrue();
                field.nothingStays();
            }
    }

    @Test
    void abortWorksInEachState() {
        try (var field = new Field(9)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            alice.session().send(Field.text("m0"), GrowingSource.whole(new byte[10])).abort();
            field.join(alice, bob);
            var long1 =
                    alice.session()
                            .send(Field.text("m1"), GrowingSource.whole(new byte[5_000_000]));
            var queued = alice.session().send(Field.text("m2"), GrowingSource.whole(new byte[10]));
            field.until(() -> long1.acknowledged() > 100_000);
            queued.abort();
            long1.abort();
            long1.abort();
            var last = alice.session().send(Field.text("m3"), GrowingSource.whole(new byte[10]));
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            last.abort();
            field.pass(Field.SECOND);
            assertThat(alice.box().all(MsrpEvent.Failed.class)).hasSize(3);
            assertThat(bob.box().letters).hasSize(2);
            assertThat(bob.box().letters.getFirst().aborted).isTrue();
            assertThat(bob.box().letters.getLast().ended).isTrue();
            field.nothingStays();
        }
    }

    @Test
    void aSuccessReportComesOnceForTheWholeMessage() {
        try (var field = new Field(10)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            field.join(alice, bob);
            for (var failure : FailureReport.values())
                for (int size : new int[] {0, 100, 300_000}) {
                    var id = "m" + failure + size;
                    alice.session()
                            .send(
                                    new Head(id, "text/plain", true, failure),
                                    GrowingSource.whole(new byte[size]));
                    alice.session()
                            .send(
                                    new Head("no" + id, "text/plain", false, failure),
                                    GrowingSource.whole(new byte[size]));
                }
            field.pass(Duration.ofSeconds(10));
            assertThat(alice.box().all(MsrpEvent.Delivered.class)).hasSize(18);
            assertThat(alice.box().all(MsrpEvent.Reported.class))
                    .hasSize(9)
                    .allMatch(report -> report.status() == 200)
                    .extracting(MsrpEvent.Reported::messageId)
                    .doesNotHaveDuplicates()
                    .allMatch(id -> id.startsWith("m"));
            field.nothingStays();
        }
    }

    @Test
    void aLinkThatBreaksAtAnyByteIsHeardOnBothSidesAndLeaksNothing() {
        for (int seed = 0; seed < 150; seed++)
            try (var field = new Field(seed)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                boolean back = seed % 3 == 0;
                var network = field.simulation.network();
                if (back) network.resetAfterBytes("bob", "alice", seed * 7L);
                else network.resetAfterBytes("alice", "bob", seed * 1009L % 200_000);
                field.join(alice, bob);
                alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[200_000]));
                field.pass(Duration.ofSeconds(40));
                assertThat(alice.box().events.isEmpty()).isFalse();
                boolean delivered = alice.box().has(MsrpEvent.Delivered.class);
                if (!delivered) assertThat(alice.box().lost()).as("seed %d", seed).isNotNull();
                if (delivered) assertThat(bob.box().letter().ended).isTrue();
                for (var letter : bob.box().letters)
                    assertThat(letter.ended || letter.aborted).isTrue();
                field.nothingStays();
            }
    }

    @Test
    void aNodeThatVanishesIsNoticedByTheAnswersThatDoNotCome() {
        try (var field = new Field(12)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            field.join(alice, bob);
            field.until(() -> alice.box().has(MsrpEvent.Bound.class));
            field.simulation.network().cut("alice", "bob");
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[100]));
            field.pass(Duration.ofSeconds(29));
            assertThat(alice.box().has(MsrpEvent.Failed.class)).isFalse();
            field.pass(Duration.ofSeconds(2));
            assertThat(alice.box().all(MsrpEvent.Failed.class).getFirst().code()).isEqualTo(408);
        }
    }

    @Test
    void aSenderThatFallsSilentInMidMessageIsLostAfter60Seconds() {
        try (var field = new Field(13)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            var source = new GrowingSource(new byte[5000], 1000, true);
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), source);
            field.pass(Duration.ofSeconds(59));
            assertThat(bob.box().lost()).isNull();
            field.pass(Duration.ofSeconds(3));
            assertThat(bob.box().lost()).contains("silent");
            assertThat(bob.box().letter().aborted).isTrue();
            field.nothingStays();
        }
    }

    @Test
    void aReceiverThatIsSlowIsNotASilentSender() {
        try (var field = new Field(13)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            bob.box().full = true;
            field.join(alice, bob);
            alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[2000]));
            field.pass(Duration.ofSeconds(25));
            field.on("bob", bob.box()::makeRoom);
            field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
            field.nothingStays();
        }
    }

    @Test
    void whoCannotBeReachedIsLostAfter5Seconds() {
        try (var field = new Field(14)) {
            var alice = field.party("alice");
            var bob = field.party("bob");
            field.simulation.network().cut("alice", "bob");
            field.join(alice, bob);
            field.pass(Duration.ofSeconds(6));
            assertThat(alice.box().lost()).contains("connect");
            assertThat(bob.box().lost()).isNull();
            field.pass(Duration.ofSeconds(25));
            assertThat(bob.box().lost()).contains("no bind");
            field.nothingStays();
        }
    }

    @Test
    void aBindBeforeStartWaitsForIt() {
        for (int seed = 0; seed < 5; seed++)
            try (var field = new Field(seed)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                var offer = alice.media("actpass", true);
                var answer = bob.media("passive", false);
                alice.session().start(offer, answer);
                alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[100_000]));
                field.pass(Duration.ofSeconds(29));
                assertThat(alice.box().events).isEmpty();
                bob.session().start(answer, offer);
                field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
                field.nothingStays();
            }
    }

    @Test
    void closingForgetsEverythingAndTellsNobodyHere() {
        for (int seed = 0; seed < 20; seed++)
            try (var field = new Field(seed)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                bob.box().full = seed % 2 == 0;
                field.join(alice, bob);
                alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[1_000_000]));
                field.pass(Duration.ofMillis(1 + seed * 3));
                var first = seed % 3 == 0 ? bob : alice;
                var other = first == bob ? alice : bob;
                int heard = first.box().events.size();
                first.session().close();
                field.pass(Field.SECOND);
                // Whoever does not read does not see the end either.
                field.on("bob", bob.box()::makeRoom);
                field.pass(Duration.ofSeconds(40));
                assertThat(first.box().events).hasSize(heard);
                assertThat(other.box().lost())
                        .as("seed %d %s %s", seed, other.node(), other.box().events)
                        .isNotNull();
                for (var letter : bob.box().letters)
                    assertThat(letter.ended || letter.aborted).isTrue();
                field.nothingStays();
            }
    }

    @Test
    void tenThousandSessionsLeaveNothingBehind() {
        try (var field = new Field(15)) {
            for (int round = 0; round < 100; round++) {
                var parties = new ArrayList<Field.Party>();
                for (int i = 0; i < 100; i++) {
                    var alice = field.party("alice", i % 2);
                    var bob = field.party("bob", i / 2 % 2);
                    field.join(alice, bob);
                    alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[50]));
                    parties.add(alice);
                    parties.add(bob);
                }
                field.pass(Field.SECOND);
                assertThat(parties.stream().filter(p -> p.box().has(MsrpEvent.Delivered.class)))
                        .hasSize(100);
                for (var party : parties) party.session().close();
                field.pass(Field.SECOND);
                assertThat(field.node("bob").open()).isEqualTo(new MsrpNode.Open(0, 0, 0));
            }
            field.nothingStays();
        }
    }

    @Test
    void theSameSeedGivesTheSameHistory() {
        var hashes = new ArrayList<Long>();
        for (int run = 0; run < 2; run++)
            try (var field = new Field(99)) {
                var alice = field.party("alice");
                var bob = field.party("bob");
                field.join(alice, bob);
                alice.session().send(Field.text("m1"), GrowingSource.whole(new byte[300_000]));
                field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
                hashes.add(field.simulation.traceHash());
            }
        assertThat(hashes.get(0)).isEqualTo(hashes.get(1));
    }
}

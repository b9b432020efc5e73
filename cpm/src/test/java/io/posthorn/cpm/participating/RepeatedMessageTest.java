package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.CpmClient;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Sending;
import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.cpm.participating.Duplicates.Earlier;
import io.posthorn.cpm.participating.Settings.Repeats;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A sender that missed the answer sends the same message again. */
class RepeatedMessageTest {

    private static final Duration MINUTES = Duration.ofMinutes(5);
    private static final byte[] CONTENT = Town.bytes(100_000);
    private static final MessageId ID = MessageId.of("first-4711").orElseThrow();
    private static final MessageId OTHER = MessageId.of("second-4712").orElseThrow();
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    /** Sends, and waits for the end. */
    private static void sends(Town town, CpmClient alice, MessageId id) {
        int before = town.outcomes.size();
        alice.send(Outbound.file(Town.BOB, Town.FILE, "image/jpeg"), id, town.outcomes::add);
        town.s.until(() -> town.outcomes.size() > before, MINUTES);
        town.s.pass(Duration.ofSeconds(5));
    }

    private static CpmClient alice(Town town) {
        town.has(CONTENT);
        return town.alice();
    }

    private static void allSent(Town town, int count) {
        assertThat(town.outcomes)
                .as(town::story)
                .hasSize(count)
                .allMatch(outcome -> outcome instanceof Sending.Outcome.Sent);
    }

    @Test
    void isAnsweredAgainAndNotDeliveredAgain() {
        try (var town = new Town(11).functions()) {
            town.device("phone");
            town.device("tablet");
            var alice = alice(town);
            sends(town, alice, ID);
            assertThat(town.received).hasSize(2);
            sends(town, alice, ID);

            allSent(town, 2);
            assertThat(town.received).hasSize(2);
            assertThat(town.again).isEmpty();
            assertThat(town.s.disk("phone").files())
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("photo.jpg", ".posthorn-received");
            assertThat(town.s.recorder("tpf").ended())
                    .anyMatch(call -> ("" + call.outcome()).contains("200 duplicate of what"));
            town.leavesNothing();
        }
    }

    @Test
    void anotherContentOfTheSameIdIsAnotherMessage() {
        try (var town = new Town(12).functions()) {
            town.device("bob");
            var alice = alice(town);
            sends(town, alice, ID);
            var other = CONTENT.clone();
            other[50_000]++;
            town.has(other);
            sends(town, alice, ID);

            allSent(town, 2);
            assertThat(town.file("bob", "photo.jpg")).isEqualTo(CONTENT);
            assertThat(town.file("bob", "photo-1.jpg")).isEqualTo(other);
            town.leavesNothing();
        }
    }

    @Test
    void theSameContentOfAnotherIdIsAnotherMessage() {
        try (var town = new Town(13).functions()) {
            town.device("bob");
            var alice = alice(town);
            sends(town, alice, ID);
            sends(town, alice, OTHER);

            allSent(town, 2);
            assertThat(town.received).hasSize(2);
        }
    }

    @Test
    void whoeverGuessesTheIdOfAnotherSuppressesNothing() {
        try (var town = new Town(14).functions()) {
            town.device("bob");
            var alice = alice(town);
            town.passing =
                    invite ->
                            invite.with(
                                    "P-Asserted-Identity",
                                    "<sip:mallory@example.com>, <" + Town.ALICE + ">");
            sends(town, alice, ID);
            town.passing = invite -> invite;
            sends(town, alice, ID);

            allSent(town, 2);
            assertThat(town.received).hasSize(2);
        }
    }

    @Test
    void onlyWhatADeviceHasIsRemembered() {
        try (var town = new Town(15).functions()) {
            town.device("bob");
            var alice = alice(town);
            town.s.disk("bob").fullAfter(10_000);
            sends(town, alice, ID);
            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Failed.class);
            town.s.disk("bob").fullAfter(Long.MAX_VALUE);
            sends(town, alice, ID);

            assertThat(town.outcomes.getLast()).isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.file("bob", "photo.jpg")).isEqualTo(CONTENT);
            town.leavesNothing();
        }
    }

    @Test
    void aDeviceKeepsItOnceWhenTheServerHasForgotten() {
        try (var town = new Town(16)) {
            town.atTerminating = settings -> settings.with(new Repeats(0, Duration.ofDays(7)));
            town.functions().device("bob");
            var alice = alice(town);
            sends(town, alice, ID);
            sends(town, alice, ID);

            allSent(town, 2);
            assertThat(town.received).hasSize(1);
            assertThat(town.again).containsExactly(ID.value());
            assertThat(town.s.disk("bob").files()).hasSize(2);
            town.leavesNothing();
        }
    }

    // ---- what is remembered, and how long

    private static ContentSum.Value content(long sum) {
        return new ContentSum.Value(sum, 7);
    }

    @Test
    void isForgottenAfterItsTime() {
        var duplicates = new Duplicates(new Repeats(10, Duration.ofDays(7)));
        var between = duplicates.between(Town.ALICE, Town.BOB);
        between.remember(ID, content(1), NOW);
        var later = NOW.plus(Duration.ofDays(7));
        assertThat(between.earlier(ID, content(1), later)).contains(new Earlier.Same(NOW));
        assertThat(between.earlier(ID, content(2), later)).contains(new Earlier.Other());
        assertThat(between.earlier(ID, content(1), later.plusSeconds(1))).isEmpty();
        assertThat(duplicates.size()).isZero();
    }

    @Test
    void theOldestIsForgottenWhenThereAreTooMany() {
        var duplicates = new Duplicates(new Repeats(2, Duration.ofDays(7)));
        var between = duplicates.between(Town.ALICE, Town.BOB);
        for (int i = 0; i < 5; i++)
            between.remember(MessageId.of("id" + i).orElseThrow(), content(i), NOW.plusSeconds(i));
        assertThat(duplicates.size()).isEqualTo(2);
        var last = MessageId.of("id4").orElseThrow();
        var late = NOW.plusSeconds(9);
        assertThat(between.earlier(last, content(4), late)).isPresent();
        assertThat(duplicates.between(Town.BOB, Town.ALICE).earlier(last, content(4), late))
                .isEmpty();
        between.remember(last, content(9), late);
        assertThat(between.earlier(last, content(4), late)).contains(new Earlier.Other());
    }
}

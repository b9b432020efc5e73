package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls over a network that loses, copies and reorders: each ends once, on both sides. */
class LossyCallsTest extends Bench {

    static List<Long> seeds() {
        return java.util.stream.LongStream.rangeClosed(1, 25).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyCallEnds(long seed) {
        var first = history(seed);
        assertThat(history(seed)).as("the same again").isEqualTo(first);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everySubscriptionEnds(long seed) {
        try (var lossy = new Simulation(seed)) {
            lossy.network().loss(0.1).duplicate(0.05).reorder(0.1);
            var watcher = new Phone(lossy, "watcher");
            var notifier = new Phone(lossy, "notifier");
            var told = new ArrayList<String>();
            var accepted = new ArrayList<Notifier>();
            notifier.agent.onRequest(
                    "SUBSCRIBE",
                    question -> {
                        var one =
                                notifier.agent.accept(
                                        question,
                                        Duration.ofSeconds(120),
                                        event -> {
                                            if (event instanceof NotifierEvent.Ended)
                                                told.add("notifier");
                                        });
                        one.notify("text/plain", new byte[] {'1'});
                        accepted.add(one);
                    });
            var subscription =
                    watcher.agent.subscribe(
                            SipRequest.of("SUBSCRIBE", notifier.uri())
                                    .with("From", "<sip:pf@example.com>")
                                    .with("Event", "reg"),
                            event -> {
                                if (event instanceof SubscriptionEvent.Ended) told.add("watcher");
                            });
            lossy.pass(Duration.ofSeconds(400));
            assertThat(told).isEmpty();
            assertThat(accepted).hasSize(1);
            subscription.unsubscribe();
            lossy.pass(Duration.ofSeconds(120));
            assertThat(told).containsExactlyInAnyOrder("watcher", "notifier");
            assertThat(watcher.agent.stats().open() + notifier.agent.stats().open()).isZero();
        }
    }

    private List<String> history(long seed) {
        try (var lossy = new Simulation(seed)) {
            lossy.network().loss(0.1).duplicate(0.05).reorder(0.1);
            var alice = new Phone(lossy, "alice");
            var bob = new Phone(lossy, "bob");
            var legs = new ArrayList<Leg>();
            for (var n = 0; n < 8; n++) {
                legs.add(
                        alice.invite(
                                alice.inviting(bob.uri())
                                        .with("Session-Expires", "90;refresher=uac")));
                lossy.pass(Duration.ofMillis(150));
                if (n == 2) legs.get(n).cancel(null);
            }
            lossy.pass(Duration.ofSeconds(30));
            legs.get(0).bye(null, Map.of());
            bob.calls.getFirst().bye(null, Map.of());
            lossy.pass(Duration.ofSeconds(200));
            legs.forEach(leg -> leg.bye(null, Map.of()));
            lossy.pass(Duration.ofSeconds(160));
            var told = new ArrayList<String>();
            for (var leg : legs) told.add(ended(alice, leg));
            for (var leg : bob.calls) told.add(ended(bob, leg));
            assertThat(alice.agent.stats().open()).isZero();
            assertThat(bob.agent.stats().open()).isZero();
            assertThat(alice.sip.open()).isZero();
            assertThat(bob.sip.open()).isZero();
            return told;
        }
    }

    private static String ended(Phone phone, Leg leg) {
        var history = phone.history(leg);
        var ends =
                history.stream()
                        .filter(word ->
                                word.startsWith("ended")
                                        || word.startsWith("refused")
                                        || word.equals("cancelled"))
                        .count();
        assertThat(ends).as("%s %s", phone.name, history).isEqualTo(1);
        assertThat(history.getLast()).matches("ended.*|refused.*|cancelled");
        return phone.name + history;
    }
}

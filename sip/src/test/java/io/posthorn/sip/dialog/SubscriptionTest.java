package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6665, as the reg event needs it. */
class SubscriptionTest extends Bench {

    private final Phone watcher = new Phone(s, "watcher");
    private final Phone notifier = new Phone(s, "notifier");
    private final RawPeer peer = new RawPeer(s, "peer");
    private final List<String> heard = new ArrayList<>();
    private final List<String> notifierHeard = new ArrayList<>();
    private final List<Notifier> accepted = new ArrayList<>();
    private @Nullable Subscription subscription;

    private void accepting(Duration expires) {
        notifier.agent.onRequest(
                "SUBSCRIBE",
                question ->
                        accepted.add(
                                notifier.agent.accept(question, expires, this::notifierHears)));
    }

    private void notifierHears(NotifierEvent event) {
        switch (event) {
            case NotifierEvent.Refreshed(var by, var _) -> {
                notifierHeard.add("refreshed");
                by.notify("text/plain", bytes("full"));
            }
            case NotifierEvent.Ended(var _, var reason) -> notifierHeard.add("ended " + reason);
        }
    }

    private void hears(SubscriptionEvent event) {
        switch (event) {
            case SubscriptionEvent.Notified(var _, var notify) ->
                    heard.add(
                            new String(notify.body(), StandardCharsets.US_ASCII)
                                    + " "
                                    + notify.header("Subscription-State")
                                            .orElse("")
                                            .replaceAll("=59[0-9]$", "=59x"));
            case SubscriptionEvent.Ended(var _, var code, var reason, var after) ->
                    heard.add("ended " + code + " " + reason + " " + after.toSeconds());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void subscribe(String uri, int expires) {
        subscription =
                watcher.agent.subscribe(
                        SipRequest.of("SUBSCRIBE", uri)
                                .with("From", "<sip:pf@example.com>")
                                .with("Event", "reg")
                                .with("Accept", "application/reginfo+xml")
                                .with("Expires", Integer.toString(expires)),
                        this::hears);
    }

    private Subscription mine() {
        return java.util.Objects.requireNonNull(subscription);
    }

    private void notify(String text) {
        accepted.getFirst().notify("text/plain", bytes(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void notifiesInOrderAndEndsByUnsubscribing(String transport) {
        accepting(Duration.ofHours(1));
        subscribe(notifier.uri(transport), 600);
        seconds(1);
        notify("one");
        notify("two");
        notify("three");
        seconds(1);
        assertThat(heard)
                .containsExactly(
                        "one active;expires=59x",
                        "two active;expires=59x",
                        "three active;expires=59x");
        mine().unsubscribe();
        seconds(1);
        assertThat(heard).endsWith(" terminated;reason=timeout", "ended 200 timeout 0");
        assertThat(notifierHeard).containsExactly("ended timeout");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void aSubscriptionIsRefreshedBeforeItExpires() {
        accepting(Duration.ofSeconds(100));
        subscribe(notifier.uri(), 3_600);
        seconds(1);
        notify("one");
        seconds(300);
        assertThat(notifierHeard).isNotEmpty().containsOnly("refreshed");
        assertThat(heard).noneMatch(line -> line.startsWith("ended"));
        var before = heard.size();
        mine().refresh();
        seconds(1);
        assertThat(heard).hasSize(before + 1);
        mine().unsubscribe();
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void theNotifierTerminates() {
        accepting(Duration.ofSeconds(600));
        subscribe(notifier.uri(), 600);
        seconds(1);
        notify("one");
        accepted.getFirst().terminate("deactivated", "text/plain", bytes("gone"));
        notify("too late");
        seconds(1);
        assertThat(heard).endsWith("gone terminated;reason=deactivated", "ended 200 deactivated 0");
        assertThat(notifierHeard).containsExactly("ended deactivated");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void expiryWithoutRefreshIsTimeout() {
        accepting(Duration.ofSeconds(100));
        subscribe(notifier.uri(), 600);
        seconds(1);
        notify("one");
        seconds(1);
        s.network().cut("watcher", "notifier");
        seconds(140);
        assertThat(heard).endsWith("ended 408 expired 0");
        assertThat(notifierHeard).containsExactly("ended timeout");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void aWatcherThatIsGoneEndsAtTheNextNotify() {
        accepting(Duration.ofSeconds(6_000));
        subscribe(notifier.uri(), 6_000);
        seconds(1);
        notify("one");
        seconds(1);
        s.network().cut("watcher", "notifier");
        notify("two");
        seconds(33);
        assertThat(notifierHeard).hasSize(1).allMatch(line -> line.startsWith("ended 408"));
        s.network().heal();
        mine().refresh();
        seconds(1);
        assertThat(heard).last().asString().startsWith("ended 481");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void aFetchEndsWithItsOnlyNotify() {
        accepting(Duration.ofSeconds(600));
        subscribe(notifier.uri(), 0);
        seconds(1);
        notify("state");
        seconds(1);
        assertThat(heard).containsExactly("state terminated;reason=timeout", "ended 200 timeout 0");
        assertThat(notifierHeard).containsExactly("ended timeout");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void aRefusalIsTold() {
        notifier.agent.onRequest(
                "SUBSCRIBE",
                q -> q.answer(SipResponse.to(q.request(), 403).with("Retry-After", "9999999")));
        subscribe(notifier.uri(), 600);
        seconds(1);
        assertThat(heard).containsExactly("ended 403 Forbidden 300");
        nothingIsLeft(watcher, notifier);
    }

    @Test
    void withoutNotifyItEnds() {
        accepting(Duration.ofSeconds(600));
        subscribe(notifier.uri(), 600);
        seconds(33);
        assertThat(heard).containsExactly("ended 408 no NOTIFY 0");
        notify("nobody hears");
        nothingIsLeft(watcher, notifier);
    }

    private SipRequest notifyOf(String tag, long number, String state) {
        var subscribe = peer.lastRequest("SUBSCRIBE");
        return SipRequest.of("NOTIFY", subscribe.contact().orElseThrow().uri())
                .with("From", subscribe.to().withTag(tag).toString())
                .with("To", subscribe.from().toString())
                .with("Call-ID", subscribe.callId())
                .with("CSeq", number + " NOTIFY")
                .with("Contact", "<" + peer.uri() + ">")
                .with("Event", "reg")
                .with("Subscription-State", state);
    }

    @Test
    void aNotifyMayComeBeforeTheAnswer() {
        peer.answers = _ -> {};
        subscribe(peer.uri(), 600);
        seconds(1);
        peer.send(notifyOf("n", 1, "active;expires=600"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(200);
        var asked = peer.last("SUBSCRIBE");
        asked.loop()
                .execute(() ->
                        asked.respond(
                                SipResponse.to(asked.request(), 200)
                                        .with("To", asked.request().to().withTag("n").toString())
                                        .with("Expires", "600")));
        seconds(1);
        peer.send(notifyOf("other fork".replace(' ', '-'), 1, "active"));
        seconds(1);
        peer.send(notifyOf("n", 2, "active").with("Event", "presence"));
        seconds(1);
        peer.send(notifyOf("n", 1, "active"));
        seconds(1);
        peer.send(notifyOf("n", 3, "active").without("Subscription-State"));
        seconds(1);
        peer.send(notifyOf("n", 4, "terminated;reason=probation;retry-after=60"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(200, 481, 489, 500, 400, 200);
        assertThat(heard).last().isEqualTo("ended 200 probation 60");
        peer.send(notifyOf("n", 5, "active"));
        seconds(1);
        assertThat(peer.codes()).endsWith(481);
        nothingIsLeft(watcher);
    }

    @Test
    void tooBriefIsRaisedOnce() {
        peer.answers = t -> t.respond(SipResponse.to(t.request(), 423).with("Min-Expires", "1800"));
        subscribe(peer.uri(), 60);
        seconds(1);
        assertThat(peer.methods()).containsExactly("SUBSCRIBE", "SUBSCRIBE");
        assertThat(peer.lastRequest("SUBSCRIBE").header("Expires")).contains("1800");
        assertThat(heard).last().asString().startsWith("ended 423");
        nothingIsLeft(watcher);
    }

    @Test
    void unsubscribingBeforeTheAnswerWaitsForIt() {
        accepting(Duration.ofSeconds(600));
        subscribe(notifier.uri(), 600);
        mine().unsubscribe();
        seconds(1);
        assertThat(heard).containsExactly(" terminated;reason=timeout", "ended 200 timeout 0");
        nothingIsLeft(watcher, notifier);
    }
}

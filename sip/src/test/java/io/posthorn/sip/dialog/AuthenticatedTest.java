package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Account;
import io.posthorn.sip.auth.Algorithm;
import io.posthorn.sip.auth.Authenticator;
import io.posthorn.sip.auth.Authenticator.Asker;
import io.posthorn.sip.auth.Authenticator.Verdict;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** RFC 3261 section 22: every request of a user agent meets somebody who asks who it is. */
class AuthenticatedTest extends Bench {

    private static final String REALM = "example.net";

    private final Phone phone = phone("phone", "zanzibar");
    private final Authenticator guard =
            new Authenticator(
                    (name, realm, algorithm) ->
                            Optional.of(Algorithm.SHA_256.secret("phone", REALM, "zanzibar")),
                    s.node("guard").entropy(),
                    Duration.ofMinutes(5),
                    false);

    private final Phone callee = new Phone(s, "callee", settings -> settings, Guarded::new);

    private int asked;
    private int passed;

    private Phone phone(String name, String password) {
        var entropy = s.node("accounts").entropy();
        return new Phone(
                s, name, settings -> settings.account(new Account("phone", password, entropy)));
    }

    /** Lets only through what is signed. */
    private final class Guarded implements Transactions {
        private final Transactions sip;

        Guarded(Transactions sip) {
            this.sip = sip;
        }

        @Override
        public void user(User agent) {
            sip.user(
                    new User() {
                        @Override
                        public void request(ServerTransaction transaction) {
                            check(transaction, agent);
                        }

                        @Override
                        public void ack(SipRequest ack, Flow from) {
                            agent.ack(ack, from);
                        }

                        @Override
                        public void strayAnswer(SipResponse response, Flow from) {
                            agent.strayAnswer(response, from);
                        }
                    });
        }

        private void check(ServerTransaction transaction, User agent) {
            var from = transaction.from().remote().getAddress();
            var now = transaction.loop().now();
            var request = transaction.request();
            switch (guard.check(request, Asker.PROXY, REALM, from, now)) {
                case Verdict.Known _ -> {
                    passed++;
                    agent.request(transaction);
                }
                case Verdict.Unknown(var answer, var _) -> {
                    asked++;
                    transaction.respond(answer);
                }
            }
        }

        @Override
        public ClientTransaction send(
                Loop home, SipRequest request, @Nullable Flow along, ClientListener listener) {
            return sip.send(home, request, along, listener);
        }

        @Override
        public void sendAck(Loop home, SipRequest ack, @Nullable Flow along) {
            sip.sendAck(home, ack, along);
        }

        @Override
        public String branch(Loop home) {
            return sip.branch(home);
        }

        @Override
        public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
            return sip.keepAlive(flow, silence, lost);
        }
    }

    @Test
    void aCallIsAskedOnceAndAllItsRequestsAreSigned() {
        var call = phone.invite(callee.uri());
        seconds(1);
        assertThat(phone.history(call)).containsExactly("answered 200");
        assertThat(callee.history(callee.call())).containsExactly("confirmed");
        call.ask(SipRequest.of("UPDATE", callee.uri()));
        seconds(1);
        call.bye(null, Map.of());
        seconds(1);
        assertThat(phone.history(call)).containsExactly("answered 200", "replied 200", "ended BYE");
        assertThat(asked).isEqualTo(1);
        assertThat(passed).isEqualTo(3);
        nothingIsLeft(phone, callee);
    }

    @Test
    void anOldNonceInMidCallIsAnsweredAnew() {
        var call = phone.invite(callee.uri());
        seconds(400);
        call.bye(null, Map.of());
        seconds(1);
        assertThat(phone.history(call)).containsExactly("answered 200", "ended BYE");
        assertThat(asked).isEqualTo(2);
        nothingIsLeft(phone, callee);
    }

    @Test
    void aWrongPasswordIsToldAndNotTriedAgain() {
        var stranger = phone("stranger", "tanganyika");
        var call = stranger.invite(callee.uri());
        seconds(1);
        assertThat(stranger.history(call)).containsExactly("refused 407");
        assertThat(asked).isEqualTo(2);
        nothingIsLeft(stranger, callee);
    }

    @Test
    void aRequestOutsideOfDialogsAndASubscriptionAnswerToo() {
        callee.agent.onRequest(
                "MESSAGE", question -> question.answer(SipResponse.to(question.request(), 200)));
        callee.agent.onRequest(
                "SUBSCRIBE",
                question ->
                        callee.agent
                                .accept(question, Duration.ofSeconds(100), _ -> {})
                                .notify("text/plain", Phone.NOTHING));
        List<Integer> answers = new ArrayList<>();
        phone.agent.ask(SipRequest.of("MESSAGE", callee.uri()), r -> answers.add(r.code()));
        List<String> heard = new ArrayList<>();
        var subscribe =
                SipRequest.of("SUBSCRIBE", callee.uri())
                        .with("Event", "reg")
                        .with("Expires", "100");
        var subscription =
                phone.agent.subscribe(subscribe, e -> heard.add(e.getClass().getSimpleName()));
        seconds(90);
        subscription.unsubscribe();
        seconds(1);
        assertThat(answers).containsExactly(200);
        assertThat(heard).startsWith("Notified").endsWith("Ended");
        assertThat(passed).isGreaterThanOrEqualTo(4);
        nothingIsLeft(phone, callee);
    }

    @Test
    void someoneWhoAsksWithoutEndIsLeft() {
        var peer = new RawPeer(s, "peer");
        var nonce = new int[1];
        peer.answers =
                asked ->
                        asked.respond(
                                SipResponse.to(asked.request(), 407)
                                        .with(
                                                "Proxy-Authenticate",
                                                "Digest realm=\"r\", nonce=\""
                                                        + ++nonce[0]
                                                        + "\", algorithm=SHA-256, qop=\"auth\","
                                                        + " stale=true"));
        var call = phone.invite(peer.uri());
        seconds(1);
        assertThat(phone.history(call)).containsExactly("refused 407");
        assertThat(peer.requests).hasSizeLessThan(6);
        nothingIsLeft(phone);
    }
}

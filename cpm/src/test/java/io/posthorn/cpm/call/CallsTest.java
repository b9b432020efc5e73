package io.posthorn.cpm.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallsTest {

    @ParameterizedTest
    @CsvSource({
        "sip:alice@example.com,            alice",
        "sips:alice;x=y@example.com,       alice",
        "sip:+491701234567@example.com,    +49…4567",
        "tel:+491701234567;phone-context=a, +49…4567",
        "tel:1234567,                      123…4567",
        "tel:123456,                       123456",
        "sip:+12345a789@example.com,       +12345a789",
        "sip:example.com:5060,             example.com:5060",
        "alice@example.com,                alice",
    })
    void theLogSaysWhoAndNotWhereToReach(String uri, String user) {
        assertThat(Calls.user(uri)).isEqualTo(user);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.00", "4, 0.00", "5, 0.01", "994, 0.99", "1996, 2.00", "79020, 79.02"})
    void secondsHaveTwoDigits(long millis, String seconds) {
        assertThat(Calls.seconds(Duration.ofMillis(millis))).isEqualTo(seconds);
    }

    /** What a test has a call do. */
    @Clause("none")
    private record Doing(Consumer<Call> what) implements Procedure {
        @Override
        public void run(Call call) {
            what.accept(call);
        }
    }

    /** One that calls, and one that rings. */
    private static final class Pair implements AutoCloseable {
        final Simulation s = new Simulation(1);
        final DialogUserAgent agent = agent("us");
        final MsrpNode msrp = new MsrpNode(world(), MsrpSettings.at(s.address("us"), 2855));
        final Calls calls = new Calls(world(), agent, msrp, "us");
        final DialogUserAgent peer = agent("peer");

        Pair() {
            peer.onInvite(leg -> {
                leg.inbox(s.node("peer").recorder().open("peer", Map.of()), _ -> true);
                leg.progress(SipResponse.to(leg.invite(), 180));
            });
        }

        private World world() {
            return s.node("us");
        }

        private DialogUserAgent agent(String name) {
            var sip = new SipTransactions(s.node(name), SipSettings.standard());
            var at = s.address(name);
            var settings = Settings.at(at.getHostAddress(), 5060);
            var made = new DialogUserAgent(s.node(name), sip, settings);
            sip.listen(Net.Kind.UDP, new InetSocketAddress(at, 5060));
            return made;
        }

        SipRequest invite() {
            return SipRequest.of("INVITE", peerUri())
                    .with("From", "<sip:us@example.com>")
                    .with("To", "<sip:peer@example.com>");
        }

        String peerUri() {
            return "sip:peer@" + s.address("peer").getHostAddress() + ":5060";
        }

        /** A call that does {@code what} dies of {@code cause}. */
        void endsWithNothingLeft(Class<? extends Throwable> cause, Consumer<Call> what) {
            calls.make("call", Map.of(), new Doing(what));

            assertThatThrownBy(() -> s.pass(Duration.ofSeconds(5))).hasRootCauseInstanceOf(cause);

            s.pass(Duration.ofSeconds(1));
            assertThat(calls.open()).isZero();
            assertThat(msrp.open()).isEqualTo(new MsrpNode.Open(0, 0, 0));
            s.pass(Duration.ofSeconds(40));
            assertThat(agent.stats().open()).isZero();
            assertThat(peer.stats().open()).isZero();
        }

        @Override
        public void close() {
            s.close();
        }
    }

    @Test
    void anErrorLeavesNothingOfACallOpen() {
        try (var pair = new Pair()) {
            pair.endsWithNothingLeft(
                    StackOverflowError.class,
                    call -> {
                        call.media(Refusing.EVERYTHING, false);
                        call.invite(pair.invite());
                        call.await(call.in(Duration.ofSeconds(1)));
                        call.media(Refusing.EVERYTHING, false);
                        throw new StackOverflowError();
                    });
        }
    }

    /** Here as its Route is none. */
    @Test
    void aLegThatCouldNotBeMadeKeepsNothingElseOpen() {
        try (var pair = new Pair()) {
            pair.endsWithNothingLeft(
                    SipSyntax.class,
                    call -> {
                        call.media(Refusing.EVERYTHING, false);
                        call.invite(pair.invite().with("Route", "nowhere"));
                    });
        }
    }
}

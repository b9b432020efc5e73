package io.posthorn.ladders;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.ClientSettings;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Sending.Outcome;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** OMA CPM Conv 7.3.2.1 and 7.3.2.2 at a sending client, with a plain core and PF. */
class SendingLadders {

    /** Alice's client, and the core with the PF behind it. */
    private static final class Scene {
        final Scenario l;
        final Party core;
        final PlainMsrpPeer media;
        final Units.Client alice;
        final List<Outcome> outcomes = new ArrayList<>();

        Scene(Scenario l) {
            this(l, settings -> settings);
        }

        Scene(Scenario l, UnaryOperator<ClientSettings> settings) {
            this.l = l;
            l.columns("Alice", "core");
            this.core = l.party("core");
            this.media = l.msrp("core");
            this.alice = Units.client(l, "Alice", LargeMessage.ALICE, core, settings);
        }

        PlainSip invited(String text) {
            alice.cpm().send(Outbound.text(LargeMessage.BOB, text), outcomes::add);
            return core.receives("INVITE");
        }

        PlainSip ok(PlainSip invite) {
            return core.answer(invite, 200, "OK")
                    .with("Record-Route", "<sip:" + core.hostPort() + ";lr;rr=2>")
                    .with("Record-Route", "<sip:" + core.hostPort() + ";lr;rr=1>")
                    .with("Contact", "<sip:pf@" + core.hostPort() + ";here=2>;" + LargeMessage.TAG)
                    .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
                    .with("Server", "CPM-serv/OMA9.9 plain")
                    .body("application/sdp", LargeMessage.passiveAnswer(media));
        }

        /** From the 200 to the ACK. */
        void answers(PlainSip invite, PlainSip ok) {
            core.answers(invite, ok);
            core.receives("ACK");
        }

        void endsWithBye() {
            core.answers(core.receives("BYE"), 200, "OK");
            l.until("the client knows", () -> !outcomes.isEmpty());
            assertThat(outcomes.getFirst()).isInstanceOf(Outcome.Sent.class);
            l.nothingMore();
        }
    }

    @LadderTest
    @Proves({
        "S2-CL-01",
        "S2-CL-02",
        "S2-CL-03",
        "S2-CL-05",
        "S2-CL-06",
        "S2-CL-07",
        "S2-CL-12",
        "S2-CL-13",
        "S2-CL-14"
    })
    void theInviteSaysWhatItIs(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        for (var name : List.of("Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"))
            assertThat(invite.has(name)).as(name).isTrue();
        assertThat(PlainSip.parameter(invite.header("From"), "tag")).isNotEmpty();
        assertThat(invite.header("User-Agent")).matches("CPM-client/OMA\\d.*");
        assertThat(invite.header("Contact")).contains(LargeMessage.TAG);
        assertThat(invite.joined("Supported")).contains("timer");
        assertThat(invite.header("Session-Expires")).matches("\\d+;refresher=uac");
        assertThat(invite.requestUri()).isEqualTo(LargeMessage.BOB);
        assertThat(invite.joined("Accept-Contact")).contains("+g.oma.sip-im.large-message");
        assertThat(invite.header("Content-Type")).startsWith("application/sdp");
        assertThat(invite.countSdp("m=")).isEqualTo(1);
        assertThat(invite.body()).containsPattern("m=message \\d+ TCP/MSRP \\*");
        assertThat(invite.sdp("path")).startsWith("msrp://");
        assertThat(invite.hasSdp("a=sendonly")).isTrue();
        at.core.answers(invite, 480, "Temporarily Unavailable");
        l.until("the client knows", () -> !at.outcomes.isEmpty());
        assertThat(at.outcomes.getFirst())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.code()).isEqualTo(480));
        l.nothingMore();
    }

    @LadderTest
    @Proves("S2-CL-04")
    void privacyIsThereOnlyIfAnonymityIsRequested(Scenario l) {
        var at = new Scene(l, ClientSettings::hidden);
        var hidden = at.invited("Hello");
        assertThat(hidden.header("Privacy")).isEqualTo("id");
        at.core.answers(hidden, 480, "Temporarily Unavailable");
        var open = Units.client(l, "Anna", "sip:anna@example.com", at.core, s -> s);
        open.cpm().send(Outbound.text(LargeMessage.BOB, "Hello"), at.outcomes::add);
        var normal = at.core.receives("INVITE");
        assertThat(normal.has("Privacy")).isFalse();
        at.core.answers(normal, 480, "Temporarily Unavailable");
        l.until("both know", () -> at.outcomes.size() == 2);
    }

    @LadderTest
    @Proves("S2-CL-15")
    void theInviteTakesTheServiceRoute(Scenario l) {
        var at = new Scene(l);
        var answered = new ArrayList<Integer>();
        at.alice.cpm().register(registered -> answered.add(registered.code()));
        var register = at.core.receives("REGISTER");
        var route = "<sip:orig@" + at.core.hostPort() + ";lr;service=1>";
        at.core.answers(
                register,
                at.core
                        .answer(register, 200, "OK")
                        .with("Contact", register.header("Contact"))
                        .with("Service-Route", route));
        l.until("registered", () -> answered.contains(200));
        var invite = at.invited("Hello");
        assertThat(invite.headers("Route")).containsExactly(route);
        at.core.answers(invite, 480, "Temporarily Unavailable");
        at.alice.cpm().unregister(_ -> {});
        register = at.core.receives("REGISTER");
        at.core.answers(register, 200, "OK");
    }

    @LadderTest
    @Proves({"S2-CL-17", "S2-CL-18", "S2-CL-20", "S2-CL-21", "S2-CL-22", "S2-CL-23"})
    void aLargeMessageArrivesWholeAndTheSessionIsReleased(Scenario l) {
        var at = new Scene(l);
        var text = "Posthorn 0123456789 ".repeat(5_000);
        var invite = at.invited(text);
        var ok = at.ok(invite);
        at.answers(invite, ok);
        at.media.isDialled();
        var message = at.media.receivesMessage();
        var cpim = new String(message, StandardCharsets.UTF_8);
        assertThat(cpim).endsWith("\r\n\r\n" + text);
        assertThat(cpim).contains("From: <" + LargeMessage.ALICE + ">");
        for (var send : at.media.sends()) {
            // RFC 4975 section 7.1.1: above 2048 bytes a chunk must be interruptible.
            if (send.body().length > 2048) assertThat(send.header("Byte-Range")).contains("-*/");
            assertThat(send.toPath()).containsExactly(at.media.uri());
            assertThat(send.fromPath()).containsExactly(invite.sdp("path"));
        }
        var bye = at.core.receives("BYE");
        assertThat(bye.requestUri()).isEqualTo(PlainSip.uri(ok.header("Contact")));
        assertThat(bye.header("Call-ID")).isEqualTo(invite.header("Call-ID"));
        assertThat(PlainSip.parameter(bye.header("To"), "tag")).isEqualTo(at.core.tag());
        assertThat(PlainSip.parameter(bye.header("From"), "tag"))
                .isEqualTo(PlainSip.parameter(invite.header("From"), "tag"));
        int first = Integer.parseInt(invite.header("CSeq").split(" ")[0]);
        assertThat(bye.header("CSeq")).isEqualTo((first + 1) + " BYE");
        // The caller's route set is the Record-Route of the 200, from the end (RFC 3261 12.1.2).
        var routes = new ArrayList<>(ok.headers("Record-Route"));
        java.util.Collections.reverse(routes);
        assertThat(bye.joined("Route").replace(" ", "")).isEqualTo(String.join(",", routes));
        at.core.answers(bye, 200, "OK");
        assertThat(at.media.isClosed(Duration.ofSeconds(10))).isTrue();
        assertThat(at.media.farEndIsFree()).isTrue();
        l.nothingMore();
    }

    @LadderTest
    @Proves("S2-CL-19")
    void theByeWaitsForTheLast200(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        at.media.keepsQuiet();
        at.answers(invite, at.ok(invite));
        var send = at.media.receivesContent();
        l.pass(Duration.ofSeconds(2));
        at.core.receivesNothing();
        at.media.answers(send, "200 OK");
        at.endsWithBye();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S2-CL-16")
    void theSessionIsRefreshedBeforeItExpires(Scenario l) {
        var at = new Scene(l);
        // Two windows of eight chunks, each answered after 25 s.
        var invite = at.invited("x".repeat(16 * 65_536 - 2_000));
        at.media.keepsQuiet();
        at.answers(
                invite,
                at.ok(invite).with("Require", "timer").with("Session-Expires", "90;refresher=uac"));
        for (int window = 0; window < 2; window++) {
            l.pass(Duration.ofSeconds(25));
            for (var send : at.media.unanswered()) at.media.answers(send, "200 OK");
            if (window == 1) break;
            at.core.receivesNothing();
        }
        // Half of 90 s have passed.
        var refresh = at.core.receives("UPDATE");
        assertThat(refresh.header("Session-Expires")).startsWith("90");
        at.core.answers(
                refresh,
                at.core
                        .answer(refresh, 200, "OK")
                        .with("Contact", "<sip:pf@" + at.core.hostPort() + ";here=2>")
                        .with("Require", "timer")
                        .with("Session-Expires", "90;refresher=uac"));
        at.media.answersAgain();
        at.endsWithBye();
    }

    @LadderTest
    void aRefusedMessageEndsTheCall(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        at.media.keepsQuiet();
        at.answers(invite, at.ok(invite));
        at.media.answers(at.media.receivesContent(), "413 Stop");
        at.core.answers(at.core.receives("BYE"), 200, "OK");
        l.until("the client knows", () -> !at.outcomes.isEmpty());
        assertThat(at.outcomes.getFirst())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.code()).isEqualTo(413));
        l.nothingMore();
    }

    /** RFC 4975 section 7.1.3: a REPORT is no answer to a SEND, whatever ranges it names. */
    @LadderTest
    void reportsOfSuccessAreNoDelivery(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        at.media.keepsQuiet();
        at.answers(invite, at.ok(invite));
        var send = at.media.receivesContent();
        int size = send.body().length;
        for (var range : List.of("3-" + size, "2-4", "1-2", "1-" + size))
            at.media.sends(reported(at, send, range + "/" + size, "200 OK"));
        l.pass(Duration.ofMillis(20));
        at.core.receivesNothing();
        assertThat(at.outcomes).isEmpty();
        at.media.answers(send, "200 OK");
        at.endsWithBye();
    }

    /** RFC 4975 section 7.1.3: behind the one who answers, it may fail yet. */
    @LadderTest
    void aReportOfFailureEndsTheCall(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        at.media.keepsQuiet();
        at.answers(invite, at.ok(invite));
        var send = at.media.receivesContent();
        at.media.sends(reported(at, send, "1-9/" + send.body().length, "413 Full"));
        at.core.answers(at.core.receives("BYE"), 200, "OK");
        l.until("the client knows", () -> !at.outcomes.isEmpty());
        assertThat(at.outcomes.getFirst())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.code()).isEqualTo(413));
        l.nothingMore();
    }

    private static PlainMsrp reported(Scene at, PlainMsrp send, String range, String status) {
        var own = List.of(at.media.uri());
        return ReportLadders.report(send, own, send.header("Message-ID"), range, status);
    }

    @LadderTest
    void aResetConnectionEndsTheCall(Scenario l) {
        var at = new Scene(l);
        var invite = at.invited("Hello");
        at.media.keepsQuiet();
        at.answers(invite, at.ok(invite));
        at.media.receivesContent();
        at.media.resets();
        at.core.answers(at.core.receives("BYE"), 200, "OK");
        l.until("the client knows", () -> !at.outcomes.isEmpty());
        assertThat(at.outcomes.getFirst()).isInstanceOf(Outcome.Failed.class);
        l.nothingMore();
    }
}

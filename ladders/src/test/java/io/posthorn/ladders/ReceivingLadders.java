package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import io.posthorn.strand.Lane;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** OMA CPM Conv 7.3.3 at a receiving client, with a plain Terminating PF. */
class ReceivingLadders {

    /** Bob's client, and the PF in the core. */
    private static final class Scene implements Inbox {
        final Scenario l;
        final Party pf;
        final PlainMsrpPeer media;
        final Units.Client bob;
        final List<Received> received = new ArrayList<>();

        Scene(Scenario l) {
            this.l = l;
            l.columns("TPF", "Bob");
            this.pf = l.party("TPF");
            this.media = l.msrp("TPF");
            this.bob = Units.client(l, "Bob", LargeMessage.BOB, pf, s -> s);
            bob.cpm().onReceive(Receiving.into(Path.of("in")), this);
        }

        @Override
        public void received(Received message) {
            received.add(message);
        }

        @Override
        public void failed(String from, String why) {}

        PlainSip invite() {
            return LargeMessage.invite(pf, media, "call-" + l.number())
                    .requestUri("sip:bob@" + Party.text(bob.at()));
        }

        PlainSip answered(PlainSip invite) {
            pf.sends(bob.at(), invite);
            return pf.receives("200");
        }

        PlainDialog established() {
            var invite = invite();
            var ok = answered(invite);
            var dialog = PlainDialog.caller(pf, invite, ok);
            path = List.of(ok.sdp("path").split(" "));
            dialog.acknowledges();
            return dialog;
        }

        List<String> path = List.of();

        void ends(PlainDialog dialog) {
            dialog.saysBye(1);
            pf.receives("200");
            l.nothingMore();
        }

        /** What lies in the file. */
        byte[] content(Path file) {
            var content = new ArrayList<byte[]>();
            bob.world()
                    .strands()
                    .run(
                            Lane.DISK,
                            () -> {
                                try (var open = bob.world().disk().open(file)) {
                                    var bytes = Unpooled.buffer((int) open.size());
                                    open.read(0, bytes);
                                    content.add(Arrays.copyOf(bytes.array(), bytes.writerIndex()));
                                }
                            });
            l.until("the file is read", () -> !content.isEmpty());
            return content.getFirst();
        }
    }

    @LadderTest
    @Proves({"S0-CL-01", "S0-CL-02"})
    void unacceptableTypesAreRefused(Scenario l) {
        var at = new Scene(l);
        for (var type : List.of("application/x-nope", "image/x-unknown")) {
            var wrong = at.invite();
            at.pf.sends(
                    at.bob.at(),
                    wrong.body(
                            "application/sdp",
                            wrong.body()
                                    .replace("accept-types:message/cpim", "accept-types:" + type)));
            // The party acknowledges a refusal by itself.
            at.pf.receives("488");
        }
        l.pass(Duration.ofMillis(500));
        assertThat(at.media.connections()).isZero();
        at.ends(at.established());
    }

    @LadderTest
    @Proves({
        "S0-CL-05",
        "S0-CL-07",
        "S0-CL-08",
        "S0-CL-09",
        "S0-CL-11",
        "S0-CL-12",
        "S0-CL-13",
        "S0-CL-14"
    })
    void the200AnswersTheOffer(Scenario l) {
        var at = new Scene(l);
        var invite = at.invite();
        var ok = at.answered(invite);
        assertThat(ok.header("Server")).matches("CPM-client/OMA\\d.*");
        assertThat(ok.header("P-Preferred-Identity", ok.header("P-Asserted-Identity", "")))
                .contains(LargeMessage.BOB);
        assertThat(ok.header("Content-Type")).startsWith("application/sdp");
        assertThat(ok.body()).startsWith("v=0\r\n");
        assertThat(ok.countSdp("m=")).isEqualTo(1);
        assertThat(ok.body()).containsPattern("m=message \\d+ TCP/MSRP \\*");
        assertThat(ok.hasSdp("a=recvonly")).isTrue();
        assertThat(
                        ok.countSdp("a=sendonly")
                                + ok.countSdp("a=sendrecv")
                                + ok.countSdp("a=inactive"))
                .isZero();
        assertThat(ok.body().indexOf("a=recvonly")).isGreaterThan(ok.body().indexOf("m=message"));
        assertThat(ok.sdp("accept-types")).isEqualTo("message/cpim");
        assertThat(ok.hasSdp("a=setup:active")).isTrue();
        assertThat(ok.headers("Record-Route")).isEqualTo(invite.headers("Record-Route"));
        assertThat(ok.headers("Via").getLast()).isEqualTo(invite.headers("Via").getLast());
        var dialog = PlainDialog.caller(at.pf, invite, ok);
        dialog.acknowledges();
        at.ends(dialog);
    }

    @LadderTest
    @Proves("S0-CL-04")
    void the200IsRepeatedUntilItsAck(Scenario l) {
        var at = new Scene(l);
        var invite = at.invite();
        var ok = at.answered(invite);
        assertThat(PlainSip.parameter(ok.headers("Via").getFirst(), "branch"))
                .isEqualTo(PlainSip.parameter(invite.headers("Via").getFirst(), "branch"));
        assertThat(ok.headers("Via")).hasSize(2);
        assertThat(ok.header("From")).isEqualTo(invite.header("From"));
        assertThat(ok.header("Call-ID")).isEqualTo(invite.header("Call-ID"));
        assertThat(ok.header("CSeq")).isEqualTo("1 INVITE");
        assertThat(PlainSip.parameter(ok.header("To"), "tag")).isNotEmpty();
        assertThat(ok.has("Contact")).isTrue();
        l.pass(Duration.ofSeconds(2));
        int copies = at.pf.repeated();
        assertThat(copies).isGreaterThanOrEqualTo(2);
        var dialog = PlainDialog.caller(at.pf, invite, ok);
        dialog.acknowledges();
        l.pass(Duration.ofSeconds(2));
        assertThat(at.pf.repeated() - copies).isLessThanOrEqualTo(1);
        at.ends(dialog);
    }

    @LadderTest
    @Proves("S0-CL-06")
    void everyMethodInAllowIsServed(Scenario l) {
        var at = new Scene(l);
        var invite = at.invite();
        var ok = at.answered(invite);
        var dialog = PlainDialog.caller(at.pf, invite, ok);
        dialog.acknowledges();
        var allowed = List.of(ok.joined("Allow").split(" *, *"));
        assertThat(allowed).contains("INVITE", "ACK", "BYE", "CANCEL");
        int step = 1;
        for (var method : allowed) {
            // INVITE was served, ACK has no answer, and BYE comes last.
            if (List.of("INVITE", "ACK", "BYE").contains(method)) continue;
            at.pf.sends(
                    at.bob.at(),
                    dialog.request(method, step++)
                            .with("Contact", "<sip:tpf@" + at.pf.hostPort() + ">"));
            assertThat(at.pf.receivesAny().what()).as(method).isNotIn("501", "405");
        }
        dialog.saysBye(step);
        at.pf.receives("200");
        l.nothingMore();
    }

    @LadderTest
    @Proves("S0-CL-10")
    void everySessionHasAnIdOfItsOwn(Scenario l) {
        var at = new Scene(l);
        var one = at.established();
        var first = at.path;
        var two = at.established();
        assertThat(first).hasSize(1);
        assertThat(at.path).hasSize(1);
        assertThat(first.getFirst()).matches("msrps?://.+/.+;tcp");
        assertThat(at.path.getFirst()).isNotEqualTo(first.getFirst());
        one.saysBye(1);
        at.pf.receives("200");
        at.ends(two);
    }

    @LadderTest
    @Proves({"S0-CL-15", "S0-CL-16", "S0-CL-17", "S0-CL-18"})
    void theClientDialsAfterTheAckAndBinds(Scenario l) {
        var at = new Scene(l);
        var invite = at.invite();
        var behind = "msrp://192.0.2.10:7654/jshA7weztas;tcp";
        invite = invite.body("application/sdp", LargeMessage.offer(at.media, behind));
        var ok = at.answered(invite);
        l.pass(Duration.ofMillis(300));
        assertThat(at.media.connections()).isZero();
        var dialog = PlainDialog.caller(at.pf, invite, ok);
        dialog.acknowledges();
        at.media.isDialled();
        var bind = at.media.receives("SEND");
        assertThat(bind).isSameAs(at.media.firstRequest());
        assertThat(bind.has("Content-Type")).isFalse();
        assertThat(bind.body()).isEmpty();
        assertThat(bind.toPath()).containsExactly(at.media.uri(), behind);
        assertThat(bind.fromPath()).containsExactly(ok.sdp("path"));
        assertThat(at.media.connections()).isEqualTo(1);
        at.ends(dialog);
    }

    @LadderTest
    @Proves("S0-CL-19")
    void chunksAreAnsweredAndPutTogether(Scenario l) {
        var at = new Scene(l);
        var dialog = at.established();
        at.media.isDialled();
        at.media.receives("SEND");
        var message = cpim(20_000);
        at.media.sendsMessage(at.path, "m4711", message, 2_048);
        l.until("the message is there", () -> !at.received.isEmpty());
        var got = at.received.getFirst();
        assertThat(got.from()).isEqualTo(LargeMessage.ALICE);
        var content = at.content(got.file());
        assertThat(content)
                .isEqualTo(
                        Arrays.copyOfRange(
                                message, message.length - content.length, message.length));
        assertThat(content.length).isGreaterThan(19_000);
        at.ends(dialog);
    }

    @LadderTest
    @Proves("S0-CL-20")
    void aByeIsAnsweredAndThenNobodyIsThere(Scenario l) {
        var at = new Scene(l);
        var dialog = at.established();
        var bye = dialog.saysBye(1);
        assertThat(at.pf.receives("200").header("CSeq")).isEqualTo("2 BYE");
        int copies = at.pf.repeated();
        at.pf.sendsAgain(at.bob.at(), bye);
        l.until("the copy is answered, too", () -> at.pf.repeated() == copies + 1);
        dialog.saysBye(2);
        at.pf.receives("481");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S0-CL-03")
    void requestsOfTheClientGoToTheContactOfTheInvite(Scenario l) {
        var at = new Scene(l);
        var invite =
                at.invite()
                        .set("Session-Expires", "90;refresher=uas")
                        .set("Contact", "<sip:tpf@" + at.pf.hostPort() + ";here=3>");
        var ok = at.answered(invite);
        var dialog = PlainDialog.caller(at.pf, invite, ok);
        dialog.acknowledges();
        at.media.isDialled();
        l.pass(Duration.ofSeconds(40));
        var refresh = at.pf.receives("UPDATE", Duration.ofSeconds(20));
        assertThat(refresh.requestUri()).isEqualTo("sip:tpf@" + at.pf.hostPort() + ";here=3");
        at.pf.answers(
                refresh,
                at.pf.answer(refresh, 200, "OK")
                        .with("Contact", invite.header("Contact"))
                        .with("Require", "timer")
                        .with("Session-Expires", "90;refresher=uac"));
        at.ends(dialog);
    }
}

package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.Scenario;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What a=path, To-Path and From-Path say in path-mode terminate and prepend: RFC 4975 sections 7.1
 * and 7.2, RFC 4976 section 6, OMA CPM Conv 8.3.1.1 and 8.3.2.1.1.
 */
class PathModeLadders {

    private static final String RELAYED = "msrp://192.0.2.77:2855/behindARelay;tcp";

    private static List<String> with(String first, List<String> behind) {
        var path = new ArrayList<String>();
        path.add(first);
        path.addAll(behind);
        return path;
    }

    /** The REPORT of a receiver, as RFC 4975 section 7.1.2 has it. */
    private static PlainMsrp report(PlainMsrp send, List<String> own, String range) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", send.fromPath()));
        headers.put("From-Path", String.join(" ", own));
        headers.put("Message-ID", send.header("Message-ID"));
        headers.put("Byte-Range", range);
        headers.put("Status", "000 200 OK");
        return new PlainMsrp("rep" + send.transaction(), "REPORT", headers, new byte[0], '$');
    }

    private static PlainMsrp asking(PlainMsrpPeer sender, List<String> path, String id) {
        return sender.chunk(path, id, cpim(1_500), 0, 1_500).with("Success-Report", "yes");
    }

    @LadderTest
    @Proves({"S0-OPF-11", "S0-OPF-17"})
    void anOriginatingPfPrependsOrTerminates(Scenario l) {
        for (var mode : PathMode.values())
            for (boolean relayed : new boolean[] {false, true}) {
                var at = new Originating(l, Chain.path(mode), "OPF " + mode + relayed);
                boolean prepends = mode == PathMode.PREPEND;
                var behindAlice = relayed ? List.of(RELAYED) : List.<String>of();
                at.sender.shows(behindAlice.toArray(String[]::new));
                var alice = with(at.sender.uri(), behindAlice);
                var next = List.of(at.receiver.uri(), Originating.BEHIND);
                var up =
                        at.established(
                                at.invite()
                                        .body(
                                                "application/sdp",
                                                LargeMessage.offer(
                                                        at.sender,
                                                        behindAlice.toArray(String[]::new))));
                at.bound(up);
                var offered = List.of(up.onward().sdp("path").split(" "));
                assertThat(offered.getFirst()).startsWith("msrp://" + at.pf.host());
                assertThat(offered.subList(1, offered.size()))
                        .isEqualTo(prepends ? alice : List.of());
                assertThat(up.path().getFirst()).startsWith("msrp://" + at.pf.host());
                assertThat(up.path().subList(1, up.path().size()))
                        .isEqualTo(prepends ? next : List.of());
                at.receiver.isDialled();
                var bind = at.receiver.receives("SEND");
                assertThat(bind.toPath()).isEqualTo(next);
                assertThat(bind.fromPath()).isEqualTo(offered);
                at.sender.sends(asking(at.sender, up.path(), "m1"));
                var send = at.receiver.receives("SEND");
                assertThat(send.toPath()).isEqualTo(next);
                assertThat(send.fromPath()).isEqualTo(offered);
                var ok = at.sender.receives("200");
                assertThat(ok.toPath()).containsExactly(at.sender.uri());
                assertThat(ok.fromPath()).containsExactly(up.path().getFirst());
                at.receiver.sends(report(send, next, "1-1500/1500"));
                var report = at.sender.receives("REPORT");
                assertThat(report.toPath()).isEqualTo(alice);
                assertThat(report.fromPath()).isEqualTo(up.path());
                up.caller().saysBye(1);
                at.alice.receives("200");
                at.next.answers(at.next.receives("BYE"), 200, "OK");
            }
        l.nothingMore();
    }

    @LadderTest
    @Proves({"S1-TPF-18"})
    void aTerminatingPfPrependsOrTerminates(Scenario l) {
        for (var mode : PathMode.values())
            for (boolean relayed : new boolean[] {false, true}) {
                var at = new Terminating(l, Chain.path(mode), "TPF " + mode + relayed);
                boolean prepends = mode == PathMode.PREPEND;
                var phone = at.device("phone" + mode + relayed);
                var behindPhone = relayed ? List.of(RELAYED) : List.<String>of();
                phone.media().shows(behindPhone.toArray(String[]::new));
                var device = with(phone.media().uri(), behindPhone);
                var opf = List.of(at.sender.uri(), Terminating.BEHIND);
                var up =
                        at.established(
                                phone,
                                ok ->
                                        ok.body(
                                                "application/sdp",
                                                ok.body()
                                                        .replace(
                                                                phone.media().uri(),
                                                                String.join(" ", device))));
                at.bound(up.ok());
                at.binds(phone, up.invite());
                var offered = List.of(up.invite().sdp("path").split(" "));
                assertThat(offered.subList(1, offered.size()))
                        .isEqualTo(prepends ? opf : List.of());
                assertThat(up.path().subList(1, up.path().size()))
                        .isEqualTo(prepends ? device : List.of());
                at.sender.sends(asking(at.sender, up.path(), "m1"));
                var send = phone.media().receives("SEND");
                assertThat(send.toPath()).isEqualTo(device);
                assertThat(send.fromPath()).isEqualTo(offered);
                var ok = at.sender.receives("200");
                assertThat(ok.toPath()).containsExactly(at.sender.uri());
                assertThat(ok.fromPath()).containsExactly(up.path().getFirst());
                var report = at.sender.receives("REPORT");
                assertThat(report.toPath()).isEqualTo(opf);
                assertThat(report.fromPath()).isEqualTo(up.path());
                up.caller().saysBye(1);
                at.opf.receives("200");
                at.core.answers(at.core.receives("BYE"), 200, "OK");
                at.endsSubscription();
            }
        l.nothingMore();
    }

    @LadderTest
    void everyPairOfPathModesCarriesAMessage(Scenario l) {
        for (var originating : PathMode.values())
            for (var terminating : PathMode.values()) {
                var chain = new Chain(l, originating, terminating);
                var at = chain.first;
                var phone = chain.second.device("phone" + originating + terminating);
                var up = chain.established(phone);
                var opfShows = originating == PathMode.PREPEND;
                var tpfShows = terminating == PathMode.PREPEND;
                // At the device: the Terminating PF, then what the Originating PF offered.
                int offered = 1 + (tpfShows ? 1 + (opfShows ? 1 : 0) : 0);
                assertThat(up.shown()).hasSize(offered).doesNotHaveDuplicates();
                assertThat(up.shown().getFirst())
                        .startsWith("msrp://" + chain.second.pf.host() + ":");
                if (offered == 3) assertThat(up.shown().getLast()).isEqualTo(at.sender.uri());
                // At Alice: the Originating PF, then what the Terminating PF answered.
                int answered = 1 + (opfShows ? 1 + (tpfShows ? 1 : 0) : 0);
                assertThat(up.path()).hasSize(answered).doesNotHaveDuplicates();
                if (answered == 3) assertThat(up.path().getLast()).isEqualTo(phone.media().uri());
                var message = cpim(9_000);
                for (int from = 0; from < 9_000; from += 3_000)
                    at.sender.sends(
                            at.sender
                                    .chunk(up.path(), "m1", message, from, 3_000)
                                    .with("Success-Report", "yes"));
                var send = phone.media().receives("SEND");
                assertThat(send.toPath()).containsExactly(phone.media().uri());
                assertThat(send.fromPath()).isEqualTo(up.shown());
                for (int i = 0; i < 3; i++)
                    assertThat(at.sender.receives("200").fromPath())
                            .containsExactly(up.path().getFirst());
                var report = at.sender.receives("REPORT");
                assertThat(report.toPath()).containsExactly(at.sender.uri());
                assertThat(report.fromPath()).isEqualTo(up.path());
                assertThat(report.header("Byte-Range")).isEqualTo("1-9000/9000");
                assertThat(phone.media().receivesMessage()).isEqualTo(message);
                chain.ends(up);
                chain.second.endsSubscription();
            }
        l.nothingMore();
    }

    /** RFC 4975 section 7.3: a From-Path that is not the one in SDP finds no session. */
    @LadderTest
    void aStrangeFromPathIs481AndTheCaseOfAHostIsNotStrange(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        var own = at.sender.uri();
        for (var strange :
                List.of(
                        own + " " + RELAYED,
                        RELAYED,
                        RELAYED + " " + own,
                        own.replace("plain", "Plain"),
                        own.replace(";tcp", ";udp"))) {
            at.sender.sends(
                    at.sender.chunk(up.path(), "m1", cpim(500), 0, 500).with("From-Path", strange));
            at.sender.receives("481");
        }
        // Their own spelling is what we answer to; what follows our URI is for those behind us.
        at.sender.sends(
                at.sender
                        .chunk(up.path(), "m2", cpim(500), 0, 500)
                        .with("From-Path", own.replace("msrp:", "MSRP:").replace("tcp", "TCP")));
        at.sender.receives("200");
        at.sender.sends(at.sender.chunk(List.of(up.path().getFirst()), "m3", cpim(500), 0, 500));
        at.sender.receives("200");
        assertThat(at.receiver.sends()).hasSize(2);
        at.ends(up);
    }
}

package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who answers and who reports: RFC 4975 sections 7.1.2 and 7.2, RFC 4976 section 6. */
class ReportLadders {

    private static final int SIZE = 30_000;

    /**
     * What a sender asks for; null leaves the header out.
     *
     * @param chunks of the message
     */
    private record Wish(@Nullable String success, @Nullable String failure, int chunks) {

        static List<Wish> all() {
            var all = new ArrayList<Wish>();
            for (var success : new @Nullable String[] {null, "yes", "no"})
                for (var failure : new @Nullable String[] {null, "yes", "no", "partial"})
                    for (int chunks : new int[] {1, 3, 25})
                        all.add(new Wish(success, failure, chunks));
            return all;
        }

        boolean reports() {
            return "yes".equals(success);
        }

        /** Every 200 is sent. */
        boolean answers() {
            return failure == null || failure.equals("yes");
        }

        /** Every error is sent. */
        boolean complains() {
            return !"no".equals(failure);
        }

        PlainMsrp of(PlainMsrp chunk) {
            return chunk.with("Success-Report", success).with("Failure-Report", failure);
        }

        String id() {
            return "m" + success + "." + failure + "." + chunks;
        }
    }

    /** Sends it all without waiting, as one may who is not answered. */
    private static List<PlainMsrp> send(
            PlainMsrpPeer sender, List<String> path, Wish wish, byte[] message) {
        var sent = new ArrayList<PlainMsrp>();
        int size = message.length / wish.chunks();
        for (int i = 0; i < wish.chunks(); i++) {
            var chunk = wish.of(sender.chunk(path, wish.id(), message, i * size, size));
            sender.sends(chunk);
            sent.add(chunk);
        }
        return sent;
    }

    /** The answers are as wished, and then one REPORT if it was. */
    private static void heard(PlainMsrpPeer sender, Wish wish, List<PlainMsrp> sent) {
        if (wish.answers())
            for (var chunk : sent)
                assertThat(sender.receives("200").transaction()).isEqualTo(chunk.transaction());
        if (wish.reports()) reported(sender.receives("REPORT"), wish.id(), "1-30000/30000", "200");
    }

    private static void reported(PlainMsrp report, String id, String range, String status) {
        assertThat(report.header("Message-ID")).isEqualTo(id);
        assertThat(report.header("Byte-Range")).isEqualTo(range);
        assertThat(report.header("Status")).startsWith("000 " + status);
        assertThat(report.has("Success-Report") || report.has("Failure-Report")).isFalse();
        assertThat(report.body()).isEmpty();
    }

    /** A REPORT on {@code send} from the peer that got it. */
    static PlainMsrp report(
            PlainMsrp send, List<String> own, String id, String range, String status) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", send.fromPath()));
        headers.put("From-Path", String.join(" ", own));
        headers.put("Message-ID", id);
        headers.put("Byte-Range", range);
        headers.put("Status", "000 " + status);
        return new PlainMsrp("rp" + id.hashCode(), "REPORT", headers, new byte[0], '$');
    }

    /** An empty SEND that asks for everything. */
    private static PlainMsrp keepAlive(PlainMsrpPeer sender, List<String> path) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", path));
        headers.put("From-Path", sender.uri());
        headers.put("Message-ID", "alive1");
        headers.put("Byte-Range", "1-0/0");
        headers.put("Success-Report", "yes");
        headers.put("Failure-Report", "yes");
        return new PlainMsrp("alive1", "SEND", headers, new byte[0], '$');
    }

    private static void quiet(Scenario l, PlainMsrpPeer peer) {
        l.pass(Duration.ofMillis(20));
        assertThat(peer.hasNothing()).isTrue();
    }

    // ---- the Originating PF

    private static Originating.Up bound(Originating at) {
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.receives("SEND");
        return up;
    }

    private static List<String> next(Originating at) {
        return List.of(at.receiver.uri(), Originating.BEHIND);
    }

    /**
     * The next hop answers every SEND, whether it is wanted or not, and reports as it was asked.
     */
    @LadderTest
    @Proves("S0-OPF-32")
    void everyWishPassesAnOriginatingPf(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var message = cpim(SIZE);
        for (var wish : Wish.all()) {
            at.receiver.forgets();
            var sent = send(at.sender, up.path(), wish, message);
            PlainMsrp last = null;
            for (int i = 0; i < wish.chunks(); i++) {
                last = at.receiver.receives("SEND");
                assertThat(last.has("Success-Report")).isEqualTo(wish.success() != null);
                assertThat(last.has("Failure-Report")).isEqualTo(wish.failure() != null);
                if (wish.failure() != null)
                    assertThat(last.header("Failure-Report")).isEqualTo(wish.failure());
            }
            if (wish.reports())
                at.receiver.sends(
                        report(
                                Objects.requireNonNull(last),
                                next(at),
                                wish.id(),
                                "1-30000/30000",
                                "200 OK"));
            heard(at.sender, wish, sent);
            assertThat(at.receiver.receivesMessage()).isEqualTo(message);
        }
        quiet(l, at.sender);
        at.ends(up);
    }

    @LadderTest
    void errorsPassAnOriginatingPfAsTheyAreWished(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.receiver.keepsQuiet();
        for (var wish : Wish.all()) {
            if (wish.chunks() > 1) continue;
            at.sender.sends(wish.of(at.sender.chunk(up.path(), wish.id(), cpim(900), 0, 900)));
            at.receiver.answers(at.receiver.receives("SEND"), "415 No");
            if (wish.complains()) at.sender.receives("415");
        }
        quiet(l, at.sender);
        at.ends(up);
    }

    /** RFC 4975 section 7.1.2: with partial, no answer is a good answer. */
    @LadderTest(Wire.SIMULATED)
    void silenceOfTheNextHopIsAnErrorOnlyWhereAnswersAreDue(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.receiver.keepsQuiet();
        for (var failure : new @Nullable String[] {null, "yes", "no", "partial"}) {
            var wish = new Wish(null, failure, 1);
            at.sender.sends(wish.of(at.sender.chunk(up.path(), wish.id(), cpim(900), 0, 900)));
            l.pass(Duration.ofSeconds(31));
            if (wish.answers()) at.sender.receives("408");
            assertThat(at.sender.hasNothing()).isTrue();
        }
        at.ends(up);
    }

    @LadderTest
    void reportsOfTheNextHopArePassedAsTheyAre(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var wish = new Wish("yes", "yes", 3);
        send(at.sender, up.path(), wish, cpim(SIZE));
        PlainMsrp send = null;
        for (int i = 0; i < 3; i++) send = at.receiver.receives("SEND");
        for (int i = 0; i < 3; i++) at.sender.receives("200");
        var last = Objects.requireNonNull(send);
        // One for each chunk, then a failure after the 200: what it means is the sender's affair.
        for (var range : List.of("1-10000/30000", "10001-20000/30000", "20001-30000/30000")) {
            at.receiver.sends(report(last, next(at), wish.id(), range, "200 OK"));
            reported(at.sender.receives("REPORT"), wish.id(), range, "200");
        }
        for (var status : List.of("408 Timeout", "481 Gone", "413 Full")) {
            at.receiver.sends(report(last, next(at), wish.id(), "1-30000/30000", status));
            reported(
                    at.sender.receives("REPORT"),
                    wish.id(),
                    "1-30000/30000",
                    status.substring(0, 3));
        }
        // Of a message that never was, in another namespace, without a status, of the sender.
        at.receiver.sends(report(last, next(at), "unknown", "1-9/9", "200 OK"));
        at.receiver.sends(
                report(last, next(at), wish.id(), "1-9/9", "200 OK").with("Status", "001 200 OK"));
        at.receiver.sends(
                report(last, next(at), wish.id(), "1-9/9", "200 OK").with("Status", null));
        quiet(l, at.sender);
        at.receiver.forgets();
        var headers = new LinkedHashMap<String, String>();
        headers.put("To-Path", String.join(" ", up.path()));
        headers.put("From-Path", at.sender.uri());
        headers.put("Message-ID", wish.id());
        headers.put("Byte-Range", "1-30000/30000");
        headers.put("Status", "000 200 OK");
        at.sender.sends(new PlainMsrp("mine", "REPORT", headers, new byte[0], '$'));
        quiet(l, at.receiver);
        assertThat(at.sender.hasNothing()).isTrue();
        at.ends(up);
    }

    @LadderTest
    void aKeepAliveIsAnsweredByWhoeverGetsItAndNeverReported(Scenario l) {
        var at = new Originating(l, s -> s, "Originating PF");
        var up = bound(at);
        at.sender.sends(keepAlive(at.sender, up.path()));
        at.sender.receives("200");
        quiet(l, at.receiver);
        quiet(l, at.sender);
        var t = new Terminating(l, s -> s, "Terminating PF");
        var phone = t.device("phone");
        var toPhone = t.established(phone);
        t.bound(toPhone.ok());
        t.binds(phone, toPhone.invite());
        var alive =
                keepAlive(t.sender, toPhone.path())
                        .with("From-Path", t.sender.uri() + " " + Terminating.BEHIND);
        t.sender.sends(alive);
        t.sender.receives("200");
        quiet(l, phone.media());
        quiet(l, t.sender);
        up.caller().saysBye(1);
        at.alice.receives("200");
        at.next.answers(at.next.receives("BYE"), 200, "OK");
        toPhone.caller().saysBye(1);
        t.opf.receives("200");
        t.core.answers(t.core.receives("BYE"), 200, "OK");
        t.endsSubscription();
        l.nothingMore();
    }

    // ---- the Terminating PF

    @LadderTest
    @Proves("S1-TPF-39")
    void aTerminatingPfReportsOnceADeviceHasEverything(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        for (var wish : Wish.all()) {
            var message = cpim(SIZE, wish.id());
            var up = at.established(phone);
            at.bound(up.ok());
            at.binds(phone, up.invite());
            var sent = send(at.sender, up.path(), wish, message);
            heard(at.sender, wish, sent);
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            // Its own reports are nobody's affair but ours.
            var send = phone.media().sends().getLast();
            assertThat(send.has("Success-Report")).isFalse();
            phone.media()
                    .sends(
                            report(
                                    send,
                                    List.of(phone.media().uri()),
                                    wish.id(),
                                    "1-30000/30000",
                                    "200 OK"));
            up.caller().saysBye(1);
            at.opf.receives("200");
            at.core.answers(at.core.receives("BYE"), 200, "OK");
        }
        quiet(l, at.sender);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void twoDevicesMakeOneReport(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone").media();
        var tablet = at.device("tablet").media();
        var call = at.bound();
        phone.keepsQuiet();
        tablet.keepsQuiet();
        var wish = new Wish("yes", "yes", 1);
        at.sender.sends(wish.of(at.sender.chunk(call.path(), wish.id(), cpim(1_500), 0, 1_500)));
        var toPhone = phone.receivesContent();
        var toTablet = tablet.receivesContent();
        quiet(l, at.sender);
        tablet.answers(toTablet, "200 OK");
        at.sender.receives("200");
        reported(at.sender.receives("REPORT"), wish.id(), "1-1500/1500", "200");
        phone.answers(toPhone, "200 OK");
        quiet(l, at.sender);
        at.hangsUp(call.caller());
        for (int i = 0; i < 2; i++) at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void aDeviceThatRefusedIsNotReportedAndNeitherAreAll(Scenario l) {
        for (boolean all : new boolean[] {false, true}) {
            var at = new Terminating(l, s -> s, "TPF " + all);
            var phone = at.device("phone");
            var tablet = at.device("tablet");
            var call = at.bound();
            phone.media().keepsQuiet();
            tablet.media().keepsQuiet();
            var wish = new Wish("yes", "yes", 1);
            at.sender.sends(
                    wish.of(at.sender.chunk(call.path(), wish.id(), cpim(1_500), 0, 1_500)));
            var toPhone = phone.media().receivesContent();
            var toTablet = tablet.media().receivesContent();
            phone.media().answers(toPhone, "413 Full");
            at.byeOf(phone);
            quiet(l, at.sender);
            tablet.media().answers(toTablet, all ? "413 Full" : "200 OK");
            if (all) {
                // In the answer, so not in a REPORT as well; and nobody else wants it.
                at.sender.receives("408");
                at.byeOf(tablet);
                at.byeOfSender();
                quiet(l, at.sender);
            } else {
                at.sender.receives("200");
                reported(at.sender.receives("REPORT"), wish.id(), "1-1500/1500", "200");
                at.hangsUp(call.caller());
                at.byeOf(tablet);
            }
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void errorsOfTheOnlyDeviceAreToldAsTheyAreWished(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        phone.media().keepsQuiet();
        for (var failure : new @Nullable String[] {null, "yes", "no", "partial"}) {
            var wish = new Wish("yes", failure, 1);
            var up = at.established(phone);
            at.bound(up.ok());
            var path = List.of(up.invite().sdp("path").split(" "));
            phone.media().connects(path.getFirst());
            phone.media().binds(path);
            phone.media().receives("200");
            at.sender.sends(wish.of(at.sender.chunk(up.path(), wish.id(), cpim(900), 0, 900)));
            phone.media().answers(phone.media().receives("SEND"), "413 No");
            if (wish.complains()) at.sender.receives("408");
            at.core.answers(at.core.receives("BYE"), 200, "OK");
            var bye = at.opf.receives("BYE");
            assertThat(bye.header("Reason")).contains("cause=480");
            at.opf.answers(bye, 200, "OK");
            quiet(l, at.sender);
        }
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- both

    @LadderTest
    void everyWishPassesBothFunctions(Scenario l) {
        var chain = new Chain(l);
        var phone = chain.second.device("phone");
        for (var wish : Wish.all()) {
            if (l.wire() == Wire.SOCKETS && wish.chunks() == 3) continue;
            var message = cpim(SIZE, wish.id());
            var up = chain.established(phone);
            var sent = send(chain.first.sender, up.path(), wish, message);
            heard(chain.first.sender, wish, sent);
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            chain.ends(up);
        }
        quiet(l, chain.first.sender);
        chain.nothingMore();
    }
}

package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Peers that do as the standards let them, and not as ours do. */
class OddPeerLadders {

    private static PlainSip sdp(PlainSip sip, String from, String to) {
        assertThat(sip.body()).contains(from);
        return sip.body("application/sdp", sip.body().replace(from, to));
    }

    private static String setup(@Nullable String role) {
        return role == null ? "" : "a=setup:" + role + "\r\n";
    }

    private static void ends(Party caller, PlainDialog dialog, Party called) {
        dialog.saysBye(1);
        caller.receives("200");
        called.answers(called.receives("BYE"), 200, "OK");
    }

    // ---- who connects: RFC 6135, RFC 4145 section 4.1, RFC 4975 section 5.4

    @LadderTest
    @Proves("S0-OPF-20")
    void everySetupOfASenderHasItsOutcome(Scenario l) {
        for (var role : new @Nullable String[] {null, "active", "passive", "actpass"}) {
            var at = new Originating(l, s -> s, "OPF " + role);
            var up = at.established(sdp(at.invite(), setup("actpass"), setup(role)));
            boolean dials = !"passive".equals(role);
            assertThat(up.ok().sdp("setup")).isEqualTo(dials ? "passive" : "active");
            if (dials) {
                at.bound(up);
            } else {
                at.sender.isDialled();
                var bind = at.sender.receives("SEND");
                assertThat(bind.toPath()).containsExactly(at.sender.uri());
                assertThat(bind.fromPath()).isEqualTo(up.path());
            }
            at.sender.sendsMessage(up.path(), "m1", cpim(5_000), 2_000);
            assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(5_000));
            assertThat(at.sender.connections()).isEqualTo(1);
            ends(at.alice, up.caller(), at.next);
        }
        var at = new Originating(l, s -> s, "OPF holdconn");
        at.refused(sdp(at.invite(), setup("actpass"), setup("holdconn")), "488");
        at.refused(sdp(at.invite(), setup("actpass"), setup("sideways")), "488");
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-21")
    void everySetupOfAnOriginatingPfHasItsOutcome(Scenario l) {
        for (var role : new @Nullable String[] {null, "active", "passive", "actpass"}) {
            var at = new Terminating(l, s -> s, "TPF " + role);
            var phone = at.device("phone" + role);
            var up =
                    at.established(
                            phone, sdp(at.invite(), setup("actpass"), setup(role)), ok -> ok);
            boolean dials = !"passive".equals(role);
            assertThat(up.ok().sdp("setup")).isEqualTo(dials ? "passive" : "active");
            at.binds(phone, up.invite());
            if (dials) {
                at.bound(up.ok());
            } else {
                at.sender.isDialled();
                at.sender.receives("SEND");
            }
            at.sender.sendsMessage(up.path(), "m1", cpim(5_000), 2_000);
            assertThat(phone.media().receivesMessage()).isEqualTo(cpim(5_000));
            assertThat(at.sender.connections()).isEqualTo(1);
            ends(at.opf, up.caller(), at.core);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    @Proves("S0-OPF-29")
    void everySetupOfAReceiverHasItsOutcome(Scenario l) {
        for (var role : new @Nullable String[] {null, "active", "passive"}) {
            var at = new Originating(l, s -> s, "OPF " + role);
            var invite = at.invite();
            var onward = at.onward(invite);
            at.next.answers(onward, sdp(at.ok(onward), setup("passive"), setup(role)));
            var ok = at.alice.receives("200");
            assertThat(ok.sdp("setup")).isEqualTo("passive");
            var caller = PlainDialog.caller(at.alice, invite, ok);
            caller.acknowledges();
            at.next.receives("ACK");
            var path = List.of(ok.sdp("path").split(" "));
            at.sender.connects(path.getFirst());
            at.sender.binds(path);
            at.sender.receives("200");
            at.receiver.shows(Originating.BEHIND);
            if ("active".equals(role)) {
                var offered = List.of(onward.sdp("path").split(" "));
                at.receiver.connects(offered.getFirst());
                at.receiver.binds(offered);
                at.receiver.receives("200");
            }
            at.sender.sendsMessage(path, "m1", cpim(5_000), 2_000);
            assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(5_000));
            assertThat(at.receiver.connections()).isEqualTo(1);
            ends(at.alice, caller, at.next);
        }
        for (var role : new String[] {"actpass", "holdconn"}) {
            var at = new Originating(l, s -> s, "OPF " + role);
            var onward = at.onward(at.invite());
            at.next.answers(onward, sdp(at.ok(onward), setup("passive"), setup(role)));
            at.alice.receives("500");
            at.next.receives("ACK");
            at.next.answers(at.next.receives("BYE"), 200, "OK");
        }
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-29")
    void everySetupOfADeviceHasItsOutcome(Scenario l) {
        for (var role : new @Nullable String[] {null, "active", "passive"}) {
            var at = new Terminating(l, s -> s, "TPF " + role);
            var phone = at.device("phone" + role);
            var up = at.established(phone, ok -> sdp(ok, setup("active"), setup(role)));
            at.bound(up.ok());
            if ("active".equals(role)) {
                at.binds(phone, up.invite());
            } else {
                phone.media().isDialled();
                assertThat(phone.media().receives("SEND").has("Content-Type")).isFalse();
            }
            at.sender.sendsMessage(up.path(), "m1", cpim(5_000), 2_000);
            assertThat(phone.media().receivesMessage()).isEqualTo(cpim(5_000));
            assertThat(phone.media().connections()).isEqualTo(1);
            ends(at.opf, up.caller(), at.core);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    /** RFC 4975 section 5.4: a connection may carry several sessions. */
    @LadderTest
    @Proves({"S0-OPF-28", "S1-TPF-34"})
    void oneConnectionCarriesTwoSessions(Scenario l) {
        var at = new Originating(l);
        // The calls of one loop share its port; others cannot share a connection.
        var calls = new LinkedHashMap<String, Originating.Up>();
        Originating.Up first = null;
        Originating.Up second = null;
        while (second == null) {
            var up = at.established();
            at.receiver.isDialled();
            var port = up.path().getFirst().replaceAll("/[^/]*$", "");
            var before = calls.put(port, up);
            if (before == null) continue;
            first = before;
            second = up;
            calls.remove(port);
        }
        at.sender.connects(Objects.requireNonNull(first).path().getFirst());
        for (var up : List.of(first, second)) {
            at.sender.binds(up.path());
            at.sender.receives("200");
        }
        var one = cpim(9_000);
        var other = cpim(7_000);
        for (int from = 0; from < 6_000; from += 2_000) {
            at.sender.sends(at.sender.chunk(first.path(), "m1", one, from, 2_000));
            at.sender.sends(at.sender.chunk(second.path(), "m2", other, from, 2_000));
        }
        at.sender.sends(at.sender.chunk(first.path(), "m1", one, 6_000, 3_000));
        for (int i = 0; i < 7; i++) at.sender.receives("200");
        assertThat(at.receiver.receivesMessage()).isEqualTo(one);
        // The end of one session is not the end of the other.
        ends(at.alice, first.caller(), at.next);
        at.sender.sends(at.sender.chunk(first.path(), "m3", one, 0, 2_000));
        at.sender.receives("481");
        at.sender.sends(at.sender.chunk(second.path(), "m2", other, 6_000, 1_000));
        at.sender.receives("200");
        assertThat(at.receiver.receivesMessage()).isEqualTo(other);
        assertThat(at.sender.connections()).isEqualTo(1);
        ends(at.alice, second.caller(), at.next);
        for (var up : calls.values()) ends(at.alice, up.caller(), at.next);
        l.nothingMore();
    }

    // ---- names and addresses

    /** RFC 4975 section 6: the host of a URI may be a name. */
    @LadderTest
    @Proves("S0-OPF-30")
    void hostNamesInAPathAreLookedUp(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        var host = at.receiver.at().getAddress().getHostAddress();
        var name = l.wire() == Wire.SIMULATED ? "core" : "localhost";
        at.next.answers(onward, sdp(at.ok(onward), "msrp://" + host + ":", "msrp://" + name + ":"));
        var ok = at.alice.receives("200");
        var path = List.of(ok.sdp("path").split(" "));
        assertThat(path.get(1)).startsWith("msrp://" + name + ":");
        var caller = PlainDialog.caller(at.alice, invite, ok);
        caller.acknowledges();
        at.next.receives("ACK");
        at.sender.connects(path.getFirst());
        at.sender.binds(path);
        at.sender.receives("200");
        at.sender.sendsMessage(path, "m1", cpim(3_000), 2_000);
        assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(3_000));
        assertThat(at.receiver.sends().getFirst().toPath().getFirst())
                .startsWith("msrp://" + name + ":");
        ends(at.alice, caller, at.next);
        l.nothingMore();
    }

    /** RFC 3261 section 25.1, RFC 4975 section 9, RFC 8866 section 5.7: literals in brackets. */
    @LadderTest({Wire.SOCKETS, Wire.SOCKETS6})
    void bothFunctionsSpeakTheirPeersAddressFamily(Scenario l) {
        var chain = new Chain(l);
        var phone = chain.second.device("phone");
        var up = chain.established(phone);
        boolean six = l.wire() == Wire.SOCKETS6;
        var host = six ? "[0:0:0:0:0:0:0:1]:" : "127.0.0.1:";
        for (var uri : up.path()) assertThat(uri).startsWith("msrp://" + host);
        for (var uri : up.shown()) assertThat(uri).startsWith("msrp://" + host);
        for (var sip : List.of(up.offer(), up.ok())) {
            assertThat(sip.body()).contains(six ? "c=IN IP6 0:0:0:0:0:0:0:1" : "c=IN IP4 127");
            assertThat(sip.header("Via")).contains(host);
            assertThat(PlainSip.uri(sip.header("Contact"))).contains(host);
        }
        var message = cpim(90_000);
        chain.first.sender.sendsMessage(up.path(), "m1", message, 20_000);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        chain.ends(up);
        chain.nothingMore();
    }

    // ---- SIP and SDP as others write them

    /** RFC 3261 sections 7.3.1 and 7.3.3; RFC 4475 section 3.1.1.1. */
    @LadderTest
    void headersMayBeFoldedCompactAndInAnyCaseAndOrder(Scenario l) {
        var at = new Originating(l);
        var plain = at.invite();
        var names =
                Map.of(
                        "From",
                        "f",
                        "To",
                        "t",
                        "Call-ID",
                        "i",
                        "Contact",
                        "m",
                        "Via",
                        "v",
                        "Supported",
                        "k",
                        "Session-Expires",
                        "x",
                        "Content-Type",
                        "c",
                        "Accept-Contact",
                        "a");
        var fields = new ArrayList<PlainSip.Field>();
        for (var field : plain.fields().reversed()) {
            var name = names.getOrDefault(field.name(), field.name().toUpperCase(Locale.ROOT));
            // Fields of one name keep their order.
            if (field.name().equals("Via") || field.name().equals("Route")) continue;
            if (field.name().equals("Accept-Contact")) continue;
            fields.add(new PlainSip.Field(name + " \t", "\r\n  " + field.value() + "\r\n\t"));
        }
        for (var name : List.of("Via", "Route", "Accept-Contact"))
            fields.add(
                    new PlainSip.Field(
                            names.getOrDefault(name, "rOuTe"),
                            String.join(" ,\r\n ", plain.headers(name))));
        var odd = new PlainSip(plain.start(), fields, plain.body());
        var onward = at.onward(odd);
        for (var kept : List.of("Conversation-ID", "Contribution-ID", "P-Asserted-Identity"))
            assertThat(onward.header(kept)).as(kept).isEqualTo(plain.header(kept));
        assertThat(onward.joined("Accept-Contact")).contains("icsi-ref").contains("large-message");
        assertThat(onward.header("Max-Forwards")).isEqualTo("67");
        var answer = at.ok(onward);
        at.next.answers(
                onward,
                answer.without("Allow")
                        .with("aLLOW", "INVITE,ACK,BYE\r\n ,CANCEL")
                        .with("k", "timer"));
        var ok = at.alice.receives("200");
        assertThat(ok.joined("Via")).contains("z9hG4bKalice1");
        var caller = PlainDialog.caller(at.alice, plain, ok);
        caller.acknowledges();
        at.next.receives("ACK");
        ends(at.alice, caller, at.next);
        l.nothingMore();
    }

    /** RFC 8866 section 5 and section 5.13: what is not understood is not the B2BUA's to drop. */
    @LadderTest
    @Proves("S0-OPF-15")
    void unknownAttributesStayAndUnknownHeadersGo(Scenario l) {
        var at = new Originating(l);
        var invite =
                sdp(
                                at.invite(),
                                "a=sendonly\r\n",
                                "a=x-colour:green\r\na=sendonly\r\na=connection:new\r\n"
                                        + "a=msrp-cema\r\na=x-flag\r\n")
                        .with("X-Colour", "blue")
                        .with("Subject", "A subject")
                        .with("Require", "timer");
        var onward = at.onward(invite);
        assertThat(onward.has("X-Colour")).isFalse();
        assertThat(onward.header("Subject")).isEqualTo("A subject");
        assertThat(onward.hasSdp("a=x-colour:green")).isTrue();
        assertThat(onward.hasSdp("a=x-flag")).isTrue();
        for (var dropped : List.of("a=connection:new", "a=msrp-cema"))
            assertThat(onward.hasSdp(dropped)).as(dropped).isFalse();
        assertThat(onward.countSdp("a=sendonly")).isEqualTo(1);
        var answer = at.ok(onward).with("X-Colour", "red");
        at.next.answers(
                onward,
                sdp(answer, "a=recvonly\r\n", "a=recvonly\r\na=x-shade:dark\r\na=msrp-cema\r\n"));
        var ok = at.alice.receives("200");
        assertThat(ok.has("X-Colour")).isFalse();
        assertThat(ok.hasSdp("a=x-shade:dark")).isTrue();
        assertThat(ok.hasSdp("a=msrp-cema")).isFalse();
        var caller = PlainDialog.caller(at.alice, invite, ok);
        caller.acknowledges();
        at.next.receives("ACK");
        ends(at.alice, caller, at.next);
        l.nothingMore();
    }

    /** RFC 8866 section 5: written with CRLF, read with LF as well. */
    @LadderTest
    void lineFeedsAloneInSdpAreRead(Scenario l) {
        var chain = new Chain(l);
        var phone = chain.second.device("phone");
        var invite = chain.invite();
        var up =
                chain.established(
                        phone,
                        invite.body("application/sdp", invite.body().replace("\r\n", "\n")),
                        ok -> ok.body("application/sdp", ok.body().replace("\r\n", "\n")));
        for (var sip : List.of(up.offer(), up.ok()))
            assertThat(sip.body().replace("\r\n", "")).doesNotContain("\n");
        chain.ends(up);
        chain.nothingMore();
    }

    /** RFC 3261 section 8.2.1: whoever asks is answered. */
    @LadderTest
    void whatACallHasNoUseForIsDeclinedAndTheMessageGoesOn(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = at.bound();
        var path = call.path();
        at.sender.sends(at.sender.chunk(path, "m1", cpim(5_000), 0, 2_000));
        at.sender.receives("200");
        var offered = call.invite(phone);
        var device = PlainDialog.called(at.core, offered, at.ok(phone, offered));
        declined(at, at.core, device, 1);
        declined(at, at.opf, call.caller(), 1);
        at.sender.sends(at.sender.chunk(path, "m1", cpim(5_000), 2_000, 3_000));
        at.sender.receives("200");
        assertThat(phone.media().receivesMessage()).isEqualTo(cpim(5_000));
        call.caller().saysBye(2);
        at.opf.receives("200");
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    private static void declined(Terminating at, Party asks, PlainDialog dialog, int step) {
        asks.sends(at.pf.at(), dialog.request("INFO", step));
        assertThat(asks.receives("405").header("Allow")).contains("INVITE").contains("BYE");
    }

    // ---- MSRP as others write it

    /** RFC 4975 section 9: names in any case; what a relay does not know it passes on. */
    @LadderTest
    void headersOfASendMayBeInAnyCaseAndUnknown(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.receives("SEND");
        var send = at.sender.chunk(up.path(), "m1", cpim(900), 0, 900);
        var odd = new LinkedHashMap<String, String>();
        odd.put("to-path", send.header("To-Path"));
        odd.put("FROM-PATH", send.header("From-Path"));
        odd.put("message-ID", "m1");
        odd.put("byte-range", "1-900/900");
        odd.put("SUCCESS-REPORT", "no");
        odd.put("X-Colour", "green; shade=\"dark\"");
        odd.put("Content-Disposition", "inline");
        odd.put("CONTENT-type", "message/cpim");
        at.sender.sends(new PlainMsrp("oddcase1", "SEND", odd, send.body(), '$'));
        var onward = at.receiver.receives("SEND");
        assertThat(onward.header("X-Colour")).isEqualTo("green; shade=\"dark\"");
        assertThat(onward.header("Content-Disposition")).isEqualTo("inline");
        assertThat(onward.header("Message-ID")).isEqualTo("m1");
        assertThat(onward.header("Content-Type")).isEqualTo("message/cpim");
        assertThat(onward.body()).isEqualTo(send.body());
        at.sender.receives("200");
        at.ends(up);
    }

    /** RFC 3862 sections 2.1 and 3.1: CPIM's names are case-sensitive, those of MIME are not. */
    @LadderTest
    void contentTypesMayHaveParametersAndMimeHeadersAnyCase(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        int number = 0;
        for (var type :
                List.of(
                        "message/cpim",
                        "Message/CPIM",
                        "message/cpim;charset=utf-8",
                        "message/cpim ; x=\"a;b\"")) {
            var odd =
                    text("m" + ++number)
                            .replace("Content-Type", "cONTENT-tYPE")
                            .getBytes(StandardCharsets.UTF_8);
            var up = at.established(phone);
            at.bound(up.ok());
            at.binds(phone, up.invite());
            at.sender.sends(
                    at.sender
                            .chunk(up.path(), "m1", odd, 0, odd.length)
                            .with("Content-Type", type));
            at.sender.receives("200");
            assertThat(phone.media().receivesMessage()).isEqualTo(odd);
            assertThat(phone.media().sends().getLast().header("Content-Type")).isEqualTo(type);
            ends(at.opf, up.caller(), at.core);
        }
        var up = at.established(phone);
        at.bound(up.ok());
        at.binds(phone, up.invite());
        var wrong = text("m").replace("From:", "FROM:").getBytes(StandardCharsets.UTF_8);
        at.sender.sends(at.sender.chunk(up.path(), "m1", wrong, 0, wrong.length));
        at.sender.receives("400");
        assertThat(phone.media().hasMessage()).isFalse();
        ends(at.opf, up.caller(), at.core);
        at.endsSubscription();
        l.nothingMore();
    }

    private static String text(String id) {
        return new String(cpim(900, id), StandardCharsets.UTF_8);
    }

    /** One way to cut a message; the range is {@code from-end/total} as it is written. */
    private record Cut(int from, int to, @Nullable String range, char flag) {

        static Cut plain(int from, int to, int total) {
            var end = to - from > 2_048 ? "*" : "" + to;
            return new Cut(from, to, (from + 1) + "-" + end + "/" + total, to == total ? '$' : '+');
        }

        PlainMsrp of(PlainMsrpPeer sender, List<String> path, String id, byte[] message) {
            return sender.chunk(path, id, message, from, to - from)
                    .with("Byte-Range", range)
                    .flag(flag);
        }
    }

    private static List<Cut> sizes(int total, int... sizes) {
        var cuts = new ArrayList<Cut>();
        int from = 0;
        for (int i = 0; from < total; i++) {
            int to = Math.min(total, from + sizes[i % sizes.length]);
            cuts.add(Cut.plain(from, to, total));
            from = to;
        }
        return cuts;
    }

    private static final int SIZE = 6_000;

    private static Map<String, List<Cut>> whole() {
        var ways = new LinkedHashMap<String, List<Cut>>();
        ways.put("no Byte-Range", List.of(new Cut(0, SIZE, null, '$')));
        ways.put("nothing known", List.of(new Cut(0, SIZE, "1-*/*", '$')));
        ways.put(
                "nothing known twice",
                List.of(new Cut(0, 3_000, "1-*/*", '+'), new Cut(3_000, SIZE, "3001-*/*", '$')));
        ways.put("total last", List.of(new Cut(0, 2_000, "1-2000/*", '+'), plain(2_000, SIZE)));
        ways.put("tiny", sizes(SIZE, 700, 1, 2, 3, 999));
        ways.put("around 2048", sizes(SIZE, 2_047, 2_049, 2_048));
        ways.put("twice", List.of(plain(0, 2_000), plain(0, 2_000), plain(2_000, SIZE)));
        ways.put("last twice", List.of(plain(0, 2_000), plain(2_000, SIZE), plain(2_000, SIZE)));
        ways.put("overlap", List.of(plain(0, 2_000), plain(1_000, 3_000), plain(2_500, SIZE)));
        ways.put("swapped", List.of(plain(2_000, 4_000), plain(0, 2_000), plain(4_000, SIZE)));
        ways.put(
                "swapped and overlapping",
                List.of(
                        plain(3_000, 5_000),
                        plain(2_000, 4_000),
                        plain(0, 2_500),
                        plain(4_900, SIZE)));
        return ways;
    }

    private static Map<String, List<Cut>> broken() {
        var ways = new LinkedHashMap<String, List<Cut>>();
        ways.put("hole", List.of(plain(0, 2_000), plain(4_000, SIZE)));
        ways.put("last first", List.of(plain(4_000, SIZE), plain(0, 2_000), plain(2_000, 4_000)));
        ways.put("other total", List.of(plain(0, 2_000), new Cut(2_000, SIZE, "2001-*/7000", '$')));
        ways.put(
                "too long", List.of(plain(0, 2_000), new Cut(2_000, 4_000, "2001-3000/6000", '+')));
        ways.put("too short", List.of(new Cut(0, 1_000, "1-2000/6000", '+'), plain(2_000, SIZE)));
        ways.put("beyond", List.of(new Cut(0, SIZE, "1-*/3000", '$')));
        ways.put("no first", List.of(plain(2_000, SIZE)));
        return ways;
    }

    private static Cut plain(int from, int to) {
        return Cut.plain(from, to, SIZE);
    }

    /** Every chunk, with an empty SEND before the last; the codes that came back. */
    private static List<String> send(
            PlainMsrpPeer sender, List<String> path, List<Cut> cuts, byte[] message) {
        var codes = new ArrayList<String>();
        for (int i = 0; i < cuts.size(); i++) {
            if (i == cuts.size() - 1) {
                sender.binds(path);
                sender.receives("200");
            }
            var chunk = cuts.get(i).of(sender, path, "m1", message);
            sender.sends(chunk);
            var answer = sender.receivesIfAny(Duration.ofSeconds(5));
            assertThat(answer).as("%s of %s", chunk, cuts).isNotNull();
            codes.add(Objects.requireNonNull(answer).what());
        }
        return codes;
    }

    @LadderTest
    @Proves("S1-TPF-38")
    void aMessageMayBeCutInAnyWay(Scenario l) {
        var chain = new Chain(l);
        var phone = chain.second.device("phone");
        whole().forEach((way, cuts) -> {
            // The end of the one before may still be on its way.
            l.pass(Duration.ofMillis(20));
            phone.media().forgets();
            var message = cpim(SIZE, way.replace(' ', '-'));
            var up = chain.established(phone);
            assertThat(send(chain.first.sender, up.path(), cuts, message))
                    .as(way)
                    .containsOnly("200");
            assertThat(phone.media().receivesMessage()).as(way).isEqualTo(message);
            chain.ends(up);
        });
        broken().forEach((way, cuts) -> {
            // The end of the one before may still be on its way.
            l.pass(Duration.ofMillis(20));
            phone.media().forgets();
            var message = cpim(SIZE, way.replace(' ', '-'));
            var up = chain.established(phone);
            assertThat(send(chain.first.sender, up.path(), cuts, message))
                    .as(way)
                    .doesNotContainSequence("481")
                    .contains(refused(way));
            assertThat(phone.media().hasMessage()).as(way).isFalse();
            up.caller().saysBye(1);
            chain.first.alice.receives("200");
            chain.second.core.answers(chain.second.core.receives("BYE"), 200, "OK");
        });
        chain.nothingMore();
    }

    private static String refused(String way) {
        return List.of("other total", "beyond", "too long", "too short").contains(way)
                ? "400"
                : "413";
    }

    /** RFC 4975 names no source port, but some peers take it from the path. */
    @LadderTest
    void aPeerMayTakeConnectionsFromThePortInOurPathOnly(Scenario l) {
        var at = new Originating(l, s -> s, "OPF", msrp -> msrp.fromOwnPort(true));
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        var ours = PlainMsrpPeer.address(up.onward().sdp("path").split(" ")[0]);
        assertThat(at.receiver.farEnd()).isEqualTo(ours);
        at.sender.sendsMessage(up.path(), "m1", cpim(5_000), 2_000);
        assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(5_000));
        at.ends(up);
    }

    /** RFC 4975 section 5.1: chunks of several messages may alternate. */
    @LadderTest
    void messagesOfOneSessionMayAlternateAndFollow(Scenario l) {
        var at = new Originating(l, s -> s, "OPF unit");
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        var one = cpim(9_000);
        var other = cpim(6_000);
        for (int from = 0; from < 9_000; from += 3_000) {
            at.sender.sends(at.sender.chunk(up.path(), "m1", one, from, 3_000));
            at.sender.sends(at.sender.chunk(up.path(), "m2", other, from * 2 / 3, 2_000));
        }
        for (int i = 0; i < 6; i++) at.sender.receives("200");
        assertThat(at.receiver.receivesMessage()).isEqualTo(one);
        assertThat(at.receiver.receivesMessage()).isEqualTo(other);
        at.sender.sendsMessage(up.path(), "m3", cpim(700), 700);
        assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(700));
        ends(at.alice, up.caller(), at.next);
        // Large message mode carries one message; a Terminating PF refuses a second one.
        var t = new Terminating(l, s -> s, "TPF");
        var phone = t.device("phone");
        var to = t.established(phone);
        t.bound(to.ok());
        t.binds(phone, to.invite());
        t.sender.sends(t.sender.chunk(to.path(), "m1", other, 0, 2_000));
        t.sender.receives("200");
        t.sender.sends(t.sender.chunk(to.path(), "m2", other, 0, 2_000));
        t.sender.receives("403");
        t.sender.sends(t.sender.chunk(to.path(), "m1", other, 2_000, 4_000));
        t.sender.receives("200");
        assertThat(phone.media().receivesMessage()).isEqualTo(other);
        t.sender.sends(t.sender.chunk(to.path(), "m3", other, 0, 6_000));
        t.sender.receives("403");
        ends(t.opf, to.caller(), t.core);
        t.endsSubscription();
        l.nothingMore();
    }
}

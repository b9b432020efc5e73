package io.posthorn.ladders;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Offers inside of a session, which is as it was first described: what changes it is refused with
 * 488, what repeats it is a refresh; and the message that is on its way goes on. Source: RFC 3261
 * section 14.2, RFC 3264 section 8.
 */
class ReInviteLadders {

    /** The next version of what the peer said. */
    private static String version(String sdp, String version) {
        return sdp.replaceFirst("o=plain 1 \\d+ ", "o=plain 1 " + version + " ");
    }

    /** What a peer may want to change, one by one. */
    private static Map<String, String> changes(String sdp) {
        var next = version(sdp, "2");
        var changes = new LinkedHashMap<String, String>();
        changes.put(
                "another path",
                next.replaceFirst("a=path:msrp://", "a=path:msrp://192.0.2.9:7/x;tcp msrp://"));
        changes.put("another port", next.replaceFirst("m=message \\d+", "m=message 49999"));
        changes.put("another direction", next.replaceFirst("a=(send|recv)only", "a=sendrecv"));
        changes.put("nobody sends", next.replaceFirst("a=(send|recv)only", "a=inactive"));
        changes.put("another host", next.replaceFirst("c=IN IP4 \\S+", "c=IN IP4 192.0.2.9"));
        changes.put("TLS", next.replace("TCP/MSRP", "TCP/TLS/MSRP"));
        changes.put(
                "other types",
                next.replaceFirst("a=accept-types:\\S+", "a=accept-types:text/plain"));
        changes.put("one line more", next + "m=audio 49170 RTP/AVP 0\r\n");
        changes.put("no line at all", next.substring(0, next.indexOf("m=")));
        changes.put("the line is ended", next.replaceFirst("m=message \\d+", "m=message 0"));
        changes.put("the same version, another path", version(changes.get("another path"), "1"));
        changes.put("a version that goes back", version(sdp, "0"));
        changes.put("no description", "hello\r\n");
        return changes;
    }

    @LadderTest
    void anOfferThatChangesTheSessionIs488AndTheMessageGoesOn(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            int step = 1;
            for (var method : List.of("INVITE", "UPDATE"))
                for (var change : changes(side.said().body()).entrySet()) {
                    side.sends(
                            side.request(method, step++)
                                    .body("application/sdp", change.getValue()));
                    var refusal = side.peer.receivesAny();
                    assertThat(refusal.what())
                            .as("%s: %s with %s", side, method, change.getKey())
                            .isEqualTo("488");
                    assertThat(refusal.header("Warning")).matches("3\\d\\d \\S+ \".+\"");
                }
            leaves(side, step);
        }
    }

    private static void leaves(Side side, int step) {
        side.mediaPasses();
        if (!side.mediaEndsTheCall()) {
            side.peerLeaves(step);
            return;
        }
        side.answersBye();
        side.over();
    }

    @LadderTest
    void anOfferThatRepeatsTheSessionGetsTheSameAnswer(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            var answers = new ArrayList<String>();
            int step = 1;
            for (var method : List.of("INVITE", "UPDATE"))
                for (var version : List.of("1", "2", "3")) {
                    side.sends(
                            side.request(method, step)
                                    .body("application/sdp", version(side.said().body(), version)));
                    // The version may not go back from one method to the next.
                    var got = side.peer.receivesAny();
                    if (method.equals("UPDATE") && !version.equals("3")) {
                        assertThat(got.what()).isEqualTo("488");
                    } else {
                        assertThat(got.what()).as("%s %s", side, method).isEqualTo("200");
                        assertThat(got.has("Contact")).isTrue();
                        answers.add(got.body());
                        if (method.equals("INVITE")) side.acknowledges(step);
                    }
                    step++;
                }
            assertThat(answers.stream().distinct()).hasSize(1);
            repeatsWhatItSaid(side, answers.getFirst());
            leaves(side, step);
        }
    }

    /** The same path, direction and port; who dials is settled (RFC 4145 section 4.1). */
    private static void repeatsWhatItSaid(Side side, String answer) {
        var first = side.heard();
        var again = first.body("application/sdp", answer);
        assertThat(again.sdp("path")).isEqualTo(first.sdp("path"));
        for (var line : List.of("a=sendonly", "a=recvonly"))
            assertThat(again.hasSdp(line)).isEqualTo(first.hasSdp(line));
        assertThat(again.sdp("setup")).isIn("active", "passive");
        assertThat(again.sdp("setup")).isNotEqualTo(side.said().sdp("setup"));
        assertThat(mLine(again)).isEqualTo(mLine(first));
    }

    private static String mLine(PlainSip sip) {
        return sip.body().lines().filter(l -> l.startsWith("m=")).findFirst().orElse("");
    }

    /** RFC 3261 section 14.2: a re-INVITE without an offer gets ours, in its 200. */
    @LadderTest
    void aReInviteWithoutAnOfferGetsOurs(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.sends(side.request("INVITE", 1));
            var ok = side.peer.receives("200");
            assertThat(ok.body()).isEqualTo(side.heard().body());
            side.sends(side.dialog().request("ACK", 1).body("application/sdp", side.said().body()));
            leaves(side, 2);
        }
    }

    @LadderTest
    void anUpdateWithoutAnOfferIsARefresh(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.sends(side.request("UPDATE", 1));
            assertThat(side.peer.receives("200").body()).isEmpty();
            leaves(side, 2);
        }
    }

    @LadderTest
    void whatIsNoDescriptionIs415(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.sends(side.request("INVITE", 1).body("text/plain", "hello"));
            assertThat(side.peer.receives("415").joined("Accept")).contains("application/sdp");
            leaves(side, 2);
        }
    }

    @LadderTest
    void otherRequestsInsideOfTheSessionAreNotAllowed(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            int step = 1;
            for (var method : List.of("INFO", "REFER", "MESSAGE", "SUBSCRIBE", "PUBLISH")) {
                side.sends(side.request(method, step++));
                assertThat(side.peer.receives("405").joined("Allow")).contains("INVITE", "BYE");
            }
            leaves(side, step);
        }
    }
}

package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.ALICE;
import static io.posthorn.ladders.LargeMessage.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import java.util.List;

/**
 * How a participating function learns from a core that is not ours for whom a request comes, and
 * which way it goes on: 3GPP TS 24.229 section 5.7, RFC 5502.
 */
class SessionCaseLadders {

    private static PlainSip invite(Originating at, String... routes) {
        var invite = at.invite().without("Route");
        for (var route : routes) invite = invite.with("Route", route);
        return invite;
    }

    private static PlainSip served(PlainSip invite, String served) {
        return invite.with("P-Served-User", served);
    }

    /** For its sender: the request goes on. */
    private static PlainSip originating(Originating at, PlainSip invite) {
        var onward = at.onward(invite);
        assertThat(onward.requestUri()).isEqualTo(BOB);
        at.next.answers(onward, 486, "Busy Here");
        at.alice.receives("486");
        return onward;
    }

    /** For its recipient: whose devices are asked for. */
    private static void terminating(Originating at, PlainSip invite, String served) {
        at.alice.sends(at.pf.at(), invite);
        var subscribe = at.next.receives("SUBSCRIBE");
        assertThat(subscribe.requestUri()).isEqualTo(served);
        at.next.answers(subscribe, 404, "Not Found");
        at.alice.receives("480");
    }

    @LadderTest
    void theServedUserSaysIt(Scenario l) {
        var at = new Originating(l);
        var us = "<sip:" + at.pf.hostPort() + ";lr>";
        var back = "<sip:4711@" + at.next.hostPort() + ";lr>";
        for (var state : List.of("sescase=orig", "sescase=orig;regstate=reg", "orig-cdiv"))
            originating(at, served(invite(at, us, back), "<" + ALICE + ">;" + state));
        terminating(
                at,
                served(invite(at, us, back.replace(">", ";orig>")), "<" + BOB + ">;sescase=term"),
                BOB);
        // Not the Request-URI: it may name another identity of the user.
        terminating(
                at,
                served(invite(at, us, back), "<sip:robert@example.net>;sescase=term;regstate=reg"),
                "sip:robert@example.net");
        l.nothingMore();
    }

    @LadderTest
    void elseTheRouteEntryIsMarked(Scenario l) {
        var at = new Originating(l);
        var us = "<sip:" + at.pf.hostPort() + ";lr>";
        var back = "<sip:4711@" + at.next.hostPort() + ";lr>";
        originating(at, invite(at, us, back.replace(">", ";orig>")));
        originating(at, invite(at, us.replace(">", ";orig>"), back));
        originating(at, served(invite(at, us, back.replace(">", ";orig>")), "<" + ALICE + ">"));
        // That of a server behind concerns that server.
        terminating(at, invite(at, us, back, "<sip:icscf.example.net;lr;orig>"), BOB);
        l.nothingMore();
    }

    @LadderTest
    void elseTheAddressThatTheCoreWasToldIsOneOfTwo(Scenario l) {
        var at = new Originating(l);
        var back = "<sip:4711@" + at.next.hostPort() + ";lr>";
        originating(at, invite(at, "<sip:orig@" + at.pf.hostPort() + ";lr>", back));
        terminating(at, invite(at, "<sip:term@" + at.pf.hostPort() + ";lr>", back), BOB);
        terminating(at, invite(at, "<sip:" + at.pf.hostPort() + ";lr>", back), BOB);
        l.nothingMore();
    }

    @LadderTest
    void aServedUserThatCannotBeReadIs400(Scenario l) {
        var at = new Originating(l);
        at.refused(served(at.invite(), "<sip:alice@example.com;sescase=orig"), "400");
        l.nothingMore();
    }

    @LadderTest
    void whoeverIsNotRegisteredIsNotAskedFor(Scenario l) {
        var at = new Terminating(l);
        at.opf.sends(at.pf.at(), served(at.invite(), "<" + BOB + ">;sescase=term;regstate=unreg"));
        at.opf.receives("480");
        at.core.receivesNothing();
        l.nothingMore();
    }

    /** The original dialog identifier comes back as it was, by whatever name we were called. */
    @LadderTest
    void theRouteBehindOurEntryIsTakenAsItIs(Scenario l) {
        var at =
                new Originating(
                        l, s -> s.named(List.of("posthorn.ims.example.com", "192.0.2.20:5071")));
        var back = "<sip:4711.%20x@" + at.next.hostPort() + ";lr;orig;odi=a-b>";
        var further = "<sip:further@192.0.2.77:5099;lr>";
        for (var us :
                List.of(
                        "<sip:" + at.pf.hostPort() + ";lr>",
                        "<sip:Posthorn.ims.example.com;lr>",
                        "<sip:192.0.2.20:5071;transport=tls;lr>",
                        "<sip:posthorn.ims.example.com:5070;transport=udp;lr>")) {
            var onward = originating(at, invite(at, us, back, further));
            assertThat(onward.headers("Route")).containsExactly(back, further);
        }
        l.nothingMore();
    }

    @LadderTest
    void withoutARouteBehindTheNextHopIsThatOfTheSettings(Scenario l) {
        var at = new Originating(l);
        var onward = originating(at, invite(at, "<sip:orig@" + at.pf.hostPort() + ";lr>"));
        assertThat(onward.headers("Route")).containsExactly("<sip:" + at.next.hostPort() + ";lr>");
        l.nothingMore();
    }
}

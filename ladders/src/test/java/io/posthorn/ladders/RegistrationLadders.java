package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.BOB;
import static io.posthorn.ladders.PlainRegistrar.contact;
import static io.posthorn.ladders.PlainRegistrar.full;
import static io.posthorn.ladders.PlainRegistrar.partial;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.participating.Settings;
import io.posthorn.ladders.Terminating.Device;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * What a Terminating PF makes of the registration event of the user it serves: OMA CPM Conv 8.1.3,
 * RFC 3680.
 */
class RegistrationLadders {

    /** The next call goes to these devices, which refuse it. */
    private static void reaches(Terminating at, Device... devices) {
        at.opf.sends(at.pf.at(), at.invite());
        reached(at, Arrays.stream(devices).map(Device::gruu).toList());
    }

    private static void reached(Terminating at, List<String> uris) {
        var invites = at.invited(uris.size());
        assertThat(invites.keySet()).containsExactlyInAnyOrderElementsOf(uris);
        for (var invite : invites.values()) at.core.answers(invite, 486, "Busy Here");
        at.opf.receives("486");
    }

    /** The next call goes to nobody. */
    private static PlainSip reachesNobody(Terminating at) {
        at.opf.sends(at.pf.at(), at.invite());
        return at.opf.receives("480");
    }

    private static PlainRegistrar begins(Terminating at, Device... devices) {
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(
                full(
                        0,
                        BOB,
                        Arrays.stream(devices)
                                .map(PlainRegistrar::contact)
                                .toArray(String[]::new)));
        reached(at, Arrays.stream(devices).map(Device::gruu).toList());
        return registrar;
    }

    // ---- documents

    @LadderTest
    @Proves({"S1-TPF-11", "S1-TPF-13"})
    void partialDocumentsChangeWhoIsCalled(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var registrar = begins(at, phone);
        registrar.tells(partial(1, BOB, contact(tablet)));
        reaches(at, phone, tablet);
        registrar.tells(partial(2, BOB, contact(phone, "terminated", "unregistered", true)));
        reaches(at, tablet);
        registrar.tells(PlainRegistrar.document(3, "partial", BOB, "terminated"));
        reachesNobody(at);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** A document is lost: all is asked for, and what is known stays known until it comes. */
    @LadderTest
    void aVersionGapAsksForEverything(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var registrar = begins(at, phone);
        registrar.tells(partial(2, BOB, contact(tablet)));
        registrar.isRefreshed();
        reaches(at, phone);
        // Nothing partial counts before that, and it is asked for once.
        registrar.tells(partial(3, BOB, contact(phone, "terminated", "expired", true)));
        reaches(at, phone);
        registrar.tells(full(4, BOB, contact(tablet)));
        reaches(at, tablet);
        registrar.tells(partial(5, BOB, contact(phone)));
        reaches(at, phone, tablet);
        at.core.receivesNothing();
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest
    void anOldDocumentChangesNothing(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var registrar = begins(at, phone);
        registrar.tells(partial(1, BOB, contact(tablet)));
        registrar.tells(partial(1, BOB, contact(phone, "terminated", "expired", true)));
        registrar.tells(partial(0, BOB, contact(tablet, "terminated", "expired", true)));
        reaches(at, phone, tablet);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** The first document must be a full one; a registrar that sends none is asked once. */
    @LadderTest(Wire.SIMULATED)
    void aSubscriptionThatBeginsWithAPartialDocumentIsNotBelieved(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(partial(0, BOB, contact(phone)));
        registrar.isRefreshed();
        registrar.tells(partial(1, BOB, contact(phone)));
        at.core.receivesNothing();
        l.pass(Duration.ofSeconds(4));
        at.opf.receivesNothing();
        assertThat(at.opf.receives("480").header("Warning")).contains("Registration not known");
        registrar.tells(full(2, BOB, contact(phone)));
        reaches(at, phone);
        registrar.ends("noresource", "");
        l.pass(Duration.ofSeconds(2));
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-11")
    void aTerminatedContactIsNotCalled(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(
                full(0, BOB, contact(phone), contact(tablet, "terminated", "expired", true)));
        reached(at, List.of(phone.gruu()));
        for (var event : List.of("expired", "deactivated", "unregistered", "rejected")) {
            registrar.tells(full(1, BOB, contact(phone, "terminated", event, true)));
            reachesNobody(at);
        }
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-13")
    void aContactWithoutGruuIsNotCalled(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(
                full(0, BOB, contact(phone), contact(tablet, "active", "registered", false)));
        reached(at, List.of(phone.gruu()));
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest
    void aContactWithoutGruuIsCalledByItselfWhereThatIsAllowed(Scenario l) {
        var at = new Terminating(l, s -> s.with(new Settings.Devices(false, false, false)));
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(
                full(0, BOB, contact(phone), contact(tablet, "active", "registered", false)));
        reached(at, List.of(phone.gruu(), tablet.contact()));
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** What cannot be read changes nothing, and all is asked for. */
    @LadderTest
    void aMalformedDocumentChangesNothing(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var registrar = begins(at, phone);
        registrar.tells("<reginfo");
        registrar.isRefreshed();
        reaches(at, phone);
        for (var bad :
                List.of(
                        "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>",
                        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>",
                        full(1, BOB, "<contact id=\"x\" state=\"active\" event=\"registered\"/>"),
                        full(1, BOB).replace("version=\"1\"", "version=\"one\"")))
            registrar.tells(bad);
        reaches(at, phone);
        at.core.receivesNothing();
        registrar.tells(full(1, BOB));
        reachesNobody(at);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** A call that waits for a malformed document is answered when the next one comes. */
    @LadderTest
    void aCallWaitsForADocumentThatCanBeRead(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells("nonsense");
        registrar.isRefreshed();
        registrar.tells(full(0, BOB, contact(phone)));
        reached(at, List.of(phone.gruu()));
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest
    void registrationsOfAnotherAddressAreNotOurs(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        at.opf.sends(at.pf.at(), at.invite());
        var registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(full(0, "sip:mallory@example.net", contact(phone)));
        at.opf.receives("480");
        registrar.tells(partial(1, "sip:BOB@EXAMPLE.NET".replace("BOB", "bob"), contact(phone)));
        reaches(at, phone);
        registrar.tells(
                PlainRegistrar.document(2, "partial", "sip:mallory@example.net", "terminated"));
        reaches(at, phone);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    // ---- the end of a subscription

    /** RFC 6665 section 4.1.3: a new one may be had at once; what is known stays meanwhile. */
    @LadderTest(Wire.SIMULATED)
    void aSubscriptionThatIsMovedOrTimedOutIsBegunAnew(Scenario l) {
        for (var reason : List.of("deactivated", "timeout")) {
            var at = new Terminating(l, s -> s, "TPF " + reason);
            var phone = at.device("phone");
            var tablet = at.device("tablet");
            var registrar = begins(at, phone);
            registrar.ends(reason, "");
            reaches(at, phone);
            registrar = PlainRegistrar.subscribed(at.core);
            reaches(at, phone);
            registrar.tells(full(0, BOB, contact(tablet)));
            reaches(at, tablet);
            registrar.ends("noresource", "");
        }
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aSubscriptionOnProbationIsBegunAnewWhenItMayBe(Scenario l) {
        for (var reason : List.of("probation", "giveup")) {
            var at = new Terminating(l, s -> s, "TPF " + reason);
            var phone = at.device("phone");
            var registrar = begins(at, phone);
            registrar.ends(reason + ";retry-after=100", "");
            l.pass(Duration.ofSeconds(98));
            at.core.receivesNothing();
            reaches(at, phone);
            registrar = PlainRegistrar.subscribed(at.core);
            registrar.tells(full(0, BOB));
            reachesNobody(at);
            registrar.ends("noresource", "");
        }
        l.nothingMore();
    }

    /** Nobody is known any more; the next call asks again. */
    @LadderTest
    void aSubscriptionThatEndedForGoodIsBegunByTheNextCall(Scenario l) {
        for (var reason : List.of("rejected", "noresource", "", "x-unheard-of")) {
            var at = new Terminating(l, s -> s, "TPF " + reason);
            var phone = at.device("phone");
            var registrar = begins(at, phone);
            registrar.ends(reason, "");
            at.core.receivesNothing();
            registrar = begins(at, phone);
            registrar.ends(reason, full(1, BOB));
        }
        l.nothingMore();
    }

    @LadderTest
    void whatIsInvariantStaysKnown(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var registrar = begins(at, phone);
        registrar.ends("invariant", "");
        reaches(at, phone);
        at.core.receivesNothing();
        l.nothingMore();
    }

    /** A call that waits is told when there will be no answer. */
    @LadderTest
    void aSubscriptionThatEndsBeforeItToldAnythingIsNoAnswer(Scenario l) {
        for (var reason : List.of("rejected", "noresource", "invariant", "")) {
            var at = new Terminating(l, s -> s, "TPF " + reason);
            at.device("phone");
            at.opf.sends(at.pf.at(), at.invite());
            PlainRegistrar.subscribed(at.core).ends(reason, "");
            assertThat(at.opf.receives("480").header("Warning"))
                    .matches("399 \\S+ \"Registration not known: .+\"");
        }
        l.nothingMore();
    }

    @LadderTest
    void aNotifyOfAnUnknownDialogIsAnswered481(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var registrar = begins(at, phone);
        for (var to : List.of("<sip:tpf@example.com>", "<sip:tpf@example.com>;tag=none")) {
            at.core.sends(
                    at.pf.at(),
                    PlainSip.of("NOTIFY sip:" + at.pf.hostPort() + " SIP/2.0")
                            .with("Max-Forwards", "70")
                            .with("From", "<" + BOB + ">;tag=stranger")
                            .with("To", to)
                            .with("Call-ID", "nobody-knows-" + l.number())
                            .with("CSeq", "1 NOTIFY")
                            .with("Contact", "<sip:" + at.core.hostPort() + ">")
                            .with("Event", "reg")
                            .with("Subscription-State", "active;expires=100")
                            .body("application/reginfo+xml", full(0, BOB)));
            at.core.receives("481");
        }
        reaches(at, phone);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    // ---- a subscription that is refused

    @LadderTest
    void aRefusedSubscriptionIs480WithAWarning(Scenario l) {
        for (int code : List.of(403, 404, 480, 489, 500, 503)) {
            var at = new Terminating(l, s -> s, "TPF " + code);
            var phone = at.device("phone");
            at.opf.sends(at.pf.at(), at.invite());
            at.core.answers(at.core.receives("SUBSCRIBE"), code, "Refused");
            assertThat(at.opf.receives("480").header("Warning"))
                    .matches("399 \\S+ \"Registration not known: " + code + ".*\"");
            // It is not held against the user: the next call asks again.
            begins(at, phone).ends("noresource", "");
        }
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aRegistrarThatIsNotThereIs480WithAWarning(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        at.opf.sends(at.pf.at(), at.invite());
        at.core.receives("SUBSCRIBE");
        l.pass(Duration.ofSeconds(4));
        at.opf.receivesNothing();
        assertThat(at.opf.receives("480").header("Warning")).contains("Registration not known");
        l.pass(Duration.ofSeconds(35));
        begins(at, phone).ends("noresource", "");
        l.nothingMore();
    }

    /** It answers, but says nothing. */
    @LadderTest(Wire.SIMULATED)
    void aRegistrarThatNeverNotifiesIs480WithAWarning(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        at.opf.sends(at.pf.at(), at.invite());
        PlainRegistrar.subscribed(at.core);
        assertThat(at.opf.receives("480").header("Warning")).contains("Registration not known");
        // RFC 6665 section 4.1.2.4: without a NOTIFY the subscription is over after 64*T1.
        l.pass(Duration.ofSeconds(35));
        begins(at, phone).ends("noresource", "");
        l.nothingMore();
    }
}

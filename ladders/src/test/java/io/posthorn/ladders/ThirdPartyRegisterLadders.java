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
import java.util.List;

/**
 * What a Terminating PF makes of the REGISTER with which a core tells of a user: 3GPP TS 24.229
 * sections 5.4.1.7 and 5.7.1.1.
 */
class ThirdPartyRegisterLadders {

    private static final Settings.Devices BY_CONTACT = new Settings.Devices(false, false, false);
    private static final Settings.Devices BY_BUILT_GRUU = new Settings.Devices(true, true, false);

    // ---- what the core sends

    private static PlainSip register(Terminating at, String expires) {
        return PlainSip.of("REGISTER sip:" + at.pf.hostPort() + " SIP/2.0")
                .with("Max-Forwards", "70")
                .with("From", "<sip:" + at.core.hostPort() + ">;tag=third")
                .with("To", "<" + BOB + ">")
                .with("Call-ID", "third-" + at.l.number())
                .with("CSeq", "1 REGISTER")
                .with("Contact", "<sip:" + at.core.hostPort() + ">")
                .with("Expires", expires);
    }

    private static PlainSip register(Terminating at, String expires, String inside) {
        return register(at, expires).body("message/sip", inside);
    }

    /** The client's own REGISTER. */
    private static String asked(String... contacts) {
        return "REGISTER sip:example.net SIP/2.0\r\n" + fields() + contacts(contacts);
    }

    /** Its answer. */
    private static String granted(String... contacts) {
        return "SIP/2.0 200 OK\r\n" + fields() + contacts(contacts);
    }

    private static String fields() {
        return "Via: SIP/2.0/TCP 203.0.113.7:5060;branch=z9hG4bKr1\r\nMax-Forwards: 70\r\n"
                + "From: <sip:bob@example.net>;tag=r1\r\nTo: <sip:bob@example.net>\r\n"
                + "Call-ID: reg-1@203.0.113.7\r\nCSeq: 1 REGISTER\r\nExpires: 7200\r\n";
    }

    private static String contacts(String... contacts) {
        var text = new StringBuilder();
        for (var contact : contacts) text.append("Contact: ").append(contact).append("\r\n");
        return text + "Content-Length: 0\r\n\r\n";
    }

    private static String of(Device device) {
        return "<" + device.contact() + ">;+sip.instance=\"<" + instance(device) + ">\";reg-id=1";
    }

    private static String capable(Device device) {
        return of(device) + ";" + device.tags();
    }

    private static String instance(Device device) {
        return device.gruu().substring(device.gruu().indexOf(";gr=") + 4);
    }

    private static PlainSip both(PlainSip register, String asked, String granted) {
        var part = "--b1\r\nContent-Type: message/sip\r\n\r\n";
        return register.body(
                "multipart/mixed;boundary=b1",
                "--b1\r\nContent-Type: application/3gpp-ims+xml\r\n\r\n<ims-3gpp version=\"1\">"
                        + "<service-info>large=yes</service-info></ims-3gpp>\r\n"
                        + part
                        + asked
                        + "\r\n"
                        + part
                        + granted
                        + "\r\n--b1--\r\n");
    }

    // ---- what follows

    /** What is taken, and leads to nothing more. */
    private static void tells(Terminating at, PlainSip register) {
        at.core.sends(at.pf.at(), register);
        at.core.receives("200");
        settles(at);
    }

    /** What is taken, and leads to this SUBSCRIBE. */
    private static PlainSip begins(Terminating at, PlainSip register) {
        at.core.sends(at.pf.at(), register);
        var first = at.core.receivesAny();
        // The one may overtake the other.
        if (first.what().equals("200")) return at.core.receives("SUBSCRIBE");
        at.core.receives("200");
        assertThat(first.what()).isEqualTo("SUBSCRIBE");
        return first;
    }

    private static void refuses(Terminating at, PlainSip subscribe, int code) {
        at.core.answers(subscribe, code, "Refused");
        settles(at);
    }

    private static void refuses(Terminating at, int code) {
        refuses(at, at.core.receives("SUBSCRIBE", Duration.ofMinutes(2)), code);
    }

    private static PlainRegistrar accepts(Terminating at, PlainSip subscribe) {
        return PlainRegistrar.accepting(at.core, subscribe);
    }

    /** What one party sent is there before what another one sends next. */
    private static void settles(Terminating at) {
        at.l.pass(Duration.ofMillis(20));
    }

    private static void reaches(Terminating at, String... uris) {
        at.opf.sends(at.pf.at(), at.invite());
        var invites = at.invited(uris.length);
        assertThat(invites.keySet()).containsExactlyInAnyOrder(uris);
        for (var invite : invites.values()) at.core.answers(invite, 486, "Busy Here");
        at.opf.receives("486");
    }

    private static void reachesNobody(Terminating at) {
        at.opf.sends(at.pf.at(), at.invite());
        at.opf.receives("480");
    }

    private static Terminating terminating(Scenario l, Settings.Devices devices) {
        return new Terminating(l, s -> s.with(devices));
    }

    // ---- who may

    @LadderTest
    void ofAStrangerIs403(Scenario l) {
        var pass = new Settings.Trust(List.of(), "only-our-core-knows");
        var at = new Terminating(l, s -> s.with(pass));
        var phone = at.device("phone");
        var register = register(at, "3600", asked(capable(phone)));
        at.core.sends(at.pf.at(), register);
        assertThat(at.core.receives("403").header("Warning")).matches("399 \\S+ \".+\"");
        at.core.receivesNothing();
        var proven = "sip:only-our-core-knows@" + at.pf.hostPort();
        refuses(at, begins(at, register.set("Call-ID", "third-proven").requestUri(proven)), 404);
        l.nothingMore();
    }

    @LadderTest
    void thatNamesNobodyIs400(Scenario l) {
        var at = new Terminating(l);
        at.core.sends(at.pf.at(), register(at, "3600").set("To", "<mailto:bob@example.net>"));
        at.core.receives("400");
        at.core.receivesNothing();
        l.nothingMore();
    }

    /** Of what is inside and cannot be read nothing is believed; the user is asked for. */
    @LadderTest
    void whatCannotBeReadInsideIsLeftOut(Scenario l) {
        for (var inside :
                List.of(
                        "nonsense",
                        asked("<sip:bob@203.0.113.7:5060").replace("CSeq", "X-CSeq"),
                        asked("<sip:bob@203.0.113.7:5060>;q=;=\"", "*"))) {
            var at = new Terminating(l, s -> s, "TPF " + inside.length());
            refuses(at, begins(at, register(at, "3600", inside)), 489);
            at.opf.sends(at.pf.at(), at.invite());
            refuses(at, 489);
            at.opf.receives("480");
        }
        l.nothingMore();
    }

    // ---- a core without the registration event

    @LadderTest
    void devicesAreKnownWhereTheEventIsRefused(Scenario l) {
        for (int code : List.of(403, 404, 405, 489, 501)) {
            var at = new Terminating(l, s -> s.with(BY_CONTACT), "TPF " + code);
            var phone = at.device("phone");
            var tablet = at.device("tablet");
            refuses(at, begins(at, register(at, "3600", asked(capable(phone)))), code);
            reaches(at, phone.contact());
            // It has no such event at all, or just not yet.
            hears(at, code, register(at, "3600", asked(capable(tablet))));
            reaches(at, phone.contact(), tablet.contact());
            hears(at, code, register(at, "3600", asked(capable(phone) + ";expires=0")));
            reaches(at, tablet.contact());
            tells(at, register(at, "0"));
            at.opf.sends(at.pf.at(), at.invite());
            refuses(at, code);
            at.opf.receives("480");
        }
        l.nothingMore();
    }

    private static void hears(Terminating at, int code, PlainSip register) {
        if (code < 405) refuses(at, begins(at, register), code);
        else tells(at, register);
    }

    /** A notifier that has nothing to say, as one that hears of no registrations. */
    @LadderTest
    void devicesAreKnownWhereTheEventIsEmpty(Scenario l) {
        var at = terminating(l, BY_CONTACT);
        var phone = at.device("phone");
        var registrar = accepts(at, begins(at, register(at, "3600", asked(capable(phone)))));
        registrar.tells("");
        reaches(at, phone.contact());
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** A call waits for the event, but not longer than for this. */
    @LadderTest(Wire.SIMULATED)
    void devicesAreKnownWhereTheEventIsSilent(Scenario l) {
        var at = terminating(l, BY_CONTACT);
        var phone = at.device("phone");
        var registrar = accepts(at, begins(at, register(at, "3600", asked(capable(phone)))));
        at.opf.sends(at.pf.at(), at.invite());
        l.pass(Duration.ofMillis(1_900));
        at.core.receivesNothing();
        var invites = at.invited(1);
        assertThat(invites).containsOnlyKeys(phone.contact());
        at.core.answers(invites.values().iterator().next(), 486, "Busy Here");
        at.opf.receives("486");
        // Without a NOTIFY it is over after 64*T1, and begun anew.
        l.pass(Duration.ofSeconds(35));
        registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(full(0, BOB));
        reachesNobody(at);
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aDeviceLivesAsLongAsItWasSaidTo(Scenario l) {
        var at = terminating(l, BY_CONTACT);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var asked = asked(capable(phone) + ";expires=60", capable(tablet) + ";expires=900000");
        refuses(at, begins(at, register(at, "600", asked)), 489);
        l.pass(Duration.ofSeconds(58));
        reaches(at, phone.contact(), tablet.contact());
        l.pass(Duration.ofSeconds(3));
        reaches(at, tablet.contact());
        // No longer than the user is registered.
        l.pass(Duration.ofSeconds(541));
        at.opf.sends(at.pf.at(), at.invite());
        refuses(at, 489);
        at.opf.receives("480");
        l.nothingMore();
    }

    @LadderTest
    void anAnswerInsideNamesAllThereAre(Scenario l) {
        var at = terminating(l, BY_CONTACT);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        refuses(at, begins(at, register(at, "3600", asked(capable(phone)))), 489);
        tells(at, both(register(at, "3600"), asked(capable(tablet)), granted(of(tablet))));
        reaches(at, tablet.contact());
        tells(at, register(at, "3600", asked("*").replace("Expires: 7200", "Expires: 0")));
        at.opf.sends(at.pf.at(), at.invite());
        refuses(at, 489);
        at.opf.receives("480");
        l.nothingMore();
    }

    // ---- the public GRUU

    @LadderTest
    void theGruuIsThatOfTheEvent(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        var other = of(phone) + ";pub-gruu=\"sip:bob@example.net;gr=other\"";
        var registrar =
                accepts(
                        at,
                        begins(
                                at,
                                both(register(at, "3600"), asked(capable(phone)), granted(other))));
        registrar.tells(full(0, BOB, contact(phone)));
        reaches(at, phone.gruu());
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest
    void elseThatOfTheAnswerInside(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        var gruu = "sip:bob@example.net;gr=kjh29x97us97d";
        var ours = of(phone) + ";pub-gruu=\"" + gruu + "\";expires=3600";
        refuses(
                at,
                begins(at, both(register(at, "3600"), asked(capable(phone)), granted(ours))),
                489);
        reaches(at, gruu);
        // A refresh without the answer does not forget it.
        tells(at, register(at, "3600", asked(of(phone))));
        reaches(at, gruu);
        tells(at, register(at, "0"));
        l.nothingMore();
    }

    @LadderTest
    void elseItIsMadeOfAddressAndInstance(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        refuses(at, begins(at, register(at, "3600", asked(capable(phone)))), 489);
        reaches(at, BOB + ";gr=" + instance(phone));
        tells(at, register(at, "0"));
        l.nothingMore();
    }

    /** The event of some cores names contacts, and nothing of what they are. */
    @LadderTest
    void theEventIsCompletedByWhatARegisterTold(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var registrar =
                accepts(
                        at,
                        begins(at, register(at, "3600", asked(capable(phone), capable(tablet)))));
        registrar.tells(full(0, BOB, bare(phone)));
        reaches(at, BOB + ";gr=" + instance(phone));
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    private static String bare(Device device) {
        return "<contact id=\"0x7f\" state=\"active\" event=\"created\" expires=\"3600\""
                + " received=\"\" path=\"\"><uri>"
                + device.contact()
                + "</uri></contact>";
    }

    @LadderTest
    @Proves("S1-TPF-13")
    void withoutAGruuADeviceIsNotCalledWhereOneIsRequired(Scenario l) {
        var at = terminating(l, new Settings.Devices(true, false, false));
        var phone = at.device("phone");
        refuses(at, begins(at, register(at, "3600", asked(capable(phone)))), 489);
        reachesNobody(at);
        tells(at, register(at, "0"));
        l.nothingMore();
    }

    /** RFC 5626: over two flows. */
    @LadderTest
    void aDeviceThatRegisteredTwiceIsCalledOnce(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        var second = capable(phone).replace("203.0.113.7", "203.0.113.77").replace("id=1", "id=2");
        refuses(at, begins(at, register(at, "3600", asked(capable(phone), second))), 489);
        reaches(at, BOB + ";gr=" + instance(phone));
        tells(at, register(at, "0"));
        l.nothingMore();
    }

    // ---- a core that goes away

    /** What it told stays known; it is asked again after 1, 2, 4 ... 60 s. */
    @LadderTest(Wire.SIMULATED)
    void aCoreThatIsAwayForAMinuteCostsRetries(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var registrar = accepts(at, begins(at, register(at, "3600", asked(capable(phone)))));
        registrar.tells(full(0, BOB, contact(phone)));
        registrar.ends("deactivated", "");
        for (int code : List.of(503, 480, 500)) refuses(at, code);
        l.pass(Duration.ofSeconds(7));
        // Nobody answers at all: the call fails, and says so.
        at.core.receives("SUBSCRIBE", Duration.ofSeconds(20));
        at.opf.sends(at.pf.at(), at.invite());
        at.core.receives("INVITE");
        assertThat(at.opf.receives("408", Duration.ofSeconds(40)).start()).contains("408");
        registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(full(0, BOB, contact(phone)));
        reaches(at, phone.gruu());
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /**
     * A core that began anew has forgotten who subscribed, and the first REGISTER after that shows
     * it.
     */
    @LadderTest(Wire.SIMULATED)
    void aCoreThatBeganAnewIsSubscribedToAnew(Scenario l) {
        var at = terminating(l, BY_BUILT_GRUU);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var registrar = accepts(at, begins(at, register(at, "3600", asked(capable(phone)))));
        registrar.tells(full(0, BOB, contact(phone)));
        l.pass(Duration.ofSeconds(1));
        tells(at, register(at, "3600", asked(capable(tablet))));
        reaches(at, phone.gruu(), tablet.gruu());
        l.pass(Duration.ofSeconds(2));
        refuses(at, 481);
        l.pass(Duration.ofSeconds(2));
        registrar = PlainRegistrar.subscribed(at.core);
        registrar.tells(full(0, BOB, contact(tablet)));
        reaches(at, tablet.gruu());
        // The event tells what the next REGISTER does: nothing needs to be asked.
        tells(at, register(at, "3600", asked(capable(phone))));
        registrar.tells(partial(1, BOB, contact(phone)));
        l.pass(Duration.ofSeconds(5));
        at.core.receivesNothing();
        reaches(at, phone.gruu(), tablet.gruu());
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void whoeverLeftIsAskedForIfTheEventDoesNotSaySo(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var registrar = begins(at, phone);
        tells(at, register(at, "0"));
        l.pass(Duration.ofSeconds(1));
        at.core.receivesNothing();
        l.pass(Duration.ofSeconds(1));
        registrar.isRefreshed();
        registrar.tells(full(1, BOB));
        reachesNobody(at);
        // Here it does, at once.
        registrar.tells(full(2, BOB, contact(phone)));
        tells(at, register(at, "0"));
        registrar.tells(full(3, BOB));
        l.pass(Duration.ofSeconds(4));
        at.core.receivesNothing();
        registrar.ends("noresource", "");
        l.nothingMore();
    }

    /** Its device is known by the event. */
    private static PlainRegistrar begins(Terminating at, Device device) {
        var registrar = accepts(at, begins(at, register(at, "3600", asked(capable(device)))));
        registrar.tells(full(0, BOB, contact(device)));
        reaches(at, device.gruu());
        return registrar;
    }
}

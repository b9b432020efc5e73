package io.posthorn.sipcore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.dialog.SubscriptionEvent;
import io.posthorn.sip.reginfo.RegInfo;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.Track;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SipCoreTest {

    private static final String INSTANCE = "urn:uuid:2f0a9e54-7f5b-4b6c-9d0a-111111111111";
    private static final String GRUU = "sip:bob@example.net;gr=" + INSTANCE;
    private static final String LARGE =
            "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.largemsg\"";

    private final Simulation simulation = new Simulation(7);
    private final String core = simulation.address("core").getHostAddress();
    private final String server = simulation.address("server").getHostAddress();
    private final SipCore sipCore = core();
    private final Party alice = new Party("alice");
    private final Party bob = new Party("bob");

    @AfterEach
    void end() {
        simulation.close();
    }

    private SipCore core() {
        var world = simulation.node("core");
        var transactions = new SipTransactions(world, SipSettings.standard());
        var filter =
                new FilterCriteria(
                        List.of("INVITE"), List.of("oma.cpm"), "sip:" + server + ":5060");
        var made =
                new SipCore(
                        world,
                        transactions,
                        new SipCore.Settings(
                                core,
                                5060,
                                List.of("example.com", "example.net"),
                                Duration.ofDays(7),
                                List.of(filter),
                                SipCore.Access.OPEN));
        listen(transactions, core);
        return made;
    }

    private static void listen(SipTransactions transactions, String host) {
        for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP)) {
            transactions.listen(kind, new InetSocketAddress(host, 5060));
        }
    }

    // ---- registrar

    @Test
    void aDeviceWithAnInstanceGetsGruus() {
        var ok = bob.register("sip:bob@example.net", INSTANCE, 600);
        assertThat(ok.code()).isEqualTo(200);
        var contact = ok.contact().orElseThrow();
        assertThat(contact.params().get("pub-gruu")).contains(GRUU);
        assertThat(contact.params().get("temp-gruu").orElseThrow()).endsWith("@example.net;gr");
        assertThat(contact.params().get("expires")).contains("600");
        assertThat(ok.header("Service-Route")).contains("<sip:orig@" + core + ":5060;lr>");
        assertThat(ok.header("P-Associated-URI")).contains("<sip:bob@example.net>");
        assertThat(sipCore.devices("sip:bob@example.net")).isEqualTo(1);
    }

    @Test
    void aRegistrationEndsByItselfAndByExpiresZero() {
        bob.register("sip:bob@example.net", INSTANCE, 600);
        simulation.pass(Duration.ofSeconds(601));
        assertThat(sipCore.devices("sip:bob@example.net")).isZero();

        bob.register("sip:bob@example.net", INSTANCE, 600);
        assertThat(bob.register("sip:bob@example.net", INSTANCE, 0).contact()).isEmpty();
        assertThat(sipCore.devices("sip:bob@example.net")).isZero();
    }

    @Test
    void aStarRemovesEveryContactButOnlyAlone() {
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var request = bob.registration("sip:bob@example.net").with("Contact", "*");
        assertThat(bob.ask(request).code()).isEqualTo(400);
        assertThat(bob.ask(request.with("Expires", "0")).code()).isEqualTo(200);
        assertThat(sipCore.devices("sip:bob@example.net")).isZero();
    }

    @Test
    void refusesWhatItMust() {
        assertThat(bob.register("sip:bob@example.org", INSTANCE, 600).code()).isEqualTo(404);
        assertThat(bob.register("sip:bob@example.net", INSTANCE, 5).header("Min-Expires"))
                .contains("60");
        var other =
                bob.registration("sip:bob@example.net").with("From", "<sip:eve@example.net>;tag=e");
        assertThat(bob.ask(other).code()).isEqualTo(403);
        assertThat(
                        bob.ask(
                                        SipRequest.of("INVITE", "sip:bob@example.net")
                                                .with("From", "<sip:bob@example.net>")
                                                .with("To", "<sip:bob@example.net>")
                                                .with("Contact", "<sip:x@" + core + ">"))
                                .code())
                .isEqualTo(403);
    }

    @Test
    void aStarThatWasOvertakenChangesNothing() {
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var star =
                bob.registration("sip:bob@example.net")
                        .with("CSeq", "1 REGISTER")
                        .with("Contact", "*")
                        .with("Expires", "0");
        assertThat(bob.ask(star).code()).isEqualTo(500);
        assertThat(sipCore.devices("sip:bob@example.net")).isEqualTo(1);
    }

    @Test
    void aUserHasSixteenDevicesAndNoMore() {
        for (int n = 0; n < 16; n++)
            assertThat(bob.register("sip:bob@example.net", "urn:uuid:" + n, 600).code())
                    .isEqualTo(200);
        assertThat(bob.register("sip:bob@example.net", "urn:uuid:16", 600).code()).isEqualTo(403);
        assertThat(bob.register("sip:bob@example.net", "urn:uuid:3", 600).code()).isEqualTo(200);
        assertThat(sipCore.devices("sip:bob@example.net")).isEqualTo(16);
    }

    @Test
    void aRefreshPutsOffTheEndAndKeepsEarlierTemporaryGruus() {
        var first = bob.register("sip:bob@example.net", INSTANCE, 600);
        simulation.pass(Duration.ofSeconds(400));
        bob.register("sip:bob@example.net", INSTANCE, 600);
        simulation.pass(Duration.ofSeconds(400));
        assertThat(sipCore.devices("sip:bob@example.net")).isEqualTo(1);

        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        var gruu = first.contact().orElseThrow().params().get("temp-gruu").orElseThrow();
        alice.call(SipRequest.of("INVITE", gruu).with("From", "<sip:alice@example.com>"));
        assertThat(bob.calls).hasSize(1);

        simulation.pass(Duration.ofSeconds(201));
        assertThat(sipCore.devices("sip:bob@example.net")).isZero();
    }

    @Test
    void aRegistrarRefusesWhatItDoesNotKnow() {
        var asked = bob.registration("sip:bob@example.net").with("Require", "gruu, nothing");
        var refused = bob.ask(asked);
        assertThat(refused.code()).isEqualTo(420);
        assertThat(refused.header("Unsupported")).contains("nothing");
    }

    @Test
    void aToTagDoesNotMakeAnIdentityBelieved() {
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var invite = SipRequest.of("INVITE", GRUU).with("From", "<sip:carol@example.org>");
        alice.call(invite);
        var leg = bob.calls.getFirst();
        leg.answer(SipResponse.to(leg.invite(), 200));
        simulation.pass(Duration.ofSeconds(1));
        var call = alice.events.getFirst().leg();
        call.acknowledge();
        call.ask(
                SipRequest.of("INFO", GRUU)
                        .with("P-Asserted-Identity", "<sip:mallory@example.com>"));
        simulation.pass(Duration.ofSeconds(1));
        var info = bob.first(LegEvent.Asked.class).question().request();
        assertThat(info.header("P-Asserted-Identity")).isEmpty();
    }

    // ---- routing

    @Test
    void aRequestOfNoServiceGoesFromTheSenderToTheDevice() {
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        bob.register("sip:bob@example.net", INSTANCE, 600);
        alice.call(
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<sip:bob@example.net>")
                        .with("P-Asserted-Identity", "<sip:mallory@example.com>")
                        .with("Route", "<sip:orig@" + core + ":5060;lr>"));

        var arrived = bob.calls.getFirst().invite();
        assertThat(arrived.fields("P-Asserted-Identity"))
                .containsExactly("<sip:alice@example.com>");
        assertThat(arrived.header("P-Called-Party-ID")).contains("<sip:bob@example.net>");
        assertThat(arrived.header("Route")).isEmpty();

        bob.calls.getFirst().answer(SipResponse.to(arrived, 200));
        simulation.pass(Duration.ofSeconds(1));
        var answered = alice.first(LegEvent.Answered.class);
        assertThat(answered.ok().header("P-Asserted-Identity")).contains("<sip:bob@example.net>");
        answered.leg().acknowledge();
        simulation.pass(Duration.ofSeconds(1));
        assertThat(bob.first(LegEvent.Confirmed.class)).isNotNull();

        answered.leg().bye(null, Map.of());
        simulation.pass(Duration.ofSeconds(1));
        var bye = bob.first(LegEvent.Bye.class);
        bye.bye().answer(SipResponse.to(bye.bye().request(), 200));
        simulation.pass(Duration.ofSeconds(40));
        assertThat(alice.first(LegEvent.Ended.class).cause()).isEqualTo(LegEvent.Cause.BYE);
        assertThat(sipCore.open()).isZero();
    }

    @Test
    void aCpmRequestPassesTheServerForTheSenderThenForTheRecipientThenGoesToTheDevice() {
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var function = new Party("server");
        alice.call(
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<sip:bob@example.net>")
                        .with("Accept-Contact", LARGE));

        var originating = function.calls.getFirst().invite();
        assertThat(originating.header("P-Served-User"))
                .contains("<sip:alice@example.com>;sescase=orig;regstate=reg");
        var onward = originating.values("Route").getLast();
        assertThat(onward).contains(";orig");

        function.call(
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<sip:bob@example.net>")
                        .with("P-Asserted-Identity", "<sip:alice@example.com>")
                        .with("Accept-Contact", LARGE)
                        .with("Route", onward));
        var terminating = function.calls.getLast().invite();
        assertThat(terminating.header("P-Served-User"))
                .contains("<sip:bob@example.net>;sescase=term;regstate=reg");

        function.call(
                SipRequest.of("INVITE", GRUU)
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<sip:bob@example.net>")
                        .with("P-Asserted-Identity", "<sip:alice@example.com>")
                        .with("Privacy", "id")
                        .with("Accept-Contact", LARGE)
                        .with("Route", terminating.values("Route").getLast()));
        var delivered = bob.calls.getFirst().invite();
        assertThat(delivered.header("P-Called-Party-ID")).contains("<" + GRUU + ">");
        assertThat(delivered.header("P-Served-User")).isEmpty();
        assertThat(delivered.header("P-Asserted-Identity")).isEmpty();
    }

    @Test
    void whoeverHasNoDeviceIsUnavailable() {
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        alice.call(
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<sip:bob@example.net>"));
        assertThat(alice.first(LegEvent.Refused.class).response().code()).isEqualTo(480);
    }

    @Test
    void aNumberIsNobody() {
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        alice.call(
                SipRequest.of("INVITE", "tel:+15550100")
                        .with("From", "<sip:alice@example.com>")
                        .with("To", "<tel:+15550100>"));
        assertThat(alice.first(LegEvent.Refused.class).response().code()).isEqualTo(404);
    }

    @Test
    void aDeviceThatNamesItselfLaterIsStillOneDevice() {
        var contact = "<sip:bob@" + bob.address + ":5060>";
        bob.ask(bob.registration("sip:bob@example.net").with("Contact", contact));
        assertThat(bob.register("sip:bob@example.net", INSTANCE, 600).code()).isEqualTo(200);
        assertThat(sipCore.devices("sip:bob@example.net")).isEqualTo(1);
    }

    @Test
    void aCancelReachesTheDevice() {
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var leg =
                alice.call(
                        SipRequest.of("INVITE", "sip:bob@example.net")
                                .with("From", "<sip:alice@example.com>")
                                .with("To", "<sip:bob@example.net>"));
        leg.cancel(null);
        simulation.pass(Duration.ofSeconds(1));
        assertThat(bob.first(LegEvent.Cancelled.class)).isNotNull();
        assertThat(alice.first(LegEvent.Refused.class).response().code()).isEqualTo(487);
        assertThat(sipCore.open()).isZero();
    }

    @Test
    void ofTwoRefusalsTheOneThatSaysMoreGoesBack() {
        var carol = new Party("carol");
        bob.register("sip:bob@example.net", "urn:uuid:1", 600);
        carol.register("sip:bob@example.net", "urn:uuid:2", 600);
        alice.register("sip:alice@example.com", "urn:uuid:a", 600);
        var invite =
                SipRequest.of("INVITE", "sip:bob@example.net")
                        .with("From", "<sip:alice@example.com>");
        alice.call(invite);
        var first = bob.calls.getFirst();
        var second = carol.calls.getFirst();
        assertThat(first.invite().header("Max-Breadth")).contains("30");
        first.answer(SipResponse.to(first.invite(), 404));
        second.answer(SipResponse.to(second.invite(), 486));
        simulation.pass(Duration.ofSeconds(1));
        assertThat(alice.first(LegEvent.Refused.class).response().code()).isEqualTo(486);

        alice.events.clear();
        alice.call(invite.with("Max-Breadth", "1"));
        assertThat(alice.first(LegEvent.Refused.class).response().code()).isEqualTo(440);
        assertThat(sipCore.open()).isZero();
    }

    // ---- reg event

    @Test
    void aSubscriberHearsOfEveryChange() {
        bob.register("sip:bob@example.net", INSTANCE, 600);
        var told = new ArrayList<RegInfo>();
        alice.agent.subscribe(
                SipRequest.of("SUBSCRIBE", "sip:bob@example.net")
                        .with("From", "<sip:pf@example.com>")
                        .with("To", "<sip:bob@example.net>")
                        .with("Event", "reg")
                        .with("Accept", RegInfo.CONTENT_TYPE)
                        .with("Expires", "3600")
                        .with("Route", "<sip:" + core + ":5060;lr>"),
                event -> {
                    if (event instanceof SubscriptionEvent.Notified(_, var notify)) {
                        told.add(RegInfo.parse(notify.body()));
                    }
                });
        simulation.pass(Duration.ofSeconds(1));
        bob.register("sip:bob@example.net", INSTANCE, 0);

        assertThat(told).hasSize(2);
        var first = told.getFirst().registrations().getFirst();
        assertThat(first.state()).isEqualTo(RegInfo.State.ACTIVE);
        assertThat(first.contacts().getFirst().publicGruu()).isEqualTo(GRUU);
        assertThat(first.contacts().getFirst().instance()).contains(INSTANCE);
        var last = told.getLast().registrations().getFirst();
        assertThat(told.getLast().version()).isEqualTo(1);
        assertThat(last.state()).isEqualTo(RegInfo.State.TERMINATED);
        assertThat(last.contacts().getFirst().event()).isEqualTo(RegInfo.Event.UNREGISTERED);
    }

    // ---- who takes part

    private final class Party {
        final String address;
        final SipUserAgent agent;
        final List<Leg> calls = new ArrayList<>();
        final List<LegEvent> events = new ArrayList<>();
        private final Track track;
        private int registered;

        Party(String node) {
            address = simulation.address(node).getHostAddress();
            var world = simulation.node(node);
            track = world.recorder().open("test", Map.of());
            var transactions = new SipTransactions(world, SipSettings.standard());
            agent = new DialogUserAgent(world, transactions, Settings.at(address, 5060));
            agent.onInvite(leg -> {
                leg.progress(SipResponse.to(leg.invite(), 180));
                leg.inbox(track, events::add);
                calls.add(leg);
            });
            listen(transactions, address);
        }

        SipRequest registration(String user) {
            return SipRequest.of("REGISTER", "sip:" + user.split("@", 2)[1])
                    .with("From", "<" + user + ">")
                    .with("To", "<" + user + ">")
                    .with("Call-ID", "reg-" + user)
                    .with("CSeq", ++registered + " REGISTER")
                    .with("Route", "<sip:" + core + ":5060;lr>");
        }

        SipResponse register(String user, String instance, int seconds) {
            var name = user.substring(4, user.indexOf('@'));
            var contact =
                    NameAddr.parse(
                            "<sip:"
                                    + name
                                    + "@"
                                    + address
                                    + ":5060>;+sip.instance=\"<"
                                    + instance
                                    + ">\"");
            return ask(
                    registration(user)
                            .with("Contact", contact.toString())
                            .with("Expires", Integer.toString(seconds)));
        }

        SipResponse ask(SipRequest request) {
            var answers = new ArrayList<SipResponse>();
            var routed =
                    request.header("Route").isPresent()
                            ? request
                            : request.with("Route", "<sip:" + core + ":5060;lr>");
            agent.ask(routed, answers::add);
            simulation.pass(Duration.ofSeconds(1));
            assertThat(answers).hasSize(1);
            return answers.getFirst();
        }

        Leg call(SipRequest invite) {
            var routed =
                    invite.header("Route").isPresent()
                            ? invite
                            : invite.with("Route", "<sip:" + core + ":5060;lr>");
            var leg =
                    agent.invite(
                            routed.withBody("text/plain", "hello".getBytes(UTF_8)),
                            track,
                            events::add);
            simulation.pass(Duration.ofSeconds(1));
            return leg;
        }

        <E extends LegEvent> E first(Class<E> type) {
            return events.stream()
                    .filter(type::isInstance)
                    .map(type::cast)
                    .findFirst()
                    .orElseThrow();
        }
    }
}

package io.posthorn.sipcore;

import static io.posthorn.sipcore.CoreGround.ALICE;
import static io.posthorn.sipcore.CoreGround.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Account;
import io.posthorn.sip.reginfo.RegInfo;
import io.posthorn.sip.wire.SipRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registrations with their limits, what is told of them, and guesses at passwords. */
class RegistrarTest {

    private static final SipCore.Limits MANY = new SipCore.Limits(100, Duration.ofSeconds(120), 20);

    @AutoClose private final CoreGround ground = new CoreGround(MANY);
    private final CoreGround.Peer bob = ground.peer("bob", "bob");

    private SipRequest device(int n, String more) {
        return bob.registration(BOB, 600)
                .with(
                        "Contact",
                        "<sip:bob@"
                                + bob.host
                                + ":5060>;+sip.instance=\"<"
                                + CoreGround.instance(n)
                                + ">\""
                                + more);
    }

    // ---- limits

    @Test
    void aHundredDevicesAreAnsweredInOneDatagram() {
        for (int n = 0; n < 100; n++)
            assertThat(bob.asks(device(n, ";+g.oma.sip-im.large-message")).code()).isEqualTo(200);
        var all = bob.asks(device(7, ""));
        assertThat(all.values("Contact")).hasSize(100);
        assertThat(all.bytes().length).isBetween(20_000, 60_000);
        var more = bob.asks(device(100, ""));
        assertThat(more.code()).isEqualTo(403);
        assertThat(more.header("Warning").orElseThrow()).contains("100 devices");
    }

    @Test
    void whatFitsNoDatagramIsRefusedAndNothingHasChanged() {
        var tags = ";+g.x=\"" + "x".repeat(700) + "\"";
        int n = 0;
        var answer = bob.asks(device(n, tags));
        while (answer.code() == 200) answer = bob.asks(device(++n, tags));
        assertThat(answer.code()).isEqualTo(403);
        assertThat(answer.header("Warning").orElseThrow()).contains("does not fit");
        assertThat(n).isBetween(40, 80);
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(n);
    }

    /** RFC 5627 section 5.1: the instance becomes a part of the GRUU. */
    @Test
    void anInstanceThatMakesNoGruuIsRefusedAndNothingHasChanged() {
        bob.registers(BOB);
        var odd = bob.contact + ";+sip.instance=\"<urn:x y>\"";
        assertThat(bob.asks(bob.registration(BOB, 600).with("Contact", odd)).code()).isEqualTo(400);
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(1);
        // And it ends when its time is up, as it would have.
        ground.simulation.pass(Duration.ofSeconds(601));
        assertThat(ground.sipCore.devices(BOB)).isZero();
    }

    // ---- reg event

    @Test
    void theFirstDocumentIsWholeAndThoseThatFollowSayWhatChanged() {
        bob.asks(device(1, ""));
        var subscribe =
                bob.request("SUBSCRIBE", BOB, BOB).with("Event", "reg").with("Expires", "3600");
        assertThat(bob.asks(subscribe).code()).isEqualTo(200);
        var first = told();
        assertThat(first.version()).isZero();
        assertThat(first.full()).isTrue();
        assertThat(first.registrations().getFirst().contacts()).hasSize(1);

        bob.asks(device(2, "").with("Expires", "3000"));
        isPartial(1, RegInfo.Event.REGISTERED, RegInfo.State.ACTIVE);
        bob.asks(device(2, "").with("Expires", "3000"));
        isPartial(2, RegInfo.Event.REFRESHED, RegInfo.State.ACTIVE);
        bob.asks(device(2, "").with("Expires", "300"));
        isPartial(3, RegInfo.Event.SHORTENED, RegInfo.State.ACTIVE);
        bob.asks(device(2, "").with("Expires", "0"));
        isPartial(4, RegInfo.Event.UNREGISTERED, RegInfo.State.ACTIVE);
        ground.simulation.pass(Duration.ofSeconds(601));
        isPartial(5, RegInfo.Event.EXPIRED, RegInfo.State.TERMINATED);
        bob.asks(device(1, ""));
        isPartial(6, RegInfo.Event.REGISTERED, RegInfo.State.ACTIVE);
        ground.sipCore.deregister(BOB);
        ground.simulation.pass(Duration.ofSeconds(1));
        isPartial(7, RegInfo.Event.REJECTED, RegInfo.State.TERMINATED);
    }

    private RegInfo told() {
        var notify = bob.last();
        assertThat(notify.method()).isEqualTo("NOTIFY");
        return RegInfo.parse(notify.body());
    }

    private void isPartial(int version, RegInfo.Event event, RegInfo.State state) {
        var told = told();
        assertThat(told.version()).isEqualTo(version);
        assertThat(told.full()).isFalse();
        var registration = told.registrations().getFirst();
        assertThat(registration.state()).isEqualTo(state);
        assertThat(registration.contacts()).hasSize(1);
        assertThat(registration.contacts().getFirst().event()).isEqualTo(event);
    }

    // ---- passwords

    @ParameterizedTest
    @ValueSource(strings = {"bob", "nobody"})
    void aWrongPasswordCostsTheSameWhetherThereIsSuchAUserOrNot(String name) {
        var guess = new Account(name, "guess", bob.world.entropy());
        var register = bob.registration("sip:" + name + "@example.net", 600);
        var asked = bob.answer(register);
        assertThat(guess.asked(register, asked)).isTrue();
        long before = digests();
        var again = bob.registration("sip:" + name + "@example.net", 600);
        var refused = bob.answer(guess.signed(again));
        assertThat(refused.code()).isEqualTo(401);
        assertThat(digests() - before).isEqualTo(1);
        assertThat(refused.names()).isEqualTo(asked.names());
    }

    private long digests() {
        return ground.sipCore.counts().getOrDefault("digests computed", 0L);
    }

    @Test
    void whoGuessesTooOftenIsNotLookedAtForAMinute() {
        var from = ground.peer("guesser", "");
        var guess = new Account("bob", "guess", bob.world.entropy());
        for (int n = 0; n < 20; n++) {
            var register = from.registration(BOB, 600);
            guess.asked(register, from.answer(register));
            var again = from.registration(BOB, 600);
            from.send(guess.signed(again));
        }
        ground.simulation.pass(Duration.ofSeconds(9));
        long before = digests();
        var right = new Account("bob", "bob's", bob.world.entropy());
        var register = from.registration(BOB, 600);
        right.asked(register, from.answer(register));
        var locked = from.answer(right.signed(from.registration(BOB, 600)));
        assertThat(locked.code()).isEqualTo(503);
        assertThat(Integer.parseInt(locked.header("Retry-After").orElseThrow())).isBetween(1, 61);
        assertThat(digests()).isEqualTo(before);
        // Everybody else may; and so may he, after a minute.
        bob.registers(BOB);
        ground.simulation.pass(Duration.ofMinutes(1));
        assertThat(from.answer(right.signed(from.registration(BOB, 600))).code()).isEqualTo(200);
    }

    @Test
    void behindATrustedHostNobodyIsLockedOut() {
        var edge = ground.peer("neighbour", "");
        var guess = new Account("bob", "guess", edge.world.entropy());
        for (int n = 0; n < 21; n++) {
            var register = edge.registration(BOB, 600);
            guess.asked(register, edge.answer(register));
            edge.send(guess.signed(edge.registration(BOB, 600)));
        }
        var right = new Account("bob", "bob's", edge.world.entropy());
        var register = edge.registration(BOB, 600);
        right.asked(register, edge.answer(register));
        assertThat(edge.answer(right.signed(edge.registration(BOB, 600))).code()).isEqualTo(200);
    }

    @Test
    void allRegistrationsEndTogether() {
        var alice = ground.peer("alice", "alice");
        bob.registers(BOB);
        alice.registers(ALICE);
        ground.sipCore.deregisterAll();
        ground.simulation.pass(Duration.ofSeconds(1));
        for (var aor : List.of(ALICE, BOB)) assertThat(ground.sipCore.devices(aor)).isZero();
    }
}

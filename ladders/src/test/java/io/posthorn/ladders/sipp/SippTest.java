package io.posthorn.ladders.sipp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.posthorn.ladders.sipp.Sipp.Over;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.LegEvent.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * SIPp calls us, and we call SIPp, over UDP and TCP side by side. Afterwards no call and no
 * question is open.
 */
class SippTest {

    private static final Duration T1 = Duration.ofMillis(500);

    /** 64 of them are 2.56 s. */
    private static final Duration SHORT_T1 = Duration.ofMillis(40);

    private static final Duration TALK = Duration.ofMillis(100);

    @BeforeAll
    static void sippIsInstalled() {
        if (Sipp.program().isPresent()) return;
        var missing = "sipp is not on the PATH (Debian: sip-tester)";
        if ("true".equals(System.getenv("CI"))) fail(missing);
        else abort(missing);
    }

    // It calls us.

    @Test
    void answersTheBuiltInCaller() throws Exception {
        assertThat(callsUs(T1, "-sn", "uac", "-m", "10")).hasSize(20).allSatisfy(this::hungUp);
    }

    @Test
    void answersAThousandCallsAtTwoHundredASecond() throws Exception {
        var calls = callsUs(T1, "-sn", "uac", "-r", "200", "-m", "1000");
        assertThat(calls).hasSize(2_000).allSatisfy(this::hungUp);
    }

    @Test
    void isCancelledWhileItRings() throws Exception {
        assertThat(plays("uac-cancel.xml", "-s", Phone.RINGS))
                .hasSize(2)
                .allSatisfy(call -> assertThat(last(call)).isInstanceOf(LegEvent.Cancelled.class));
    }

    @Test
    void hangsUpWithoutTheAck() throws Exception {
        var calls = callsUs(SHORT_T1, "-sf", Sipp.file("uac-lost-ack.xml"), "-m", "1", "-nr");
        assertThat(calls)
                .hasSize(2)
                .allSatisfy(call -> assertThat(cause(call)).isEqualTo(Cause.NO_ACK));
    }

    @Test
    void repeatsItsAnswerUntilTheAck() throws Exception {
        assertThat(plays("uac-late-ack.xml", "-nr")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void takesACopyOfTheInviteForNoSecondCall() throws Exception {
        assertThat(plays("uac-retransmit.xml", "-s", Phone.RINGS, "-nr"))
                .hasSize(2)
                .allSatisfy(call -> assertThat(last(call)).isInstanceOf(LegEvent.Cancelled.class));
    }

    @Test
    void takesAByeBeforeItAnswered() throws Exception {
        assertThat(plays("uac-early-bye.xml", "-s", Phone.RINGS))
                .hasSize(2)
                .allSatisfy(call -> assertThat(last(call)).isInstanceOf(LegEvent.Cancelled.class));
    }

    @Test
    void saysWhatItCan() throws Exception {
        assertThat(plays("uac-options.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void refusesMethodsThatItDoesNotKnow() throws Exception {
        assertThat(plays("uac-unknown-method.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void refusesRequestsOutOfOrder() throws Exception {
        assertThat(plays("uac-bad-cseq.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void refusesRequestsOfNoDialog() throws Exception {
        assertThat(plays("uac-wrong-tag.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void copiesRecordRoutesIntoItsAnswer() throws Exception {
        assertThat(plays("uac-record-route.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    // We call it.

    @Test
    void callsTheBuiltInCallee() throws Exception {
        var calls =
                callsIt(
                        (phone, uri) -> {
                            for (int i = 0; i < 3; i++) phone.call(uri, TALK);
                        },
                        "-sn",
                        "uas",
                        "-m",
                        "3");
        assertThat(calls).hasSize(6).allSatisfy(this::hungUp);
    }

    @Test
    void waitsForASlowAnswer() throws Exception {
        assertThat(played("uas-slow.xml", "-nr")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void acknowledgesARefusal() throws Exception {
        assertThat(played("uas-refuses.xml"))
                .hasSize(2)
                .allSatisfy(call -> assertThat(refusal(call)).isEqualTo(486));
    }

    @Test
    void cancelsWhileItRings() throws Exception {
        var calls = callsIt((phone, uri) -> phone.callInVain(uri), once("uas-cancel.xml"));
        assertThat(calls).hasSize(2).allSatisfy(call -> assertThat(refusal(call)).isEqualTo(487));
    }

    @Test
    void acknowledgesEveryCopyOfTheAnswer() throws Exception {
        assertThat(played("uas-repeats-200.xml", "-nr")).hasSize(2).allSatisfy(this::hungUp);
    }

    @Test
    void keepsOneOfTwoThatAnswer() throws Exception {
        assertThat(played("uas-forked-2xx.xml", "-nr"))
                .hasSize(2)
                .allSatisfy(this::hungUp)
                .allSatisfy(call ->
                        assertThat(call)
                                .filteredOn(LegEvent.Answered.class::isInstance)
                                .hasSize(1));
    }

    @Test
    void takesTheRouteThatTheAnswerCameBy() throws Exception {
        assertThat(played("uas-record-route.xml")).hasSize(2).allSatisfy(this::hungUp);
    }

    // How.

    private List<List<LegEvent>> plays(String scenario, String... more) throws Exception {
        return callsUs(T1, once(scenario, more));
    }

    private List<List<LegEvent>> played(String scenario, String... more) throws Exception {
        return callsIt((phone, uri) -> phone.call(uri, TALK), once(scenario, more));
    }

    private static String[] once(String scenario, String... more) {
        return Stream.concat(Stream.of("-sf", Sipp.file(scenario), "-m", "1"), Arrays.stream(more))
                .toArray(String[]::new);
    }

    /** What happened to our calls, when sipp was content with them over UDP and over TCP. */
    private List<List<LegEvent>> callsUs(Duration t1, String... options) throws Exception {
        try (var phone = new Phone(t1)) {
            var running = new ArrayList<Sipp>();
            for (var over : Over.values()) running.add(Sipp.calls(over, phone.at(), options));
            running.forEach(Sipp::passes);
            return overAndClosed(phone);
        }
    }

    private List<List<LegEvent>> callsIt(BiConsumer<Phone, String> calling, String... options)
            throws Exception {
        try (var phone = new Phone(T1)) {
            var running = new ArrayList<Sipp>();
            for (var over : Over.values()) running.add(Sipp.answers(over, options));
            for (var callee : running) calling.accept(phone, callee.uri());
            running.forEach(Sipp::passes);
            return overAndClosed(phone);
        }
    }

    private static List<List<LegEvent>> overAndClosed(Phone phone) throws Exception {
        var calls = phone.over();
        var left = phone.leftOver();
        assertThat(left.open()).as(left.toString()).isZero();
        return calls;
    }

    private void hungUp(List<LegEvent> call) {
        assertThat(cause(call)).isEqualTo(Cause.BYE);
    }

    private static LegEvent last(List<LegEvent> call) {
        return call.getLast();
    }

    private static Cause cause(List<LegEvent> call) {
        if (last(call) instanceof LegEvent.Ended(var _, var cause)) return cause;
        return fail("not the end of an answered call: " + call);
    }

    private static int refusal(List<LegEvent> call) {
        if (last(call) instanceof LegEvent.Refused(var _, var response)) return response.code();
        return fail("not the end of a refused call: " + call);
    }
}

package io.posthorn.server.control;

import static io.posthorn.strand.Track.Way.IN;
import static io.posthorn.strand.Track.Way.OUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.Track;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswersTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    private final MemoryRecorder recorder =
            new MemoryRecorder(() -> NOW, MemoryRecorder.Mode.BRIEF, 1 << 20);
    private final Answers answers =
            new Answers(recorder, () -> NOW, Map.of("10.0.0.1:5060", "core"));

    private Track call(String kind) {
        return recorder.open(kind, Map.of("From", "alice", "To", "bob", "Conversation-ID", "c1"));
    }

    @Test
    void saysWhatBecameOfEachCall() {
        assertThat(answers.answer("sessions")).isEqualTo("no calls yet\n");
        call("lmm originating").end("200 5 bytes relayed");
        call("lmm terminating");
        assertThat(answers.answer("sessions"))
                .contains("1     lmm originating", "200 5 bytes relayed")
                .contains("2     lmm terminating", "running");
    }

    @Test
    void showsEachStepWithItsClause() {
        var track = call("lmm originating");
        track.step("OMA CPM Conv 8.3.1.1", 6, "INVITE onward");
        track.skipped("OMA CPM Conv 8.3.1.1", 9, "no preferences yet");
        assertThat(answers.answer("session 1"))
                .contains("step 6   INVITE onward   (OMA CPM Conv 8.3.1.1)")
                .contains("skip 9   no preferences yet");
        assertThat(answers.answer("session c1")).isEqualTo(answers.answer("session 1"));
    }

    @Test
    void drawsTheCallsOfOneMessageTogetherAndNamesTheirUsers() {
        var originating = call("lmm originating");
        originating.message(IN, "10.0.0.2:5070>10.0.0.1:5060", "INVITE", new byte[0]);
        originating.media(IN, "10.0.0.2:2855>10.0.0.7:40000", "s1", 5, 1, "MSRP a SEND");
        originating.media(OUT, "10.0.0.2:41000>10.0.0.2:2856", "s2", 5, 1, "MSRP b SEND");
        var terminating = call("lmm terminating");
        terminating.media(IN, "10.0.0.2:2856>10.0.0.2:41000", "s3", 5, 1, "MSRP b SEND");
        terminating.media(OUT, "10.0.0.2:2856>10.0.0.8:42000", "s4", 5, 1, "MSRP c SEND");
        var ladder = answers.answer("ladder 2");
        assertThat(ladder.lines().skip(2).findFirst().orElseThrow().strip().split("\\s+"))
                .containsExactly("alice", "OPF", "core", "TPF", "bob");
        assertThat(ladder).containsOnlyOnce("INVITE");
        assertThat(answers.answer("mermaid 2")).startsWith("sequenceDiagram");
    }

    @Test
    void anUnknownCallIsAnError() {
        assertThat(answers.answer("ladder 7")).startsWith("error no call is called '7'");
        assertThat(answers.answer("dance")).startsWith("error unknown question");
    }
}

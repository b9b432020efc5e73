package io.posthorn.strand;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.MemoryRecorder.Media;
import io.posthorn.strand.MemoryRecorder.Message;
import io.posthorn.strand.MemoryRecorder.Mode;
import io.posthorn.strand.MemoryRecorder.Skipped;
import io.posthorn.strand.MemoryRecorder.Step;
import io.posthorn.strand.MemoryRecorder.StepEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryRecorderTest {

    private static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");

    private Instant now = BEGUN;
    private final MemoryRecorder brief = new MemoryRecorder(() -> now, Mode.BRIEF, 100_000);
    private final MemoryRecorder full = new MemoryRecorder(() -> now, Mode.FULL, 5_000_000);

    @Test
    void aCallIsReadAsItWas() {
        var bytes = new byte[] {1, 2, 3};
        var track = full.open("lmm", Map.of("Conversation-ID", "c1"));
        track.message(Track.Way.IN, Recorder.link("a", "b"), "INVITE", bytes);
        now = BEGUN.plusMillis(5);
        track.step("OMA CPM Conv 8.3.2.1.1", 1, "allowed");
        track.skipped("OMA CPM Conv 8.3.2.1.1", 2, "no anonymity");
        track.id("imdn.Message-ID", "m1");
        now = BEGUN.plusSeconds(1);
        track.end("200");
        track.end("twice");
        assertThat(full.running()).isEmpty();
        var call = full.ended().getFirst();
        assertThat(call.kind()).isEqualTo("lmm");
        assertThat(call.ids()).containsOnlyKeys("Conversation-ID", "imdn.Message-ID");
        assertThat(call.begun()).isEqualTo(BEGUN);
        assertThat(call.ended()).isEqualTo(now);
        assertThat(call.outcome()).isEqualTo("200");
        assertThat(call.entries())
                .containsExactly(
                        new Message(0, Track.Way.IN, "a>b", "INVITE", bytes),
                        new Step(5_000_000, "OMA CPM Conv 8.3.2.1.1", 1, "allowed"),
                        new Skipped(5_000_000, "OMA CPM Conv 8.3.2.1.1", 2, "no anonymity"));
        assertThat(call.entries().getLast().at()).isEqualTo(Duration.ofMillis(5));
    }

    @Test
    void callsAreFoundByIdAndByWhatJoinsThem() {
        var one = brief.open("opf", Map.of("Conversation-ID", "c1"));
        brief.open("tpf", Map.of("Conversation-ID", "c1"));
        brief.open("other", Map.of("Conversation-ID", "c2"));
        one.end("200");
        assertThat(brief.find("c1"))
                .extracting(MemoryRecorder.Call::kind)
                .containsExactly("opf", "tpf");
        assertThat(brief.find("3")).extracting(MemoryRecorder.Call::kind).containsExactly("other");
        assertThat(brief.find("none")).isEmpty();
    }

    @Test
    void aBriefCallKeepsItsBeginningAndItsEndAndNoMessages() {
        var track = brief.open("lmm", Map.of());
        for (int i = 0; i < 1_000; i++)
            track.message(Track.Way.OUT, "a>b", "m" + i, new byte[1_000]);
        var call = brief.running().getFirst();
        assertThat(call.entries()).hasSize(64);
        assertThat(call.omitted()).isEqualTo(936);
        assertThat(((Message) call.entries().get(47)).label()).isEqualTo("m47");
        assertThat(((Message) call.entries().get(48)).label()).isEqualTo("m984");
        assertThat(call.entries()).allMatch(e -> ((Message) e).whole() == null);
    }

    @Test
    void aFullCallIsBoundedToo() {
        var track = full.open("lmm", Map.of());
        for (int i = 0; i < 10_000; i++) track.message(Track.Way.OUT, "a>b", "m", new byte[1_000]);
        var call = full.running().getFirst();
        assertThat(call.entries()).hasSize(4_096);
        assertThat(call.entries().stream().filter(e -> ((Message) e).whole() != null))
                .hasSizeLessThanOrEqualTo((1 << 20) / 1_000);
    }

    @Test
    void mediaAreSummedPerLinkSessionAndDirection() {
        var track = brief.open("lmm", Map.of());
        for (int i = 0; i < 500; i++) {
            track.media(Track.Way.IN, "a>b", "s1", 2_048, 1, "SEND " + i);
            now = now.plusMillis(1);
        }
        track.media(Track.Way.OUT, "b>c", "s2", 7, 1, "SEND");
        var entries = brief.running().getFirst().entries();
        assertThat(entries)
                .containsExactly(
                        new Media(
                                0,
                                499_000_000,
                                Track.Way.IN,
                                "a>b",
                                "s1",
                                1_024_000,
                                500,
                                "SEND 499"),
                        new Media(
                                500_000_000,
                                500_000_000,
                                Track.Way.OUT,
                                "b>c",
                                "s2",
                                7,
                                1,
                                "SEND"));
        for (int i = 0; i < 500; i++) track.media(Track.Way.IN, "a>b", "x" + i, 1, 1, "SEND");
        assertThat(brief.running().getFirst().entries()).hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void endedCallsTakeNoMoreThanTheRing() {
        for (int i = 0; i < 10_000; i++) {
            var track = brief.open("call" + i, Map.of());
            for (int n = 0; n < 10; n++) track.step("clause", n, "text");
            track.end("200");
        }
        var ended = brief.ended();
        assertThat(ended).hasSizeBetween(50, 100);
        assertThat(ended.getLast().kind()).isEqualTo("call9999");
    }

    @Test
    void textsAreShortened() {
        var track = brief.open("lmm", Map.of());
        track.step("clause", 1, "x".repeat(10_000));
        var step = (Step) brief.running().getFirst().entries().getFirst();
        assertThat(step.text()).hasSize(100).endsWith("…");
    }

    @Test
    void everyStepIsWatchedAlsoThoseThatAreNotKept() {
        var seen = new ArrayList<StepEntry>();
        brief.watchSteps(seen::add);
        var track = brief.open("lmm", Map.of());
        for (int n = 1; n <= 200; n++) track.step("clause", n, "text");
        track.skipped("clause", 201, "why");
        assertThat(seen).hasSize(201);
        assertThat(seen.getLast()).isEqualTo(new Skipped(0, "clause", 201, "why"));
    }

    @Test
    void aTrackTellsItsName() {
        assertThat(brief.open("lmm", Map.of("Conversation-ID", "c1"))).hasToString("lmm 1 [c1]");
    }
}

package io.posthorn.strand;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.MemoryRecorder.Entry;
import io.posthorn.strand.MemoryRecorder.Media;
import io.posthorn.strand.MemoryRecorder.Message;
import io.posthorn.strand.MemoryRecorder.Mode;
import io.posthorn.strand.MemoryRecorder.Skipped;
import io.posthorn.strand.MemoryRecorder.Step;
import io.posthorn.strand.MemoryRecorder.StepEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryRecorderTest {

    private static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");

    /** More than a call keeps of its messages. */
    private static final byte[] TOO_LARGE = new byte[(1 << 20) + 1];

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

    @ParameterizedTest
    @EnumSource(Mode.class)
    void anEndedCallIsReadAsWhenItRan(Mode mode) {
        int first = mode == Mode.BRIEF ? 48 : 3_072;
        int last = mode == Mode.BRIEF ? 16 : 1_024;
        for (int many : new int[] {0, 1, 25, first, first + last, first + last + 1, 10_000}) {
            var recorder = new MemoryRecorder(() -> now, mode, 1 << 30);
            now = BEGUN;
            var track = recorder.open("lmm", Map.of("Conversation-ID", "c1"));
            var told = new ArrayList<Entry>();
            for (int i = 0; i < many; i++) told.add(tell(track, i, mode));
            for (int i = 1; i < 20; i++) track.id("id" + i % 15, "value" + i);
            var kept = new ArrayList<>(told);
            if (many > first + last) kept.subList(first, many - last).clear();

            now = BEGUN.plusNanos(2L * many);
            track.media(Track.Way.IN, "a>b", "s1", 5, 1, "SEND 1");
            track.media(Track.Way.OUT, "a>b", "s1", 6, 2, "SEND 2");
            kept.add(new Media(2L * many, 2L * many, Track.Way.IN, "a>b", "s1", 5, 1, "SEND 1"));
            kept.add(new Media(2L * many, 2L * many, Track.Way.OUT, "a>b", "s1", 6, 2, "SEND 2"));
            kept.sort(Comparator.comparing(Entry::nanos));

            var running = recorder.running().getFirst();
            assertThat(running.entries()).containsExactlyElementsOf(kept);
            assertThat(running.omitted()).isEqualTo(Math.max(0, many - first - last));
            assertThat(running.ids()).hasSize(16).containsEntry("id4", "value19");
            assertThat(running.ids().keySet()).startsWith("Conversation-ID", "id1", "id2");

            track.end("200");
            var ended = recorder.ended().getFirst();
            assertThat(ended)
                    .isEqualTo(
                            new MemoryRecorder.Call(
                                    running.id(),
                                    running.kind(),
                                    running.ids(),
                                    BEGUN,
                                    now,
                                    "200",
                                    running.entries(),
                                    running.omitted()));
            assertThat(List.copyOf(ended.ids().keySet()))
                    .isEqualTo(List.copyOf(running.ids().keySet()));
            assertThat(recorder.find("value19")).containsExactly(ended);
        }
    }

    /** Tells {@code track} one entry of the {@code i}-th kind, at a time that may go back. */
    private Entry tell(Track track, int i, Mode mode) {
        long at = i % 7 == 6 ? 2L * i - 5 : 2L * i;
        now = BEGUN.plusNanos(at);
        var clause = "OMA CPM Conv 8.3.2." + i % 3;
        switch (i % 5) {
            case 0 -> {
                track.step(clause, i, "done " + i);
                return new Step(at, clause, i, "done " + i);
            }
            case 1 -> {
                track.skipped(clause, -i, "why " + i);
                return new Skipped(at, clause, -i, "why " + i);
            }
            case 2 -> {
                var whole = new byte[] {1, 2};
                track.message(Track.Way.IN, "a>b", "INVITE", whole);
                var kept = mode == Mode.FULL ? whole : null;
                return new Message(at, Track.Way.IN, "a>b", "INVITE", kept);
            }
            case 3 -> {
                track.message(Track.Way.OUT, "b>a", "BYE", TOO_LARGE);
                return new Message(at, Track.Way.OUT, "b>a", "BYE", null);
            }
            default -> {
                int n = i % 2 == 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE;
                track.step(clause, n, "far " + i);
                return new Step(at, clause, n, "far " + i);
            }
        }
    }

    @Test
    void whatComesAfterTheEndIsReadToo() {
        var track = brief.open("lmm", Map.of());
        track.media(Track.Way.IN, "a>b", "s1", 5, 1, "SEND");
        track.end("200");
        now = BEGUN.plusSeconds(1);
        for (int i = 0; i < 70; i++) track.message(Track.Way.IN, "a>b", "200 " + i, new byte[0]);
        track.media(Track.Way.IN, "a>b", "s1", 6, 1, "SEND");
        track.id("imdn.Message-ID", "m1");
        var call = brief.find("m1").getFirst();
        assertThat(call.ended()).isEqualTo(BEGUN);
        assertThat(call.omitted()).isEqualTo(6);
        assertThat(call.entries())
                .hasSize(65)
                .startsWith(new Media(0, 1_000_000_000, Track.Way.IN, "a>b", "s1", 11, 2, "SEND"))
                .endsWith(new Message(1_000_000_000, Track.Way.IN, "a>b", "200 69", null));
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

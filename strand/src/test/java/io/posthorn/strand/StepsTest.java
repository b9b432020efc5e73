package io.posthorn.strand;

import static io.posthorn.strand.Steps.skips;
import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepsTest {

    @Clause("RFC 0000 1")
    private static final class First {}

    @Clause("RFC 0000 2")
    private static final class Second {}

    private final List<String> seen = new ArrayList<>();
    private final Track track =
            new Track() {
                @Override
                public void message(Way way, String link, String label, byte[] whole) {}

                @Override
                public void media(
                        Way way,
                        String link,
                        String session,
                        long bytes,
                        int chunks,
                        String last) {}

                @Override
                public void step(String clause, int n, String text) {
                    seen.add(clause + " step " + n + " " + text);
                }

                @Override
                public void skipped(String clause, int n, String why) {
                    seen.add(clause + " skips " + n + " " + why);
                }

                @Override
                public void id(String name, String value) {}

                @Override
                public void end(String outcome) {}
            };

    @Test
    void aStepIsRecordedUnderTheClauseOfItsProcedure() {
        Steps.in(
                track,
                First.class,
                () -> {
                    step(1, "look");
                    upon("200 OK");
                    skips(1, "no store");
                    var answer =
                            Steps.in(
                                    Second.class,
                                    () -> {
                                        step(1, "leap");
                                        return 42;
                                    });
                    step(answer, "land");
                });
        assertThat(seen)
                .containsExactly(
                        "RFC 0000 1 step 1 look",
                        "RFC 0000 1, upon 200 OK skips 1 no store",
                        "RFC 0000 2 step 1 leap",
                        "RFC 0000 1, upon 200 OK step 42 land");
    }

    @Test
    void aStepOutsideOfAProcedureIsNotRecorded() {
        step(1, "nowhere");
        assertThat(seen).isEmpty();
    }
}

package io.posthorn.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BenchTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int bench(String... line) {
        return Bench.run(new PrintWriter(out, true), new PrintWriter(err, true), line);
    }

    @Test
    void messagesReachEveryDeviceOfAServerThatRunsByItself() {
        int exit =
                bench(
                        "bench",
                        "lmm",
                        "--messages",
                        "3",
                        "--size",
                        "2049",
                        "--parallel",
                        "2",
                        "--devices",
                        "2",
                        "--warm-up",
                        "0",
                        "--json");
        assertThat(out.toString()).contains("\"calls\":3,").contains("\"failures\":0}");
        assertThat(exit).as(err.toString()).isEqualTo(0);
    }

    @Test
    void callsThatFailAreCountedAndNamed() {
        int exit =
                bench(
                        "relay",
                        "--messages",
                        "1",
                        "--size",
                        "1MB",
                        "--warm-up",
                        "0",
                        "--set",
                        "participating.max-size = \"1KiB\"");
        assertThat(out.toString()).contains("1 x sender: 403");
        assertThat(exit).as(err.toString()).isEqualTo(1);
    }

    @Test
    void wrongUsageIsSaid() {
        assertThat(bench("lmm", "--messages", "1", "--size", "much")).isEqualTo(2);
        assertThat(err.toString()).contains("is not a size");
    }

    @Test
    void noServerIsSaid() {
        assertThat(
                        bench(
                                "lmm",
                                "--messages",
                                "1",
                                "--size",
                                "1",
                                "--core",
                                "x:1",
                                "--pid",
                                "999999999"))
                .isEqualTo(3);
    }

    @Test
    void thePageShowsEveryBudget() throws IOException {
        var page = Files.readString(Path.of("..", "doc", "performance.md"));
        for (var budget : Budget.ALL)
            assertThat(page)
                    .contains("| " + budget.what() + " | " + budget.bar() + " | ")
                    .contains("`bench " + String.join(" ", budget.command()) + "`");
    }
}

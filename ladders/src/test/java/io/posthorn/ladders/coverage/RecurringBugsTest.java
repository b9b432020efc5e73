package io.posthorn.ladders.coverage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RecurringBugsTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern NAMED =
            Pattern.compile("`([A-Z][A-Za-z]*(?:Test|Ladders))\\.([a-zA-Z]+)`");

    @Test
    void everyTestThatThePageNamesExists() throws IOException {
        var tests = sources();
        var page = Files.readAllLines(ROOT.resolve("doc/recurring-bugs.md"));
        var families = page.stream().filter(line -> line.contains("| RFC ")).toList();
        assertThat(families).hasSizeGreaterThan(10);
        for (var family : families) {
            var named = NAMED.matcher(family).results().toList();
            assertThat(named).as(family).isNotEmpty();
            for (var test : named)
                assertThat(tests.getOrDefault(test.group(1), ""))
                        .as(test.group())
                        .containsPattern("void " + test.group(2) + "\\(");
        }
    }

    /** Of all tests, by the names of their classes. */
    private static Map<String, String> sources() throws IOException {
        var sources = new TreeMap<String, String>();
        try (var files = Files.walk(ROOT)) {
            for (var file : files.filter(RecurringBugsTest::isTest).toList())
                sources.merge(
                        file.getFileName().toString().replace(".java", ""),
                        Files.readString(file),
                        String::concat);
        }
        return sources;
    }

    private static boolean isTest(Path file) {
        var path = file.toString();
        return path.contains("/src/test/java/") && path.endsWith(".java");
    }
}

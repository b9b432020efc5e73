package io.posthorn.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.live.DataDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {

    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int posthorn(String... args) {
        return Posthorn.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2048, 1_000_003})
    void theDemoDeliversAnyFileAndDrawsItsLadder(int size) throws IOException {
        var file = Files.write(directory.resolve("content.bin"), new byte[size]);
        assertThat(posthorn("demo", "--file", file.toString()))
                .as(err.toString())
                .isEqualTo(Exit.DONE);
        assertThat(out.toString())
                .startsWith("Alice sends Bob a large message")
                .contains("Alice", "OPF", "core", "TPF", "Bob")
                .contains(
                        "8.3.1.1 steps 1-6",
                        "7.3.2.1 steps",
                        "8.3.2.1.1 steps 1-6",
                        "7.2.3 steps 1-4")
                .contains(String.format(java.util.Locale.ROOT, "delivered: %,d bytes", size));
    }

    // @formatter:off
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bogus                                                                  | Unmatched argument",
        "send --as sip:alice@example.com --to bob --text x                      | --to 'bob' is not an address",
        "send --as alice --to sip:bob@example.net --text x                      | --as 'alice' is not an address",
        "send --as sip:alice@example.com --to sip:bob@example.net               | Missing required argument",
        "send --as sip:a@example.com --to sip:b@example.net --text x --file y   | mutually exclusive",
        "send --as sip:a@example.com --to sip:b@example.net --file no-such-file | cannot read the file no-such-file",
        "receive --as sip:bob@example.net --into target/in --address host       | --address 'host' is no address",
        "receive --as sip:bob@example.net                                       | Missing required option: '--into=DIR'",
        "receive --as sip:bob@example.net --into x --reject 200                 | --reject takes a code from 300 to 699",
        "ladder                                                                 | Missing required parameter: 'ID'",
        "up --data                                                              | Missing required parameter",
    })
    // @formatter:on
    void wrongUsageEndsWithTwoAndSaysWhat(String line, String why) {
        assertThat(posthorn(line.split(" +"))).isEqualTo(Exit.USAGE);
        assertThat(err.toString()).contains(why).contains("--help'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sessions", "session 1", "ladder 1"})
    void withoutAServerTheyEndWithThree(String line) {
        assertThat(posthorn((line + " --data " + directory).split(" "))).isEqualTo(Exit.NO_SERVER);
        assertThat(err.toString()).contains("no server runs on").contains("posthorn up");
    }

    @Test
    void aSecondServerIsRefusedTheDirectory() {
        try (var _ = DataDirectory.own(directory.resolve("data"))) {
            assertThat(posthorn("up", "--data", directory.resolve("data").toString()))
                    .isEqualTo(Exit.FAILED);
        }
        assertThat(err.toString()).contains("in use by another server");
    }

    @Test
    void aWrongSettingEndsUpBeforeAnythingIsOpened() throws IOException {
        var file =
                Files.writeString(
                        directory.resolve("posthorn.toml"), "[core]\nlisten = [\"here\"]\n");
        assertThat(posthorn("up", "--config", file.toString(), "--data", directory.toString()))
                .isEqualTo(Exit.FAILED);
        assertThat(posthorn("check", "config", "--config", file.toString())).isEqualTo(Exit.FAILED);
        assertThat(err.toString())
                .contains("posthorn.toml:2: core.listen: 'here' is not an address");
        assertThat(directory.resolve("lock")).doesNotExist();
    }

    @Test
    void aCoreThatAsksForNoPasswordServesLoopbackOnly() throws IOException {
        var file =
                Files.writeString(
                        directory.resolve("posthorn.toml"),
                        "[core]\nlisten = [\"192.0.2.1:5060\"]\nauthenticate = false\n"
                                + "[tls]\nclear-text = true\n");
        assertThat(posthorn("up", "--config", file.toString(), "--data", directory.toString()))
                .isEqualTo(Exit.FAILED);
        assertThat(err.toString())
                .contains("core.listen 192.0.2.1:5060 is refused: with core.authenticate = false");
    }

    @Test
    void plainTextBeyondThisMachineMustBeMeant() throws IOException {
        var file =
                Files.writeString(
                        directory.resolve("posthorn.toml"),
                        "[core]\nlisten = [\"192.0.2.1:5060\"]\n");
        assertThat(posthorn("up", "--config", file.toString(), "--data", directory.toString()))
                .isEqualTo(Exit.FAILED);
        assertThat(err.toString())
                .contains("core.listen 192.0.2.1:5060 is refused")
                .contains("tls.clear-text = true");
    }

    @Test
    void aCertificateIsCheckedBeforeItIsUsed() throws IOException {
        var file =
                Files.writeString(
                        directory.resolve("posthorn.toml"),
                        "[tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n");
        var options = new String[] {"check", "tls", "--config", file.toString()};
        assertThat(posthorn(options)).isEqualTo(Exit.FAILED);
        assertThat(err.toString()).contains("/nowhere/", "is not there");
    }

    @Test
    void theReadmeNamesCommandsThatExist() throws IOException {
        var commands =
                Files.readAllLines(Path.of("../README.md")).stream()
                        .filter(line -> line.startsWith("    ./posthorn "))
                        .map(line ->
                                line.replaceFirst("#.*", "")
                                        .strip()
                                        .substring("./posthorn ".length()))
                        // These are the launcher's own, or another module's.
                        .filter(line -> !line.matches("(test|bench|simulate)\\b.*"))
                        .toList();
        assertThat(commands).hasSizeGreaterThan(5);
        for (var command : commands) {
            var parsed = new CommandLine(new Posthorn()).parseArgs(command.split(" +"));
            assertThat(parsed.hasSubcommand()).as(command).isTrue();
        }
    }

    @Test
    void thePageOfSettingsIsFine() {
        assertThat(posthorn("check", "config", "--config", "../doc/posthorn.toml"))
                .isEqualTo(Exit.DONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "up",
                "send",
                "receive",
                "sessions",
                "session",
                "ladder",
                "check config"
            })
    void everyCommandHasHelpWithAnExample(String command) {
        assertThat(posthorn((command + " --help").split(" "))).isEqualTo(Exit.DONE);
        assertThat(out.toString()).contains("Usage: posthorn " + command).contains("Example");
    }
}

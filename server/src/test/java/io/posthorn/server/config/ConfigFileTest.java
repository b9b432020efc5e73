package io.posthorn.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.sipcore.FilterCriteria;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tomlj.Toml;

class ConfigFileTest {

    private static final Path PAGE = Path.of("../doc/posthorn.toml");

    @Test
    void thePageShowsEverySettingWithItsDefault() throws Exception {
        assertThat(ConfigFile.read(PAGE)).isEqualTo(Config.DEFAULT);
        assertThat(new TreeSet<>(Toml.parse(PAGE).dottedKeySet())).isEqualTo(known());
    }

    private static TreeSet<String> known() {
        var keys = new TreeSet<String>();
        for (var section : Config.class.getRecordComponents()) {
            var name = ConfigFile.kebab(section.getName());
            if (!section.getType().isRecord()) {
                keys.add(name);
                continue;
            }
            for (var setting : section.getType().getRecordComponents()) {
                keys.add(name + "." + ConfigFile.kebab(setting.getName()));
            }
        }
        return keys;
    }

    @Test
    void anEmptyFileMeansTheDefaults() {
        assertThat(parsed("")).isEqualTo(Config.DEFAULT);
    }

    @Test
    void readsWhatItIsTold() {
        var config =
                parsed(
                        """
                        roles = ["participating"]
                        [participating]
                        listen = ["[::1]:5090"]
                        path-mode = "terminate"
                        ringing = "2m"
                        max-size = "10MiB"
                        anonymity = false
                        """);
        assertThat(config.roles()).containsExactly(Config.Role.PARTICIPATING);
        assertThat(config.participating().listen()).containsExactly(new HostPort("[::1]", 5090));
        assertThat(config.participating().pathMode()).isEqualTo(PathMode.TERMINATE);
        assertThat(config.participating().ringing()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.participating().maxSize().bytes()).isEqualTo(10 << 20);
        assertThat(config.participating().anonymity()).isFalse();
        assertThat(config.core()).isEqualTo(Config.DEFAULT.core());
    }

    @Test
    void coreAndFunctionInOneProcessFindEachOther() {
        var config =
                parsed(
                        """
                        core.listen = ["[::]:6060"]
                        participating.listen = ["127.0.0.1:6070", "127.0.0.1:6071"]
                        tls.clear-text = true
                        """);
        assertThat(config.core().participating()).isEqualTo("sip:127.0.0.1:6070");
        assertThat(config.participating().core()).isEqualTo("sip:[::1]:6060");
    }

    @Test
    void aNeighbourThatIsNamedIsAsked() {
        var config =
                parsed(
                        """
                        core.listen = ["127.0.0.1:6060"]
                        core.participating = "sip:127.0.0.1:7070"
                        participating.listen = ["127.0.0.1:6070"]
                        participating.core = "sip:127.0.0.1:7060"
                        """);
        assertThat(config.core().participating()).isEqualTo("sip:127.0.0.1:7070");
        assertThat(config.participating().core()).isEqualTo("sip:127.0.0.1:7060");
    }

    // @formatter:off
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "rols = []                                    | f.toml:1: unknown key 'rols'; did you mean 'roles'?",
        "[participating]\\nringin = \"1s\"            | f.toml:2: unknown key 'participating.ringin'; did you mean 'participating.ringing'?",
        "[participating]\\nringing = \"soon\"         | f.toml:2: participating.ringing: 'soon' is not a duration",
        "[participating]\\nringing = 30               | f.toml:2: participating.ringing: '30' is not a duration",
        "[participating]\\nlisten = [\"5060\"]        | f.toml:2: participating.listen: '5060' is not an address",
        "[participating]\\nminimum-session-expires = \"30s\" | participating.minimum-session-expires is below 90s",
        "[participating]\\nanswer = \"30s\"           | participating.answer must be below 25s",
        "[tls]\\nhandshakes-per-address = 0          | tls.handshakes-per-address must be between 1 and 1000",
        "[tls]\\nhandshakes-per-address = 1001       | tls.handshakes-per-address must be between 1 and 1000",
        "[core]\\ndevices-per-user = 101            | core.devices-per-user must be between 1 and 100",
        "[core]\\nservers = [{methods = []}]         | core.servers needs the uri of each",
        "[core]\\nservers = [{url = \"sip:a\"}]       | unknown key 'core.servers.url'; did you mean 'core.servers.uri'?",
        "[core]\\nservers = [{uri = 7}]             | core.servers.uri: '7' is not a text",
        "[msrp]\\nchunk = \"huge\"                    | f.toml:2: msrp.chunk: 'huge' is not a size",
        "[participating]\\npath-mode = \"both\"       | 'both' is not one of prepend, terminate",
        "[outbound]\\nallow = [\"localhost\"]        | outbound.allow: 'localhost' is neither an address nor a range",
        "roles = [\"cor\"]                            | 'cor' is not one of core, participating",
        "roles = []                                   | roles needs at least one",
        "x = = 1                                      | f.toml:1: ",
    })
    // @formatter:on
    void aWrongSettingIsNamed(String toml, String why) {
        assertThatThrownBy(() -> parsed(toml.replace("\\n", "\n")))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining(why);
    }

    @Test
    void readsTheServersOfTheCore() {
        var servers =
                parsed(
                                """
                                [[core.servers]]
                                uri = "sip:as.example.net"
                                methods = ["REGISTER", "MESSAGE"]
                                told = "request-and-response"
                                [[core.servers]]
                                uri = "sip:other.example.net"
                                services = ["oma.cpm"]
                                """)
                        .core()
                        .servers();
        assertThat(servers)
                .containsExactly(
                        new Config.Server(
                                "sip:as.example.net",
                                List.of("REGISTER", "MESSAGE"),
                                List.of(),
                                FilterCriteria.Told.REQUEST_AND_RESPONSE),
                        new Config.Server(
                                "sip:other.example.net",
                                List.of("INVITE", "MESSAGE"),
                                List.of("oma.cpm"),
                                FilterCriteria.Told.REQUEST));
    }

    @ParameterizedTest
    @CsvSource({"4096,4096", "64KiB,65536", "2GiB,2147483648", "300MB,300000000"})
    void sizesKeepTheirUnits(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
        assertThat(ByteSize.parse(ByteSize.parse(text).toString()).bytes()).isEqualTo(bytes);
    }

    private static Config parsed(String toml) {
        return ConfigFile.parse(Path.of("f.toml"), toml);
    }
}

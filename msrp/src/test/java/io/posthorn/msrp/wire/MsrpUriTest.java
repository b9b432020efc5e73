package io.posthorn.msrp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MsrpUriTest {

    private static MsrpUri uri(String text) {
        @Nullable MsrpUri uri = MsrpUri.parse(text);
        if (uri == null) throw new AssertionError("no MSRP URI: " + text);
        return uri;
    }

    /** RFC 4975 section 6.1. */
    @ParameterizedTest
    @CsvSource({
        "msrp://h.example.com:7654/abc;tcp, MSRP://H.EXAMPLE.com:7654/abc;TCP, true",
        "msrp://h:7654/abc;tcp, msrp://h:7654/aBc;tcp, false",
        "msrp://h:2855/abc;tcp, msrp://h/abc;tcp, false",
        "msrp://h:2855/abc;tcp, msrps://h:2855/abc;tcp, false",
        "msrp://alice@h:2855/abc;tcp, msrp://bob@h:2855/abc;tcp, true",
        "msrp://h:2855/abc;tcp;x=1, msrp://h:2855/abc;tcp;y, true",
        "msrp://h:2855/abc;tcp, msrp://h:2855/abc;ws, false",
        "msrp://[::1]:2855/abc;tcp, msrp://[::1]:2855/abc;tcp, true",
        "msrp://[2001:DB8::1]:2855/x;tcp, msrp://[2001:db8::1]:2855/x;tcp, true",
        "msrp://[::1]:2855/abc;tcp, msrp://[::2]:2855/abc;tcp, false",
        "msrp://h:2855/abc;tcp, msrp://h:2856/abc;tcp, false",
    })
    void comparesAsTheStandardSays(String one, String other, boolean same) {
        assertThat(uri(one).equals(uri(other))).isEqualTo(same);
        if (same) assertThat(uri(one)).hasSameHashCodeAs(uri(other));
    }

    @Test
    void knowsItsParts() {
        var uri = uri("msrps://u@[2001:DB8::7]:9/s-1;tcp;q");
        assertThat(uri.secure()).isTrue();
        assertThat(uri.bareHost()).isEqualTo("2001:db8::7");
        assertThat(uri.port()).isEqualTo(9);
        assertThat(uri.session()).isEqualTo("s-1");
        assertThat(uri.transport()).isEqualTo("tcp");
        assertThat(uri("msrp://h/s;tcp").port()).isEqualTo(2855);
        assertThat(uri("msrp://relay.example.com:5;tcp").session()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "msrp:",
                "msrp://",
                "msrp://h",
                "msrp://h/s",
                "msrp://;tcp",
                "http://h/s;tcp",
                "msrp://h:0/s;tcp",
                "msrp://h:65536/s;tcp",
                "msrp://h:/s;tcp",
                "msrp://h:1x/s;tcp",
                "msrp://[::1/s;tcp",
                "msrp://[]/s;tcp",
                "msrp://h/s;",
                "msrp://h /s;tcp",
                "msrp://h/s s;tcp",
                "msrp://@/s;tcp"
            })
    void refusesWhatIsNone(String text) {
        assertThat(MsrpUri.parse(text)).isNull();
    }
}

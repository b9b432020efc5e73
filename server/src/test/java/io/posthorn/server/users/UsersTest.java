package io.posthorn.server.users;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Algorithm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsersTest {

    private static final String BOB = "sip:bob@example.net";

    @TempDir Path directory;

    @Test
    void theFirstUserEndsWhatTheDevelopmentPasswordBegan() {
        var served = Users.in(directory, new Development("everybody's"));
        assertThat(served.of("anybody", "example.net", Algorithm.SHA_256)).isPresent();

        Users.in(directory, null).put(BOB, "secret", false);
        assertThat(served.reload()).isEqualTo(new Users.Ended(true, List.of()));
        assertThat(served.of("anybody", "example.net", Algorithm.SHA_256)).isEmpty();
        assertThat(served.of("bob", "example.net", Algorithm.SHA_256)).isPresent();
        assertThat(served.reload()).isEqualTo(new Users.Ended(false, List.of()));
    }

    @Test
    void aNewPasswordAndARemovalEndRegistrations() {
        var known = Users.in(directory, null);
        known.put(BOB, "secret", false);
        known.put("sip:carol@example.net", "secret", false);
        var served = Users.in(directory, new Development("everybody's"));

        known.put(BOB, "another", false);
        assertThat(served.reload()).isEqualTo(new Users.Ended(false, List.of(BOB)));
        known.remove("sip:carol@example.net");
        assertThat(served.reload())
                .isEqualTo(new Users.Ended(false, List.of("sip:carol@example.net")));
        // With the last user gone the development password does not come back.
        known.remove(BOB);
        assertThat(served.reload().addresses()).containsExactly(BOB);
        assertThat(served.of("bob", "example.net", Algorithm.SHA_256)).isEmpty();
    }
}

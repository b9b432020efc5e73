package io.posthorn.sipcore;

import io.posthorn.sip.auth.Authenticator;
import io.posthorn.sip.auth.Authenticator.Asker;
import io.posthorn.sip.auth.Authenticator.Verdict;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says who sends a request: nobody speaks in someone else's name. On the core's home loop. */
@Clause("3GPP TS 24.229 5.4.3.2")
final class Guard {

    /** RFC 3323 section 4.1.1.3. */
    private static final String ANONYMOUS = "anonymous.invalid";

    /** Who it was. */
    sealed interface Sender {
        /** One of our users, as proven. */
        record User(String aor) implements Sender {}

        /**
         * Nobody who may go on.
         *
         * @param delay how long the answer is to be held back
         */
        record Refused(SipResponse answer, Duration delay) implements Sender {}
    }

    private final Loop home;
    private final Authenticator authenticator;
    private final List<String> domains;
    private final String host;

    /**
     * @param host who warns
     */
    Guard(Loop home, Authenticator authenticator, List<String> domains, String host) {
        this.home = home;
        this.authenticator = authenticator;
        this.domains = domains;
        this.host = host;
    }

    /** As {@link SipCore#counts}. Any thread. */
    Map<String, Long> counts() {
        return authenticator.counts();
    }

    /** Who registers. RFC 3261 section 10.3 steps 3 and 4: only the user himself. */
    Sender registers(SipRequest register, Flow from) {
        var realm = domain(register.to().uri()).orElse(domains.getFirst());
        return checked(register, Asker.REGISTRAR, realm, from);
    }

    /** Who sends a request outside of dialogs, by password. */
    Sender sends(SipRequest request, Flow from) {
        var claimed = claimed(request).flatMap(Guard::domain).filter(domains::contains);
        if (claimed.isEmpty() && !anonymous(request))
            return refused(request, "no agreement with the network of this sender");
        return checked(request, Asker.PROXY, claimed.orElse(domains.getFirst()), from);
    }

    private Sender checked(SipRequest request, Asker asker, String realm, Flow from) {
        var address = from.remote().getAddress();
        return switch (authenticator.check(request, asker, realm, address, home.now())) {
            case Verdict.Unknown(var answer, var delay) -> new Sender.Refused(answer, delay);
            case Verdict.Known(var username, _) -> belongs(request, address(username, realm));
        };
    }

    /** The address of the user of that name: {@code bob} and {@code bob@example.net} are one. */
    static String address(String username, String realm) {
        return "sip:" + (username.contains("@") ? username : username + "@" + realm);
    }

    /**
     * Whether all that {@code request} says of its sender is of {@code aor}: From, unless it is
     * anonymous, and P-Preferred-Identity (RFC 3325 section 5).
     */
    Sender belongs(SipRequest request, String aor) {
        boolean from = anonymous(request) || same(request.from().uri(), aor);
        boolean preferred =
                request.addresses("P-Preferred-Identity").stream()
                        .allMatch(said -> same(said.uri(), aor));
        return from && preferred
                ? new Sender.User(aor)
                : refused(request, "this identity belongs to somebody else");
    }

    private Sender refused(SipRequest request, String why) {
        var warned =
                SipResponse.to(request, 403).with("Warning", "399 " + host + " \"" + why + "\"");
        return new Sender.Refused(warned, Duration.ZERO);
    }

    private static Optional<String> claimed(SipRequest request) {
        var preferred = request.addresses("P-Preferred-Identity");
        return Optional.of(preferred.isEmpty() ? request.from().uri() : preferred.getFirst().uri());
    }

    private static boolean anonymous(SipMessage<?> message) {
        return domain(message.from().uri()).filter(ANONYMOUS::equalsIgnoreCase).isPresent();
    }

    private static Optional<String> domain(String uri) {
        try {
            return Optional.of(SipUri.parse(uri).host());
        } catch (SipSyntax notSip) {
            return Optional.empty();
        }
    }

    private static boolean same(String uri, String aor) {
        try {
            return SipUri.parse(uri).aor().equals(aor);
        } catch (SipSyntax notSip) {
            return false;
        }
    }
}

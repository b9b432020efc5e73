package io.posthorn.sip.auth;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Entropy;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A user's name and password, and what was asked of it so far. Any thread.
 *
 * <p>Source: RFC 3261 section 22.2 and 22.3.
 */
public final class Account {

    // Ours: more realms than one user meets.
    private static final int REALMS = 8;

    private final String username;
    private final String password;
    private final Entropy entropy;

    /** The last challenge of each asker and realm, and how often it was answered. */
    private final Map<String, Asked> asked = new LinkedHashMap<>();

    private static final class Asked {
        final Challenge challenge;
        final String header;
        final boolean registrar;
        long times;

        Asked(Challenge challenge, String header, boolean registrar) {
            this.challenge = challenge;
            this.header = header;
            this.registrar = registrar;
        }

        /** RFC 3261 section 22.2: what a registrar asks is not for whom we call. */
        boolean concerns(SipRequest request) {
            return header.equals("Proxy-Authorization")
                    || registrar == request.method().equals("REGISTER");
        }
    }

    /** Of the user of {@code address}, a SIP URI; null if there is no password. */
    public static @Nullable Account of(String address, @Nullable String password, Entropy entropy) {
        return password == null
                ? null
                : new Account(SipUri.parse(address).user(), password, entropy);
    }

    public Account(String username, String password, Entropy entropy) {
        this.username = username;
        this.password = password;
        this.entropy = entropy;
    }

    /**
     * Takes note of what {@code response} asks.
     *
     * @param request as it was sent
     * @return whether it is worth sending again, {@link #signed} anew: false if nothing is asked
     *     that we could answer, or what we answered is asked again, as the password is wrong
     */
    public synchronized boolean asked(SipRequest request, SipResponse response) {
        var header = response.code() == 401 ? "Authorization" : "Proxy-Authorization";
        var challenge =
                switch (response.code()) {
                    case 401 -> Challenge.best(response, "WWW-Authenticate");
                    case 407 -> Challenge.best(response, "Proxy-Authenticate");
                    default -> Optional.<Challenge>empty();
                };
        if (challenge.isEmpty()) return false;
        var now = challenge.get();
        if (!now.stale() && answered(request, header, now.realm())) return false;
        boolean registrar = request.method().equals("REGISTER");
        var key = header + " " + now.realm() + (registrar ? " registrar" : "");
        if (asked.size() >= REALMS && !asked.containsKey(key))
            asked.remove(asked.keySet().iterator().next());
        asked.put(key, new Asked(now, header, registrar));
        return true;
    }

    private static boolean answered(SipRequest request, String header, String realm) {
        for (var value : request.fields(header))
            if (Credentials.parse(value).realm().equals(realm)) return true;
        return false;
    }

    /** {@code request} with an answer to all that was asked so far. */
    public synchronized SipRequest signed(SipRequest request) {
        var signed = request.without("Authorization").without("Proxy-Authorization");
        for (var known : asked.values())
            if (known.concerns(request))
                signed = signed.withAdded(known.header, credentials(request, known).toString());
        return signed;
    }

    private Credentials credentials(SipRequest request, Asked known) {
        var challenge = known.challenge;
        var algorithm = challenge.algorithm();
        var count = String.format(Locale.ROOT, "%08x", ++known.times);
        var cnonce = entropy.hex(96);
        var secret = algorithm.secret(username, challenge.realm(), password);
        var response =
                algorithm.response(
                        secret, challenge.nonce(), count, cnonce, request.method(), request.uri());
        return new Credentials(
                username,
                challenge.realm(),
                challenge.nonce(),
                request.uri(),
                response,
                algorithm,
                cnonce,
                count,
                challenge.opaque());
    }

    /** Without the password. */
    @Override
    public String toString() {
        return username;
    }
}

package io.posthorn.strand;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where to connect or send.
 *
 * @param address resolved; host and port
 * @param name what a certificate there must be valid for
 * @param fingerprint as in {@code a=fingerprint}: the certificate must be this one, whoever made it
 *     and whatever it is for (RFC 8122); null: {@code name} decides
 * @param from the address to come from, maybe one that we listen at; any other, if a connection of
 *     ours goes that way already. Null: any
 */
public record Target(
        InetSocketAddress address,
        Net.Kind kind,
        String name,
        @Nullable String fingerprint,
        @Nullable InetSocketAddress from) {

    /** Without a fingerprint, from anywhere. */
    public Target(InetSocketAddress address, Net.Kind kind, String name) {
        this(address, kind, name, null, null);
    }

    /** From anywhere. */
    public Target(
            InetSocketAddress address, Net.Kind kind, String name, @Nullable String fingerprint) {
        this(address, kind, name, fingerprint, null);
    }

    /** The same, coming from {@code here}. */
    public Target leaving(@Nullable InetSocketAddress here) {
        return new Target(address, kind, name, fingerprint, here);
    }
}

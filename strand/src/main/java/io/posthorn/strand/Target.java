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
 */
public record Target(
        InetSocketAddress address, Net.Kind kind, String name, @Nullable String fingerprint) {

    /** Without a fingerprint. */
    public Target(InetSocketAddress address, Net.Kind kind, String name) {
        this(address, kind, name, null);
    }
}

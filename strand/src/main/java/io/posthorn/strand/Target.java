package io.posthorn.strand;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to connect or send.
 *
 * @param address resolved; host and port
 * @param name what a certificate there must be valid for
 * @param fingerprints as in {@code a=fingerprint}: the certificate must be one of these, whoever
 *     made it and whatever it is for (RFC 8122); none: {@code name} decides
 * @param from the address to come from, maybe one that we listen at; any other, if a connection of
 *     ours goes that way already. Null: any
 * @param ours who we are there; null: {@link Net#identity} as it is then
 */
public record Target(
        InetSocketAddress address,
        Net.Kind kind,
        String name,
        List<String> fingerprints,
        @Nullable InetSocketAddress from,
        @Nullable Identity ours) {

    public Target {
        fingerprints = List.copyOf(fingerprints);
    }

    /** Without a fingerprint, from anywhere. */
    public Target(InetSocketAddress address, Net.Kind kind, String name) {
        this(address, kind, name, List.of(), null, null);
    }

    /** The same, where the certificate is one of these. */
    public Target promised(List<String> fingerprints) {
        return new Target(address, kind, name, fingerprints, from, ours);
    }

    /** The same, coming from {@code here}. */
    public Target leaving(@Nullable InetSocketAddress here) {
        return new Target(address, kind, name, fingerprints, here, ours);
    }

    /** The same, where we are {@code identity}. */
    public Target showing(@Nullable Identity identity) {
        return new Target(address, kind, name, fingerprints, from, identity);
    }
}

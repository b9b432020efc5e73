package io.posthorn.strand;

import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The certificate that the other end of a link has shown, and what it is worth here. Immutable. */
public final class Certificate {

    private static final List<String> HASHES = List.of("sha-256", "sha-384", "sha-512");

    /** Ours: fingerprints that a text names; the rest it counts. */
    private static final int NAMED = 2;

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

    private final byte[] der;
    private final List<String> names;
    private final @Nullable String doubt;

    private Certificate(byte[] der, Collection<String> names, @Nullable String doubt) {
        this.der = der.clone();
        this.names = names.stream().map(Certificate::plain).distinct().toList();
        this.doubt = doubt;
    }

    /**
     * One that an authority vouches for that we trust.
     *
     * @param names the domains, hosts and addresses it is for
     */
    public static Certificate vouched(byte[] der, Collection<String> names) {
        return new Certificate(der, names, null);
    }

    /**
     * One that nobody vouches for: it is as good as its fingerprint.
     *
     * @param doubt why, to be read after "certificate": {@code expired on 2024-01-31}
     */
    public static Certificate doubted(byte[] der, String doubt) {
        return new Certificate(der, List.of(), doubt);
    }

    /** The domains, hosts and addresses it is for; none unless it is {@link #vouched()}. */
    public List<String> names() {
        return names;
    }

    /** Whether its {@link #names()} can be believed. */
    public boolean vouched() {
        return doubt == null;
    }

    /**
     * Whether it is for {@code name}: a domain, a host or an address. Wildcards are no names.
     * Source: RFC 5922 section 7.2.
     */
    public boolean covers(String name) {
        return names.contains(plain(name));
    }

    /** As {@code a=fingerprint} has it, by SHA-256. Source: RFC 8122 section 5. */
    public String fingerprint() {
        return "sha-256 " + hex("sha-256");
    }

    /**
     * Whether {@code fingerprint} is of this certificate.
     *
     * @param fingerprint as {@code a=fingerprint} has it, by SHA-256, SHA-384 or SHA-512
     */
    public boolean is(String fingerprint) {
        return isOneOf(List.of(fingerprint));
    }

    /** Digests once per hash, however many there are: a certificate may be long. */
    private boolean isOneOf(Collection<String> fingerprints) {
        var plain = fingerprints.stream().map(Certificate::spelled).collect(Collectors.toSet());
        return HASHES.stream()
                .filter(hash -> plain.stream().anyMatch(one -> one.startsWith(hash + " ")))
                .anyMatch(hash -> plain.contains(hash + " " + hex(hash).toLowerCase(Locale.ROOT)));
    }

    /** One spelling for all of a fingerprint. */
    private static String spelled(String fingerprint) {
        return fingerprint.strip().replaceFirst(" +", " ").toLowerCase(Locale.ROOT);
    }

    private String hex(String hash) {
        return COLONS.formatHex(digest(hash, der));
    }

    /**
     * Why this is not the certificate that is wanted at {@code to}, for a person; null if it is. A
     * fingerprint decides alone: whoever knows it needs no authority (RFC 8122 section 6.2).
     */
    public @Nullable String refusal(Target to) {
        var promised = to.fingerprints();
        if (!promised.isEmpty())
            return isOneOf(promised)
                    ? null
                    : "certificate is not that of a=fingerprint: shown "
                            + begun(fingerprint())
                            + ", promised "
                            + begun(promised);
        if (doubt != null) return "certificate " + doubt;
        return covers(to.name())
                ? null
                : "certificate is for " + String.join(", ", names) + " and not for " + to.name();
    }

    private static String begun(List<String> promised) {
        var named =
                promised.stream()
                        .limit(NAMED)
                        .map(Certificate::begun)
                        .collect(Collectors.joining(" or "));
        int more = promised.size() - NAMED;
        return more > 0 ? named + " or one of " + more + " more" : named;
    }

    /** As much of a fingerprint as a person compares. */
    private static String begun(String fingerprint) {
        var hex = fingerprint.substring(fingerprint.indexOf(' ') + 1).strip();
        return hex.length() <= 12 ? hex : hex.substring(0, 11) + "…";
    }

    private static byte[] digest(String hash, byte[] bytes) {
        try {
            return MessageDigest.getInstance(hash.toUpperCase(Locale.ROOT)).digest(bytes);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this JDK has no " + hash, missing);
        }
    }

    /**
     * One spelling for all of a name: IPv6 addresses have several, and stand in brackets in URIs.
     */
    private static String plain(String name) {
        var bare = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
        if (bare.endsWith(".")) bare = bare.substring(0, bare.length() - 1);
        if (bare.indexOf(':') < 0) return bare.toLowerCase(Locale.ROOT);
        try {
            return InetAddress.ofLiteral(bare).getHostAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return bare.toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String toString() {
        return doubt == null ? "certificate for " + names : "certificate " + doubt;
    }
}

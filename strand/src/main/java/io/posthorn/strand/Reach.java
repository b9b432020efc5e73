package io.posthorn.strand;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be connected to. A peer writes them, into SDP, Contact or Via: followed
 * blindly, they lead into our own machine and to what serves credentials to it. Any thread.
 *
 * <p>Source: RFC 6890; the addresses of the metadata services are those of the large clouds.
 *
 * @param allowed addresses that are reached whatever they are for
 * @param places the same, with their ports
 */
public record Reach(List<Range> allowed, List<InetSocketAddress> places) {

    private static final List<Range> METADATA =
            ranges("100.100.100.200", "192.0.0.192", "fd00:ec2::254");
    private static final List<Range> NOWHERE = ranges("0.0.0.0/8", "255.255.255.255");

    /** RFC 6052 section 2.1: an IPv4 address is in the last octets. */
    private static final Range TRANSLATED = Range.parse("64:ff9b::/96");

    public Reach {
        allowed = List.copyOf(allowed);
        places = List.copyOf(places);
    }

    public Reach(List<Range> allowed) {
        this(allowed, List.of());
    }

    private static List<Range> ranges(String... texts) {
        return Arrays.stream(texts).map(Range::parse).toList();
    }

    /** Why {@code there} is not connected to, for a person to read; null if it may be. */
    public @Nullable String refusal(InetSocketAddress there) {
        var to = there.getAddress();
        // Without an address it is not connected to anyway.
        if (to == null || in(allowed, to) || places.contains(there)) return null;
        var kind = kind(to instanceof Inet6Address v6 ? inner(v6) : to);
        return kind == null
                ? null
                : to.getHostAddress()
                        + " is "
                        + kind
                        + "; if it shall be reached, list it in outbound.allow";
    }

    private static @Nullable String kind(InetAddress to) {
        if (to.isLoopbackAddress()) return "a loopback address";
        if (to.isLinkLocalAddress()) return "a link-local address";
        if (in(METADATA, to)) return "a metadata service's address";
        if (to.isAnyLocalAddress() || to.isMulticastAddress() || in(NOWHERE, to))
            return "no single host's address";
        return null;
    }

    /** The IPv4 address that an IPv6 address leads to, if it does. */
    private static InetAddress inner(Inet6Address to) {
        boolean plain = to.isLoopbackAddress() || to.isAnyLocalAddress();
        if (plain || !to.isIPv4CompatibleAddress() && !TRANSLATED.holds(to)) return to;
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(to.getAddress(), 12, 16));
        } catch (UnknownHostException never) {
            throw new IllegalStateException(never);
        }
    }

    private static boolean in(List<Range> ranges, InetAddress address) {
        for (var range : ranges) if (range.holds(address)) return true;
        return false;
    }

    /**
     * Addresses that begin with the same bits.
     *
     * @param bits how many of {@code first}
     */
    public record Range(InetAddress first, int bits) {

        /**
         * Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32}, or one address.
         *
         * @throws IllegalArgumentException if it is none of them
         */
        public static Range parse(String text) {
            var slash = text.indexOf('/');
            var first = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int most = first.getAddress().length * 8;
            int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > most) throw new IllegalArgumentException("bits in " + text);
            return new Range(first, bits);
        }

        boolean holds(InetAddress address) {
            var mine = first.getAddress();
            var its = address.getAddress();
            if (mine.length != its.length) return false;
            int whole = bits / 8;
            if (!Arrays.equals(mine, 0, whole, its, 0, whole)) return false;
            int rest = bits % 8;
            return rest == 0 || (mine[whole] ^ its[whole]) >> 8 - rest == 0;
        }
    }
}

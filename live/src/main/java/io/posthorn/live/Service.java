package io.posthorn.live;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;

/**
 * What RFC 3263 looks at in a URI: {@code sip:bob@example.net:5060;transport=tcp}, or the same
 * without scheme.
 *
 * @param port -1 if none was given
 * @param transport lower case; null if none was given
 */
record Service(boolean secure, String host, int port, @Nullable String transport) {

    static Optional<Service> of(String text) {
        var rest = text.strip();
        var secure = rest.regionMatches(true, 0, "sips:", 0, 5);
        if (secure) rest = rest.substring(5);
        else if (rest.regionMatches(true, 0, "sip:", 0, 4)) rest = rest.substring(4);
        // A user part may hold ';' and '?', but no '@'.
        rest = rest.substring(rest.indexOf('@') + 1);
        var parameters = cut(rest, cut(rest, rest.length(), '?'), ';');
        var hostPort = rest.substring(0, parameters);
        var hostEnd = hostPort.startsWith("[") ? hostPort.indexOf(']') + 1 : hostPort.indexOf(':');
        if (hostEnd < 0) hostEnd = hostPort.length();
        var port = port(hostPort.substring(hostEnd));
        var host = hostPort.substring(0, hostEnd).toLowerCase(Locale.ROOT);
        if (host.isEmpty() || port.isEmpty()) return Optional.empty();
        var transport = parameter(rest.substring(parameters), "transport");
        // RFC 3263 section 4: maddr, if present, is the target.
        var maddr = parameter(rest.substring(parameters), "maddr");
        return Optional.of(
                new Service(secure, maddr == null ? host : maddr, port.get(), transport));
    }

    private static int cut(String text, int end, char at) {
        var found = text.indexOf(at);
        return found < 0 || found > end ? end : found;
    }

    private static Optional<Integer> port(String text) {
        if (text.isEmpty()) return Optional.of(-1);
        if (!text.matches(":[0-9]{1,5}")) return Optional.empty();
        var port = Integer.parseInt(text.substring(1));
        return port == 0 || port > 65_535 ? Optional.empty() : Optional.of(port);
    }

    private static @Nullable String parameter(String parameters, String name) {
        var end = cut(parameters, parameters.length(), '?');
        for (var one : parameters.substring(0, end).split(";", -1)) {
            var lower = one.strip().toLowerCase(Locale.ROOT);
            if (lower.startsWith(name + "=")) return lower.substring(name.length() + 1);
        }
        return null;
    }

    /** The address, if the host is one. */
    Optional<InetAddress> literal() {
        var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        var bytes = Address.toByteArray(bare, bare.contains(":") ? Address.IPv6 : Address.IPv4);
        try {
            return bytes == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException wrongLength) {
            return Optional.empty();
        }
    }
}

package io.posthorn.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * An address to listen on, written {@code "127.0.0.1:5060"} or {@code "[::1]:5060"}.
 *
 * @param port 0 takes a free one
 */
public record HostPort(String host, int port) {

    /**
     * @throws InvalidConfig if {@code text} is not an address
     */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon > 0) {
            var host = text.substring(0, colon);
            boolean bare = host.contains(":") && !host.startsWith("[");
            try {
                int port = Integer.parseInt(text.substring(colon + 1));
                if (!bare && port >= 0 && port <= 65_535) return new HostPort(host, port);
            } catch (NumberFormatException notPort) {
                // said below
            }
        }
        throw new InvalidConfig(
                "'" + text + "' is not an address: write for example \"127.0.0.1:5060\"");
    }

    /**
     * @throws InvalidConfig if the host has no address
     */
    public InetSocketAddress address() {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new InvalidConfig("'" + host + "' has no address");
        }
    }

    /** How a neighbour on this machine calls it. */
    String sip() {
        var at =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "[::]" -> "[::1]";
                    default -> host;
                };
        return "sip:" + at + ":" + port;
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}

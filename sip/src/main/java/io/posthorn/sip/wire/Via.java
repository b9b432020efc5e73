package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One Via value.
 *
 * @param transport upper case: UDP, TCP, TLS
 * @param host as it is written, IPv6 with its brackets
 * @param port -1 if there is none
 */
public record Via(String transport, String host, int port, Params params) {

    /**
     * @throws SipSyntax if {@code text} is not one
     */
    public static Via parse(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        Scan.Sent at = new Scan.Sent();
        int end = Scan.via(b, 0, b.length, at);
        if (end < b.length) {
            throw new SipSyntax(end, "comma after a Via");
        }
        return of(b, at);
    }

    /** More values may follow after a comma. */
    static Via first(byte[] b, int from, int to) {
        Scan.Sent at = new Scan.Sent();
        Scan.via(b, from, to, at);
        return of(b, at);
    }

    private static Via of(byte[] b, Scan.Sent at) {
        return new Via(
                transport(b, at.transportFrom, at.transportTo),
                Scan.text(b, at.hostFrom, at.hostTo),
                at.port,
                Params.of(at.params));
    }

    private static String transport(byte[] b, int from, int to) {
        if (Scan.is(b, from, to, "udp")) {
            return "UDP";
        }
        if (Scan.is(b, from, to, "tcp")) {
            return "TCP";
        }
        return Scan.text(b, from, to).toUpperCase(Locale.ROOT);
    }

    public Optional<String> branch() {
        return params.get("branch");
    }

    /** The address a request came from, without brackets (RFC 5118 section 4.5 allows both). */
    public Optional<String> received() {
        return params.get("received")
                .map(address ->
                        address.startsWith("[") && address.endsWith("]")
                                ? address.substring(1, address.length() - 1)
                                : address);
    }

    /** The port a request came from; -1 if there is none or it is wrong. Source: RFC 3581. */
    public int rport() {
        String text = params.get("rport").orElse("");
        if (text.isEmpty() || text.length() > 5 || !Chars.digits(text)) {
            return -1;
        }
        int port = Integer.parseInt(text);
        return port == 0 || port > 65_535 ? -1 : port;
    }

    public Via with(String name, @Nullable String value) {
        return new Via(transport, host, port, params.with(name, value));
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(128);
        out.append("SIP/2.0/").append(transport).append(' ').append(host);
        if (port >= 0) {
            out.append(':').append(port);
        }
        params.write(out);
        return out.toString();
    }
}

package io.posthorn.strand.sim;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The names a test has registered, the names of the nodes, {@code localhost} and IP literals.
 * Defaults as in RFC 3263 section 4: UDP for {@code sip}, TLS for {@code sips}.
 */
final class KnownNames implements Names {

    /** What all nodes know. */
    record Zone(Map<String, List<Target>> names, Function<String, @Nullable InetAddress> nodes) {
        Zone(Function<String, @Nullable InetAddress> nodes) {
            this(new TreeMap<>(), nodes);
        }
    }

    private final Zone zone;
    private final Agenda agenda;
    private final Node node;

    KnownNames(Zone zone, Agenda agenda, Node node) {
        this.zone = zone;
        this.agenda = agenda;
        this.node = node;
    }

    @Override
    public void resolve(Loop loop, String service, Consumer<List<Target>> then) {
        if (!(loop instanceof QueuedLoop on))
            throw new IllegalStateException(loop + " is not a loop of this simulation");
        agenda.at(
                agenda.now() + agenda.dice.between(50_000, 2_000_000),
                Agenda.Kind.NAMES,
                node,
                on,
                () -> then.accept(find(service)));
    }

    private List<Target> find(String service) {
        var exact = zone.names().get(service.toLowerCase(Locale.ROOT));
        if (exact != null) return exact;
        var asked = Service.parse(service);
        var registered = zone.names().get(asked.host());
        if (registered != null) return asked.among(registered);
        var address = address(asked.host());
        if (address == null) return List.of();
        var at = new InetSocketAddress(address, asked.portOrDefault());
        return List.of(new Target(at, asked.kindOrDefault(), asked.host()));
    }

    private @Nullable InetAddress address(String host) {
        if (host.equals("localhost")) return InetAddress.getLoopbackAddress();
        var node = zone.nodes().apply(host);
        return node != null ? node : literal(host);
    }

    private static @Nullable InetAddress literal(String host) {
        boolean v6 = host.indexOf(':') >= 0;
        if (!v6 && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) return null;
        try {
            return InetAddress.getByName(host); // a literal: nothing is asked
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** A service name taken apart. */
    private record Service(String scheme, String host, int port, Net.@Nullable Kind kind) {

        static Service parse(String service) {
            var text = service.toLowerCase(Locale.ROOT);
            var scheme = "sip";
            for (var known : List.of("sips", "sip", "msrps", "msrp"))
                if (text.startsWith(known + ":")) {
                    scheme = known;
                    text = text.substring(known.length() + 1);
                    break;
                }
            if (text.startsWith("//")) text = text.substring(2);
            int parameters = text.indexOf(';');
            var kind = kind(parameters < 0 ? "" : text.substring(parameters + 1));
            if (parameters >= 0) text = text.substring(0, parameters);
            text = text.substring(text.indexOf('@') + 1);
            if (text.indexOf('/') >= 0) text = text.substring(0, text.indexOf('/'));
            int end = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
            if (end <= 0 || end > text.length()) end = text.length();
            var host = text.substring(0, end).replace("[", "").replace("]", "");
            var port = text.substring(end).replace(":", "");
            return new Service(scheme, host, port.matches("\\d{1,5}") ? number(port) : 0, kind);
        }

        private static int number(String digits) {
            int port = Integer.parseInt(digits);
            return port > 65_535 ? 0 : port;
        }

        private static Net.@Nullable Kind kind(String parameters) {
            for (var parameter : parameters.split(";"))
                switch (parameter.strip()) {
                    case "transport=udp" -> {
                        return Net.Kind.UDP;
                    }
                    case "transport=tcp" -> {
                        return Net.Kind.TCP;
                    }
                    case "transport=tls" -> {
                        return Net.Kind.TLS;
                    }
                    default -> {}
                }
            return null;
        }

        private boolean secure() {
            return scheme.equals("sips") || scheme.equals("msrps");
        }

        private boolean msrp() {
            return scheme.startsWith("msrp");
        }

        Net.Kind kindOrDefault() {
            if (secure()) return Net.Kind.TLS;
            if (kind != null) return kind;
            return msrp() ? Net.Kind.TCP : Net.Kind.UDP;
        }

        int portOrDefault() {
            if (port > 0) return port;
            if (msrp()) return 2855;
            return kindOrDefault() == Net.Kind.TLS ? 5061 : 5060;
        }

        /** Those of {@code targets} that have the transport asked for, if one was. */
        List<Target> among(List<Target> targets) {
            var wanted = secure() ? Net.Kind.TLS : kind;
            return targets.stream().filter(t -> wanted == null || t.kind() == wanted).toList();
        }
    }
}

package io.posthorn.sipcore;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Net;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Who can be reached where. Written on the registrar's loop only; read on any. */
final class Location {

    private final Map<String, List<Binding>> byUser = new ConcurrentHashMap<>();
    private final Map<String, List<Binding>> byGruu = new ConcurrentHashMap<>();

    /** By the name of the flow that each registered over: a connection may be several users'. */
    private final Map<String, List<Binding>> byFlow = new ConcurrentHashMap<>();

    /** The devices of a user, in the order they registered last. */
    List<Binding> of(String aor) {
        return byUser.getOrDefault(aor, List.of());
    }

    /** Everybody who has a device. */
    List<String> users() {
        return byUser.keySet().stream().sorted().toList();
    }

    /** The flows of the device that a GRUU means, in the order they registered last. */
    List<Binding> named(SipUri gruu) {
        return byGruu.getOrDefault(gruuKey(gruu), List.of());
    }

    /**
     * The device of {@code aor} whose contact or flow {@code uri} names. Only of this user: two
     * behind different NATs may name the same address, and anybody may name anybody's.
     */
    List<Binding> at(SipUri uri, String aor) {
        var address = address(uri);
        return of(aor).stream()
                .filter(binding -> addresses(binding).contains(address))
                .limit(1)
                .toList();
    }

    /** The users who registered from where a request came from, in the order of registration. */
    List<Binding> from(Flow flow) {
        return byFlow.getOrDefault(name(flow), List.of());
    }

    /**
     * The users who registered over this very connection, without anybody between; of datagrams
     * nobody, they are forged.
     */
    List<Binding> over(Flow flow) {
        if (flow.kind() == Net.Kind.UDP || !flow.open()) return List.of();
        return from(flow).stream()
                .filter(binding -> binding.flow() == flow && binding.direct())
                .toList();
    }

    /** What {@link #token} named, while it lives and is registered for the same device. */
    Optional<Flow> flow(String token) {
        int end = token.lastIndexOf(OF);
        if (end < 0) return Optional.empty();
        var id = token.substring(end + 1);
        return byFlow.getOrDefault(token.substring(0, end), List.of()).stream()
                .filter(binding -> binding.id().equals(id))
                .map(Binding::flow)
                .filter(Flow::open)
                .findFirst();
    }

    /**
     * What names the flow of {@code binding} in a route entry: RFC 5626 section 5.2. A NAT may give
     * its address and port to somebody else, so it names the device, too.
     */
    static String token(Binding binding) {
        return name(binding.flow()) + OF + binding.id();
    }

    private static final char OF = '-';

    /** What names {@code flow}: transport, port here, and the other side. */
    private static String name(Flow flow) {
        var remote = flow.remote();
        return flow.kind().name().toLowerCase(Locale.ROOT).charAt(0)
                + Integer.toHexString(flow.local().getPort())
                + "-"
                + HexFormat.of().formatHex(remote.getAddress().getAddress())
                + "-"
                + Integer.toHexString(remote.getPort());
    }

    /** Whether {@code contact} names another address than requests of its device come from. */
    static boolean translated(SipUri contact, Flow flow) {
        return !address(contact).equals(address(flow.remote()));
    }

    /** Writes the devices of {@code aor} anew. Registrar's loop only. */
    void put(String aor, List<Binding> bindings) {
        for (var old : of(aor)) forget(old);
        for (var binding : bindings) remember(binding);
        if (bindings.isEmpty()) byUser.remove(aor);
        else byUser.put(aor, List.copyOf(bindings));
    }

    private void remember(Binding binding) {
        for (var gruu : gruus(binding)) byGruu.merge(gruu, List.of(binding), Location::joined);
        byFlow.merge(name(binding.flow()), List.of(binding), Location::joined);
    }

    private void forget(Binding binding) {
        for (var gruu : gruus(binding))
            byGruu.computeIfPresent(gruu, (_, all) -> less(all, binding));
        byFlow.computeIfPresent(name(binding.flow()), (_, all) -> less(all, binding));
    }

    private static List<Binding> joined(List<Binding> before, List<Binding> more) {
        var all = new ArrayList<>(before);
        all.addAll(more);
        return List.copyOf(all);
    }

    private static @org.jspecify.annotations.Nullable List<Binding> less(
            List<Binding> all, Binding gone) {
        var left = all.stream().filter(binding -> !binding.equals(gone)).toList();
        return left.isEmpty() ? null : left;
    }

    private static List<String> gruus(Binding binding) {
        var keys = new ArrayList<String>(2);
        if (!binding.gruu().isEmpty()) keys.add(gruuKey(SipUri.parse(binding.gruu())));
        for (var gruu : binding.temporary()) keys.add(gruuKey(SipUri.parse(gruu)));
        return keys;
    }

    private static List<String> addresses(Binding binding) {
        var keys = new ArrayList<String>(2);
        try {
            keys.add(address(SipUri.parse(binding.contact().uri())));
        } catch (SipSyntax notSip) {
            // reached over its flow alone
        }
        keys.add(address(binding.flow().remote()));
        return keys;
    }

    /** Equality of GRUUs includes {@code gr}, RFC 5627 section 4.2. */
    private static String gruuKey(SipUri uri) {
        return uri.aor() + ";gr=" + uri.gruu().orElse("");
    }

    private static String address(SipUri uri) {
        return spelled(uri.host()) + " " + (uri.port() < 0 ? 5060 : uri.port());
    }

    private static String address(InetSocketAddress remote) {
        return Transport.host(remote.getAddress()) + " " + remote.getPort();
    }

    /** An IPv6 address has several spellings; what is none stays as it is. */
    static String spelled(String host) {
        if (!host.startsWith("[")) return host;
        try {
            return Transport.host(InetAddress.ofLiteral(host.substring(1, host.length() - 1)));
        } catch (IllegalArgumentException none) {
            return host;
        }
    }

    /**
     * The devices among {@code bindings}, each with its flows: the one that registered last comes
     * first. RFC 5626 section 7: of one instance only one flow is tried at a time.
     */
    static Collection<List<Binding>> devices(List<Binding> bindings) {
        var devices = new LinkedHashMap<String, List<Binding>>();
        for (var binding : bindings) {
            var key = binding.outbound() ? "instance " + binding.instance() : binding.id();
            devices.computeIfAbsent(key, _ -> new ArrayList<>()).addFirst(binding);
        }
        return devices.values();
    }
}

package io.posthorn.sipcore;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Who can be reached where. Written on the registrar's loop only; read on any. */
final class Location {

    private final Map<String, List<Binding>> byUser = new ConcurrentHashMap<>();
    private final Map<String, Binding> byGruu = new ConcurrentHashMap<>();
    private final Map<String, Binding> byAddress = new ConcurrentHashMap<>();

    /** The devices of a user, in the order they registered. */
    List<Binding> of(String aor) {
        return byUser.getOrDefault(aor, List.of());
    }

    /**
     * The device that a Request-URI means: by its GRUU, or by the address of its contact or of its
     * flow.
     */
    Optional<Binding> device(SipUri uri) {
        var gruu = uri.gruu();
        if (gruu.isPresent()) return Optional.ofNullable(byGruu.get(gruuKey(uri)));
        return Optional.ofNullable(byAddress.get(address(uri)));
    }

    /** The user who registered from where a request came from. */
    Optional<Binding> at(InetSocketAddress remote) {
        return Optional.ofNullable(byAddress.get(address(remote)));
    }

    /** The user who registered over this very connection; of datagrams nobody, they are forged. */
    Optional<Binding> over(Flow flow) {
        if (flow.kind() == Net.Kind.UDP) return Optional.empty();
        return at(flow.remote()).filter(binding -> binding.flow() == flow && flow.open());
    }

    /** Writes the devices of {@code aor} anew. Registrar's loop only. */
    void put(String aor, List<Binding> bindings) {
        for (var old : of(aor)) forget(old);
        for (var binding : bindings) remember(binding);
        if (bindings.isEmpty()) byUser.remove(aor);
        else byUser.put(aor, List.copyOf(bindings));
    }

    private void remember(Binding binding) {
        for (var gruu : gruus(binding)) byGruu.put(gruu, binding);
        for (var address : addresses(binding)) byAddress.put(address, binding);
    }

    private void forget(Binding binding) {
        for (var gruu : gruus(binding)) byGruu.remove(gruu, binding);
        for (var address : addresses(binding)) byAddress.remove(address, binding);
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
        return uri.host().replace("[", "").replace("]", "")
                + " "
                + (uri.port() < 0 ? 5060 : uri.port());
    }

    private static String address(InetSocketAddress remote) {
        return remote.getAddress().getHostAddress() + " " + remote.getPort();
    }
}

package io.posthorn.sipcore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.SipUri;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Whose word holds: our application servers and listed neighbours. Source: RFC 3325 section 3, the
 * trust domain. Any thread.
 */
final class Trust {

    private final List<String> hosts;
    private final String pass;

    private Trust(List<String> hosts, String pass) {
        this.hosts = hosts.stream().map(Location::spelled).toList();
        this.pass = pass;
    }

    static Trust of(SipCore.Settings settings) {
        var access = settings.access();
        var hosts = new ArrayList<>(access.trusted());
        // Without passwords whoever shares a host with an application server counts as one.
        if (access.users() == null)
            for (var filter : settings.filters()) hosts.add(SipUri.parse(filter.server()).host());
        return new Trust(hosts, access.pass());
    }

    /** Whether what came over {@code from} came from a host that we trust. */
    boolean holds(Flow from) {
        return holds(from.remote().getAddress());
    }

    /** Whether {@code address} is that of a host that we trust. */
    boolean holds(InetAddress address) {
        return hosts.contains(Transport.host(address));
    }

    /** Whether {@code host}, of a URI, is one that we trust. */
    boolean names(String host) {
        return hosts.contains(Location.spelled(host));
    }

    /** Whether {@code user}, of a route entry to us, is the pass of our application servers. */
    boolean passes(String user) {
        return !pass.isEmpty() && MessageDigest.isEqual(pass.getBytes(UTF_8), user.getBytes(UTF_8));
    }
}

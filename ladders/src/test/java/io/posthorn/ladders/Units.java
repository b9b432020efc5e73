package io.posthorn.ladders;

import io.posthorn.cpm.client.ClientSettings;
import io.posthorn.cpm.client.CpmClient;
import io.posthorn.cpm.participating.Participating;
import io.posthorn.cpm.participating.Settings;
import io.posthorn.custody.WindowedSpools;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Settings.IntervalCheck;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.strand.GuardedWorld;
import io.posthorn.strand.Net;
import io.posthorn.strand.Reach;
import io.posthorn.strand.Reach.Range;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Puts the functions under test together, each on a world of its own. */
final class Units {

    private Units() {}

    /** A participating function under test. */
    record Pf(InetSocketAddress at) {

        String host() {
            return Party.host(at);
        }

        String hostPort() {
            return host() + ":" + at.getPort();
        }
    }

    /** On sockets everybody is on loopback. */
    private static final Reach LOOPBACK =
            new Reach(List.of(Range.parse("127.0.0.0/8"), Range.parse("::1")));

    /** SIP and MSRP of one node. */
    record Stack(DialogUserAgent agent, MsrpNode msrp, SipTransactions transactions) {}

    /** A SIP and MSRP stack, not listening yet: its user agent wants its users first. */
    static Stack stack(
            Scenario l, String name, InetSocketAddress at, String server, IntervalCheck check) {
        return stack(l, name, at, server, check, msrp -> msrp);
    }

    private static Stack stack(
            Scenario l,
            String name,
            InetSocketAddress at,
            String server,
            IntervalCheck check,
            UnaryOperator<MsrpSettings> how) {
        var world = GuardedWorld.of(l.world(name), LOOPBACK);
        var media = how.apply(MsrpSettings.at(at.getAddress(), 0));
        if (media.tls() != null) l.certifies(name);
        // The peers speak SIP over UDP only.
        var transactions =
                new SipTransactions(world, SipSettings.standard().withTcpAbove(Integer.MAX_VALUE));
        var host = Party.host(at);
        var agent =
                new DialogUserAgent(
                        world,
                        transactions,
                        io.posthorn.sip.dialog.Settings.at(host, at.getPort())
                                .products(server, "")
                                .sessionExpires(90, 86_400, check));
        var msrp = new MsrpNode(world, media);
        l.draws(Party.text(at), name);
        l.closes(msrp);
        l.closes(transactions);
        l.leaves(() -> {
            var left = new ArrayList<String>();
            if (agent.stats().open() > 0) left.add(name + ": " + agent.stats());
            if (msrp.open().sessions() > 0) left.add(name + ": " + msrp.open());
            return left;
        });
        return new Stack(agent, msrp, transactions);
    }

    /** A CPM Client under test. */
    record Client(CpmClient cpm, InetSocketAddress at, World world) {}

    /** A client of {@code address} that goes to {@code core} over UDP. */
    static Client client(
            Scenario l,
            String name,
            String address,
            Party core,
            UnaryOperator<ClientSettings> settings) {
        var at = l.freeAddress(name);
        var stack = stack(l, name, at, "", IntervalCheck.ON_ARRIVAL);
        var plain =
                ClientSettings.of(
                                address,
                                "urn:uuid:00000000-0000-4000-8000-0000000000aa",
                                "<sip:" + core.hostPort() + ";lr>")
                        .over("udp");
        var client =
                new CpmClient(l.world(name), stack.agent(), stack.msrp(), settings.apply(plain));
        stack.transactions().listen(Net.Kind.UDP, at);
        l.leaves(() ->
                client.calls().open() > 0
                        ? List.of(name + ": " + client.calls().open() + " calls")
                        : List.of());
        return new Client(client, at, l.world(name));
    }

    /**
     * @param core where its own requests go
     * @param trusted whose asserted identities it takes
     */
    static Pf participating(
            Scenario l,
            String name,
            Party core,
            List<Party> trusted,
            UnaryOperator<Settings> settings) {
        return participating(l, name, core, trusted, settings, msrp -> msrp);
    }

    /** The same, with its MSRP changed. */
    static Pf participating(
            Scenario l,
            String name,
            Party core,
            List<Party> trusted,
            UnaryOperator<Settings> settings,
            UnaryOperator<MsrpSettings> msrp) {
        var at = l.freeAddress(name);
        var stack = stack(l, name, at, "CPM-serv/OMA2.2", IntervalCheck.BY_PROCEDURE, msrp);
        var spools =
                new WindowedSpools(l.world(name), WindowedSpools.Settings.in(Path.of("spool")));
        var hosts = trusted.stream().map(p -> p.at().getAddress().getHostAddress()).toList();
        var open =
                Settings.open("<sip:" + core.hostPort() + ";lr>", at.getAddress().getHostAddress());
        var function =
                Participating.start(
                        l.world(name),
                        stack.agent(),
                        stack.msrp(),
                        spools,
                        settings.apply(open.trusting(hosts)));
        stack.transactions().listen(Net.Kind.UDP, at);
        l.leaves(() -> {
            var left = new ArrayList<String>();
            if (function.calls().open() > 0)
                left.add(name + ": " + function.calls().open() + " calls");
            if (spools.open() > 0) left.add(name + ": " + spools.open() + " spools");
            return left;
        });
        return new Pf(at);
    }
}

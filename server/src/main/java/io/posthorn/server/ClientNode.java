package io.posthorn.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.cpm.client.ClientSettings;
import io.posthorn.cpm.client.CpmClient;
import io.posthorn.cpm.policy.Release;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.sip.auth.Account;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A CPM client with its own SIP port and its own MSRP ports, as the command line and the demo use
 * it.
 */
public final class ClientNode implements AutoCloseable {

    private static final Duration LEAVE = Duration.ofSeconds(3);

    private final World world;
    private final CpmClient client;
    private final SipTransactions transactions;
    private final DialogUserAgent agent;
    private final MsrpNode endpoint;
    private final String sip;

    private ClientNode(
            World world,
            CpmClient client,
            SipTransactions transactions,
            DialogUserAgent agent,
            MsrpNode endpoint,
            String sip) {
        this.world = world;
        this.client = client;
        this.transactions = transactions;
        this.agent = agent;
        this.endpoint = endpoint;
        this.sip = sip;
    }

    /**
     * Starts a client on free ports.
     *
     * @param installation what tells this device from others of the same user
     * @param core {@code HOST:PORT}, or {@code HOST:PORT;transport=udp}; with {@code transport=tls}
     *     SIP and media are over TLS, and nothing else is listened to
     * @param password what to answer a core that asks for it; null: there is none
     */
    public static ClientNode start(
            World world,
            InetAddress at,
            String address,
            String installation,
            String core,
            @Nullable String password) {
        return start(world, at, address, installation, core, password, agent -> agent);
    }

    /**
     * As above.
     *
     * @param around what the client gets in place of its user agent: one that passes on, and sees
     */
    public static ClientNode start(
            World world,
            InetAddress at,
            String address,
            String installation,
            String core,
            @Nullable String password,
            UnaryOperator<SipUserAgent> around) {
        int port = Ports.free(world, at);
        var host = Ports.host(at);
        var transactions = new SipTransactions(world, SipSettings.standard());
        var product = Release.CLIENT.toString();
        var agent =
                new DialogUserAgent(
                        world,
                        transactions,
                        Settings.at(host, port)
                                .products(product, product)
                                .account(Account.of(address, password, world.entropy())));
        // Whoever has a certificate answers TLS with TLS.
        var media = MsrpSettings.at(at, 0);
        var endpoint =
                new MsrpNode(world, world.net().identity() == null ? media : media.withTls(0));
        boolean secure = core.contains("transport=tls");
        var plain =
                ClientSettings.of(address, instance(address, installation), "<sip:" + core + ";lr>")
                        .over(core.contains("transport=tcp") ? "tcp" : "udp");
        var settings = secure ? plain.over("tls").withTls() : plain;
        var client = new CpmClient(world, around.apply(agent), endpoint, settings);
        var kinds = secure ? List.of(Net.Kind.TLS) : List.of(Net.Kind.UDP, Net.Kind.TCP);
        for (var kind : kinds) {
            transactions.listen(kind, new InetSocketAddress(at, port));
        }
        return new ClientNode(world, client, transactions, agent, endpoint, host + ":" + port);
    }

    private static String instance(String address, String installation) {
        return "urn:uuid:" + UUID.nameUUIDFromBytes((address + " " + installation).getBytes(UTF_8));
    }

    public CpmClient client() {
        return client;
    }

    /** Where its SIP is, {@code host:port}. */
    public String sip() {
        return sip;
    }

    /** What is in use, and how much of it, as {@link Wiring#open()}. Any thread. */
    public Map<String, Long> open() {
        var open = new LinkedHashMap<String, Long>();
        open.put("calls", (long) client.calls().open());
        open.put("SIP legs", (long) agent.stats().legs());
        open.put("MSRP sessions", (long) endpoint.open().sessions());
        open.put("MSRP connections", (long) endpoint.open().connections());
        open.put("MSRP SENDs without an answer", (long) endpoint.open().pending());
        open.values().removeIf(count -> count == 0);
        return open;
    }

    @Override
    public void close() {
        // a call that has told its outcome still takes its leave of the other side
        Quiet.when(world.loops().getFirst(), client.calls()::open, LEAVE).join();
        endpoint.close();
        transactions.close();
    }
}

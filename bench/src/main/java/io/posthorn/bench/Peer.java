package io.posthorn.bench;

import io.posthorn.cpm.call.Calls;
import io.posthorn.cpm.policy.Release;
import io.posthorn.cpm.policy.Service;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.server.Ports;
import io.posthorn.sip.auth.Account;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One user's device, or whatever else stands around the function that is measured: a SIP user agent
 * and an MSRP endpoint with ports of their own. It has no disk, so that none is in the way.
 */
final class Peer implements AutoCloseable {

    private static final int ANSWER_SECONDS = 10;
    private static final int REGISTERED_SECONDS = 86_400;

    private final String user;
    private final String at;
    private final SipTransactions transactions;
    private final DialogUserAgent agent;
    private final MsrpNode endpoint;
    private final Calls calls;

    private Peer(
            String user,
            String at,
            SipTransactions transactions,
            DialogUserAgent agent,
            MsrpNode endpoint,
            Calls calls) {
        this.user = user;
        this.at = at;
        this.transactions = transactions;
        this.agent = agent;
        this.endpoint = endpoint;
        this.calls = calls;
    }

    /** How a peer sends. */
    record Sending(int chunkBytes, int window, SipSettings sip) {
        static Sending standard() {
            return new Sending(64 << 10, 8, SipSettings.standard());
        }

        Sending chunks(int bytes, int unanswered) {
            return new Sending(bytes, unanswered, sip);
        }

        /** SIP over UDP whatever its length. */
        Sending udp() {
            return new Sending(chunkBytes, window, sip.withTcpAbove(Integer.MAX_VALUE));
        }
    }

    /**
     * @param user {@code sip:alice@example.com}
     * @param password what to answer a core that asks for it; null: there is none
     */
    static Peer start(World world, String user, @Nullable String password, Sending sending) {
        var loopback = InetAddress.getLoopbackAddress();
        int port = Ports.free(world, loopback);
        var host = Ports.host(loopback);
        var transactions = new SipTransactions(world, sending.sip());
        var product = Release.CLIENT.toString();
        var agent =
                new DialogUserAgent(
                        world,
                        transactions,
                        Settings.at(host, port)
                                .products(product, product)
                                .account(Account.of(user, password, world.entropy())));
        var endpoint =
                new MsrpNode(
                        world,
                        MsrpSettings.at(loopback, 0).with(sending.chunkBytes(), sending.window()));
        var calls = new Calls(world, agent, endpoint, product);
        for (var kind : new Net.Kind[] {Net.Kind.UDP, Net.Kind.TCP})
            transactions.listen(kind, new InetSocketAddress(loopback, port));
        return new Peer(user, host + ":" + port, transactions, agent, endpoint, calls);
    }

    /** Where its SIP is, {@code host:port}. */
    String at() {
        return at;
    }

    String user() {
        return user;
    }

    Calls calls() {
        return calls;
    }

    String contact() {
        return "<sip:" + SipUri.parse(user).user() + "@" + at + ">";
    }

    /**
     * Registers as a device that takes large messages.
     *
     * @throws Failed if the core does not answer, or refuses
     */
    void register(String core) {
        var answer = new CompletableFuture<SipResponse>();
        agent.ask(registration(core), answer::complete);
        var response = within(answer);
        if (response == null || response.code() == 408 || response.code() == 503)
            throw new Failed(Failed.NO_SERVER, "no SIP/IP core answers at " + core);
        if (!response.success())
            throw new Failed(
                    Failed.FAILED,
                    "registration of "
                            + user
                            + " refused: "
                            + response.code()
                            + " "
                            + response.reason());
    }

    private SipRequest registration(String core) {
        var self = "<" + user + ">";
        return SipRequest.of("REGISTER", "sip:" + SipUri.parse(user).host())
                .with("Route", "<sip:" + core + ";lr>")
                .with("From", self)
                .with("To", self)
                .with(
                        "Contact",
                        contact()
                                + ";+sip.instance=\"<urn:uuid:"
                                + UUID.randomUUID()
                                + ">\";"
                                + Service.LARGE_MESSAGE.tag()
                                + ";"
                                + Service.LEGACY_LARGE
                                + ";expires="
                                + REGISTERED_SECONDS)
                .with("Supported", "gruu, path");
    }

    private static @Nullable SipResponse within(CompletableFuture<SipResponse> answer) {
        return answer.completeOnTimeout(null, ANSWER_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Takes every call with {@code receive}. */
    void onCall(Receive receive) {
        agent.onInvite(leg -> calls.take(leg, "receiving", receive));
    }

    @Override
    public void close() {
        endpoint.close();
        transactions.close();
    }
}

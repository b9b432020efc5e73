package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A simulated node with transactions, and all that its user heard. */
final class Peer implements Transactions.User {

    final World world;
    final SipTransactions sip;
    final InetSocketAddress udp;
    final InetSocketAddress tcp;
    final List<Transactions.ServerTransaction> requests = new ArrayList<>();
    final List<SipRequest> received = new ArrayList<>();
    final List<SipRequest> acks = new ArrayList<>();
    final List<SipResponse> strays = new ArrayList<>();
    final List<Integer> heard = new ArrayList<>();
    final List<SipResponse> responses = new ArrayList<>();
    final List<SipRequest> cancels = new ArrayList<>();

    /** What each request got as its final answer. */
    final List<List<Integer>> finalsOf = new ArrayList<>();

    private final Map<Transactions.ClientTransaction, Integer> sent = new LinkedHashMap<>();
    int ends;
    Consumer<Transactions.ServerTransaction> answers = _ -> {};

    /** What this peer sent last. */
    Transactions.@Nullable ClientTransaction last;

    Peer(Simulation s, String name) {
        this(s, name, SipSettings.standard());
    }

    Peer(Simulation s, String name, SipSettings settings) {
        world = s.node(name);
        sip = new SipTransactions(world, settings);
        sip.user(this);
        udp = sip.listen(Net.Kind.UDP, new InetSocketAddress(s.address(name), 5060));
        tcp = sip.listen(Net.Kind.TCP, new InetSocketAddress(s.address(name), 5060));
    }

    @Override
    public void request(Transactions.ServerTransaction transaction) {
        requests.add(transaction);
        received.add(transaction.request());
        transaction.onCancel(cancels::add);
        transaction.onEnd(() -> ends++);
        answers.accept(transaction);
    }

    @Override
    public void ack(SipRequest ack, Flow from) {
        acks.add(ack);
    }

    @Override
    public void strayAnswer(SipResponse response, Flow from) {
        strays.add(response);
    }

    String uri(String transport) {
        return "sip:bob@" + udp.getAddress().getHostAddress() + ":5060;transport=" + transport;
    }

    Loop loop(int n) {
        return world.loops().get(n);
    }

    SipRequest request(String method, String uri, String callId) {
        return SipRequest.of(method, uri)
                .with("From", "<sip:alice@example.com>;tag=a")
                .with("To", "<sip:bob@example.net>")
                .with("Call-ID", callId)
                .with("CSeq", "1 " + method);
    }

    void send(int loop, SipRequest request) {
        send(loop, request, null);
    }

    void send(int loop, SipRequest request, @Nullable Flow along) {
        var finals = new ArrayList<Integer>();
        finalsOf.add(finals);
        on(
                loop,
                () -> {
                    last =
                            sip.send(
                                    loop(loop),
                                    request,
                                    along,
                                    (response, _) -> {
                                        heard.add(response.code());
                                        responses.add(response);
                                        if (!response.provisional()) finals.add(response.code());
                                    });
                    sent.put(last, loop);
                });
    }

    Transactions.ClientTransaction last() {
        return Objects.requireNonNull(last);
    }

    /** As a user does whose patience has ended. */
    void cancelAll() {
        sent.forEach((transaction, loop) -> on(loop, () -> transaction.cancel(null)));
    }

    void on(int loop, Runnable task) {
        loop(loop).execute(task);
    }

    /** Answers the first request it got. */
    void answer(int code) {
        var first = requests.getFirst();
        first.loop().execute(() -> first.respond(SipResponse.to(received.getFirst(), code)));
    }

    /** Answers whatever comes with these codes at once. */
    Peer answering(int... codes) {
        answers =
                transaction -> {
                    for (int code : codes)
                        transaction.respond(SipResponse.to(transaction.request(), code));
                };
        return this;
    }
}

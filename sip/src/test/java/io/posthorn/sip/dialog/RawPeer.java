package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A node with transactions and nothing above them: it says what a test wants. */
final class RawPeer implements Transactions.User {

    final World world;
    final SipTransactions sip;
    final String host;
    final List<Transactions.ServerTransaction> requests = new ArrayList<>();
    final List<SipRequest> received = new ArrayList<>();
    final List<SipRequest> acks = new ArrayList<>();
    final List<SipResponse> responses = new ArrayList<>();

    /** What it answers; to begin with 200 to whatever is not an INVITE. */
    Consumer<Transactions.ServerTransaction> answers =
            asked -> {
                if (!asked.request().method().equals("INVITE"))
                    asked.respond(SipResponse.to(asked.request(), 200));
            };

    RawPeer(Simulation s, String name) {
        world = s.node(name);
        sip = new SipTransactions(world, SipSettings.standard());
        sip.user(this);
        host = s.address(name).getHostAddress();
        sip.listen(Net.Kind.UDP, new InetSocketAddress(s.address(name), 5060));
        sip.listen(Net.Kind.TCP, new InetSocketAddress(s.address(name), 5060));
    }

    @Override
    public void request(Transactions.ServerTransaction transaction) {
        requests.add(transaction);
        received.add(transaction.request());
        answers.accept(transaction);
    }

    @Override
    public void ack(SipRequest ack, Flow from) {
        acks.add(ack);
    }

    @Override
    public void strayAnswer(SipResponse response, Flow from) {}

    String uri() {
        return "sip:peer@" + host + ":5060;transport=udp";
    }

    List<String> methods() {
        return received.stream().map(SipRequest::method).toList();
    }

    List<Integer> codes() {
        return responses.stream().map(SipResponse::code).toList();
    }

    Transactions.ServerTransaction last(String method) {
        return requests.get(received.lastIndexOf(lastRequest(method)));
    }

    /** The last of that method, as it came; its transaction forgets most of it with its answer. */
    SipRequest lastRequest(String method) {
        return received.reversed().stream()
                .filter(r -> r.method().equals(method))
                .findFirst()
                .orElseThrow();
    }

    /** Answers the INVITE; any code, any tag, any time. */
    void answer(int code, String tag, java.util.function.UnaryOperator<SipResponse> more) {
        var invite = last("INVITE");
        var request = lastRequest("INVITE");
        var response =
                SipResponse.to(request, code)
                        .with("To", request.to().withTag(tag).toString())
                        .with("Contact", "<" + uri() + ">");
        invite.loop().execute(() -> invite.respond(more.apply(response)));
    }

    void answer(int code, String tag) {
        answer(code, tag, r -> r);
    }

    /** An INVITE or whatever to {@code phone}, in no dialog. */
    SipRequest fresh(String method, Phone phone) {
        return SipRequest.of(method, phone.uri())
                .with("From", "<sip:peer@example.net>;tag=raw")
                .with("To", "<sip:phone@example.com>")
                .with("Call-ID", "raw-call")
                .with("CSeq", "1 " + method)
                .with("Contact", "<" + uri() + ">");
    }

    /** A request in the dialog that answered {@code fresh} with {@code ok}. */
    SipRequest inDialog(String method, long number, SipResponse ok) {
        return SipRequest.of(method, ok.contact().orElseThrow().uri())
                .with("From", ok.from().toString())
                .with("To", ok.to().toString())
                .with("Call-ID", ok.callId())
                .with("CSeq", number + " " + method);
    }

    /** A request of the one who was called, in the dialog of the last INVITE. */
    SipRequest back(String method, long number, String tag) {
        var invite = lastRequest("INVITE");
        return SipRequest.of(method, invite.contact().orElseThrow().uri())
                .with("From", invite.to().withTag(tag).toString())
                .with("To", invite.from().toString())
                .with("Call-ID", invite.callId())
                .with("CSeq", number + " " + method);
    }

    void send(SipRequest request) {
        var loop = world.loops().getFirst();
        loop.execute(() -> {
            if (request.method().equals("ACK")) sip.sendAck(loop, request, null);
            else sip.send(loop, request, null, (response, _) -> responses.add(response));
        });
    }
}

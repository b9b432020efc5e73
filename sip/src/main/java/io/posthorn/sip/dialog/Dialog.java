package io.posthorn.sip.dialog;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Net;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The state of one dialog. Source: RFC 3261 section 12. Loop only. */
final class Dialog {

    private final String callId;
    private final String local;
    private final String remote;
    private final String remoteTag;
    private final List<String> routes;
    private final @Nullable Flow flow;
    private String target;
    private long localSeq;
    private long remoteSeq;

    private Dialog(
            String callId,
            NameAddr local,
            NameAddr remote,
            List<String> routes,
            @Nullable Flow flow,
            String target,
            long localSeq,
            long remoteSeq) {
        this.callId = callId;
        // What is not asked of them again is not kept in parts: a dialog may last for hours.
        this.local = local.toString();
        this.remote = remote.toString();
        this.remoteTag = remote.tag().orElse("");
        this.routes = routes;
        this.flow = flow;
        this.target = target;
        this.localSeq = localSeq;
        this.remoteSeq = remoteSeq;
    }

    /** Of the one who asked (section 12.1.2). What cannot be read of Contact counts as none. */
    static Dialog caller(SipRequest sent, SipResponse response) {
        return new Dialog(
                sent.callId(),
                sent.from(),
                response.to(),
                routes(response).reversed(),
                null,
                contact(response).orElse(sent.uri()),
                sent.cseq().number(),
                -1);
    }

    /** Of a subscriber whose first NOTIFY came before the answer (RFC 6665 section 4.4.1). */
    static Dialog caller(SipRequest sent, SipRequest notify) {
        return new Dialog(
                sent.callId(),
                sent.from(),
                notify.from(),
                routes(notify),
                null,
                contact(notify).orElse(sent.uri()),
                sent.cseq().number(),
                -1);
    }

    /**
     * Of the one who was asked (section 12.1.1).
     *
     * @param flow where {@code request} came from
     */
    static Dialog callee(SipRequest request, String localTag, Flow flow) {
        return new Dialog(
                request.callId(),
                request.to().withTag(localTag),
                request.from(),
                routes(request),
                flow,
                contact(request).orElse(request.from().uri()),
                0,
                request.cseq().number());
    }

    private static List<String> routes(SipMessage<?> message) {
        try {
            var routes = message.values("Record-Route");
            if (!routes.isEmpty()) NameAddr.parse(routes.getFirst());
            if (!routes.isEmpty()) NameAddr.parse(routes.getLast());
            return List.copyOf(routes);
        } catch (SipSyntax wrong) {
            return List.of();
        }
    }

    private static Optional<String> contact(SipMessage<?> message) {
        try {
            return message.contact().map(NameAddr::uri);
        } catch (SipSyntax wrong) {
            return Optional.empty();
        }
    }

    String callId() {
        return callId;
    }

    String remoteTag() {
        return remoteTag;
    }

    /** Where requests go next: the first route, else the target. */
    String nextHop() {
        return routes.isEmpty() ? target : NameAddr.parse(routes.getFirst()).uri();
    }

    /**
     * The peer's connection, if requests go to that very peer: a client may listen nowhere. Else
     * null, and the target is resolved.
     */
    @Nullable Flow along() {
        var known = flow;
        if (known == null || known.kind() == Net.Kind.UDP || !routes.isEmpty()) return null;
        return known.open() ? known : null;
    }

    /** Whether {@code request} is of this dialog: its tags and its Call-ID. */
    boolean has(SipRequest request) {
        return request.from().tag().orElse("").equals(remoteTag) && request.callId().equals(callId);
    }

    /** Section 12.2.2: takes the number of a request, or says false if it is out of order. */
    boolean inOrder(SipRequest request) {
        var number = request.cseq().number();
        if (number <= remoteSeq) return false;
        remoteSeq = number;
        return true;
    }

    /** The peer moved (sections 12.2.1.2 and 12.2.2, target refresh). */
    void retarget(SipMessage<?> message) {
        contact(message).ifPresent(uri -> target = uri);
    }

    /** {@code draft} as the next request of this dialog (section 12.2.1.1). */
    SipRequest request(SipRequest draft) {
        localSeq++;
        return addressed(draft, localSeq, draft.method());
    }

    /** The ACK to the 2xx to our INVITE of that number (section 13.2.2.4). */
    SipRequest ack(long number) {
        return addressed(SipRequest.of("ACK", target), number, "ACK");
    }

    private SipRequest addressed(SipRequest draft, long number, String method) {
        var request = draft.without("Via").without("Route").without("Record-Route");
        request = put(request, "CSeq", number + " " + method);
        request = put(request, "Call-ID", callId);
        request = put(request, "To", remote);
        request = put(request, "From", local);
        return routed(request);
    }

    private SipRequest routed(SipRequest request) {
        if (routes.isEmpty()) return request.withUri(target);
        var first = NameAddr.parse(routes.getFirst());
        if (hasLr(first.uri())) return withRoutes(request.withUri(target), routes);
        // Section 12.2.1.1: a strict router wants itself in the Request-URI, and the target last.
        var rest = new ArrayList<>(routes.subList(1, routes.size()));
        rest.add("<" + target + ">");
        return withRoutes(request.withUri(bare(first.uri())), rest);
    }

    private static SipRequest withRoutes(SipRequest request, List<String> routes) {
        var routed = request;
        for (var route : routes.reversed()) routed = routed.withFirst("Route", route);
        return routed;
    }

    private static boolean hasLr(String uri) {
        return Parts.of(uri).params().stream()
                .map(p -> p.contains("=") ? p.substring(0, p.indexOf('=')) : p)
                .map(p -> p.contains("?") ? p.substring(0, p.indexOf('?')) : p)
                .anyMatch(p -> p.trim().equalsIgnoreCase("lr"));
    }

    /** Without headers, which must not stand in a Request-URI (section 19.1.1, table 1). */
    private static String bare(String uri) {
        var question = uri.indexOf('?');
        return question < 0 ? uri : uri.substring(0, question);
    }

    /** In place of what is there, else at the top. */
    static SipRequest put(SipRequest request, String name, String value) {
        return request.header(name).isPresent()
                ? request.with(name, value)
                : request.withFirst(name, value);
    }
}

package io.posthorn.sip.proxy;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transaction.Transactions.ClientTransaction;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One request on its way along its branches. Source: RFC 3261 sections 16.7 to 16.10. */
final class Forwarding {

    private final ServerTransaction from;
    private final List<Branch> branches;
    private final Transactions transactions;
    private final AtomicInteger open;
    private final boolean invite;
    private final List<ClientTransaction> sent = new ArrayList<>();
    private final List<SipResponse> finals = new ArrayList<>();
    private boolean answered;
    private boolean cancelled;
    private Loop.@Nullable Cancel timerC;

    Forwarding(
            ServerTransaction from,
            List<Branch> branches,
            Transactions transactions,
            AtomicInteger open) {
        this.from = from;
        this.branches = branches;
        this.transactions = transactions;
        this.open = open;
        this.invite = from.request().method().equals("INVITE");
    }

    void send(int hops, long breadth) {
        open.incrementAndGet();
        if (invite) {
            restartTimerC();
        }
        for (var branch : branches) send(branch, hops, breadth);
        // not before: a CANCEL that was here first is told at once
        if (invite) from.onCancel(cancel -> cancelAll(cancel.header("Reason").orElse(null)));
    }

    private void send(Branch branch, int hops, long breadth) {
        var onward =
                branch.request()
                        .with("Max-Forwards", Integer.toString(hops))
                        .with("Max-Breadth", Long.toString(breadth));
        var place = new int[] {-1};
        sent.add(
                transactions.send(
                        from.loop(),
                        onward,
                        branch.along(),
                        (response, by) -> {
                            boolean failed = place[0] < 0 && flowFailed(branch, response, by);
                            if (failed) branch.lost().run();
                            var other = branch.otherwise();
                            if (failed && other != null && !answered && !cancelled) {
                                place[0] = 0; // what else it says does not count
                                send(other, hops, breadth);
                            } else {
                                response(branch, response, place);
                            }
                        }));
    }

    /**
     * RFC 5626 section 7: 430 of whoever keeps the flow, and what we find out ourselves. What a
     * device does not answer over UDP is a failed flow too; over a connection it may be the device.
     */
    private static boolean flowFailed(Branch branch, SipResponse response, @Nullable Flow by) {
        if (response.code() == 430) return true;
        if (by != null || branch.along() == null) return false;
        return response.code() == 503
                || response.code() == 408 && branch.along().kind() == Net.Kind.UDP;
    }

    private void response(Branch branch, SipResponse arrived, int[] place) {
        if (arrived.code() == 100) return;
        var onward = branch.answers().apply(arrived.withoutFirst("Via"));
        if (arrived.provisional()) {
            if (invite && !answered) restartTimerC();
            if (!answered) from.respond(onward);
        } else if (arrived.success()) {
            // RFC 3261 section 16.7 step 5: every 2xx to an INVITE goes back at once
            if (!answered || invite) answer(onward);
            cancelAll(null);
        } else {
            failed(arrived, onward, place);
        }
    }

    private void failed(SipResponse arrived, SipResponse onward, int[] place) {
        if (place[0] >= 0) return;
        place[0] = finals.size();
        finals.add(onward);
        if (arrived.code() >= 600) cancelAll(null);
        if (!answered && finals.size() == branches.size()) answer(best());
    }

    private void answer(SipResponse response) {
        if (!answered) {
            answered = true;
            open.decrementAndGet();
            stopTimerC();
        }
        from.respond(response);
    }

    /**
     * RFC 3261 section 16.7 step 6: 6xx, else the lowest class; 503 is for us and not for whoever
     * asked us.
     */
    private SipResponse best() {
        SipResponse best = finals.getFirst();
        for (var candidate : finals) if (rank(candidate) < rank(best)) best = candidate;
        if (best.code() == 503) return SipResponse.to(from.request(), 500);
        // RFC 5626 section 5.3: 430 is for whoever chooses among flows; who asks, asks for a user
        if (best.code() == 430 && from.request().to().tag().isEmpty())
            return SipResponse.to(from.request(), 480);
        if (best.code() == 408 && !invite)
            return SipResponse.to(from.request(), 480); // RFC 4320: never 408 here
        return best.code() == 401 || best.code() == 407 ? challenged(best) : best;
    }

    private static int rank(SipResponse response) {
        return response.code() >= 600 ? 0 : response.code() / 100 * 10 + within(response.code());
    }

    /**
     * Ours, as RFC 3261 section 16.7 step 6 leaves the choice within a class: what says most of the
     * user goes first, what says that a device did not answer goes late, and what could be mended
     * for one device only goes last.
     */
    private static int within(int code) {
        return switch (code) {
            case 480 -> 0;
            case 486 -> 1;
            case 404 -> 3;
            case 408 -> 4;
            case 401, 407, 415, 420, 484 -> 5;
            default -> 2;
        };
    }

    /** RFC 3261 section 16.7 step 7: every challenge goes along with the first. */
    private SipResponse challenged(SipResponse best) {
        var all = best;
        for (var other : finals) {
            if (other == best || other.code() != 401 && other.code() != 407) continue;
            for (var field : List.of("WWW-Authenticate", "Proxy-Authenticate"))
                for (var challenge : other.fields(field)) all = all.withAdded(field, challenge);
        }
        return all;
    }

    private void cancelAll(@Nullable String reason) {
        if (!invite) return;
        cancelled = true;
        for (var branch : sent) branch.cancel(reason);
    }

    private void restartTimerC() {
        stopTimerC();
        timerC = from.loop().after(Proxy.TIMER_C, this::timerCFired);
    }

    private void stopTimerC() {
        var running = timerC;
        timerC = null;
        if (running != null) running.cancel();
    }

    private void timerCFired() {
        timerC = null;
        cancelAll(null);
        if (!answered) answer(SipResponse.to(from.request(), 408));
    }
}

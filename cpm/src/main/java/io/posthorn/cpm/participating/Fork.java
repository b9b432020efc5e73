package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.policy.Device;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.wire.SipResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The devices of one recipient that were invited, and how far each has come. The call's strand
 * only.
 */
final class Fork {

    /** How far a device has come. */
    enum State {
        RINGING,
        /** Answered; it gets the message. */
        JOINED,
        /** It has acknowledged every byte. */
        DELIVERED,
        FAILED
    }

    /** One device. */
    static final class Branch {
        final Device device;
        final Leg leg;
        final MsrpSession media;
        State state = State.RINGING;
        @Nullable Description answer;
        @Nullable SipResponse ok;
        @Nullable SipResponse refusal;

        Branch(Device device, Leg leg, MsrpSession media) {
            this.device = device;
            this.leg = leg;
            this.media = media;
        }

        /** Of a device that has answered. */
        Description answer() {
            return Objects.requireNonNull(answer, "not answered");
        }

        /** Of a device that has answered. */
        SipResponse ok() {
            return Objects.requireNonNull(ok, "not answered");
        }
    }

    private final List<Branch> branches = new ArrayList<>();

    void add(Branch branch) {
        branches.add(branch);
    }

    List<Branch> all() {
        return List.copyOf(branches);
    }

    Optional<Branch> of(Leg leg) {
        return branches.stream().filter(branch -> branch.leg == leg).findFirst();
    }

    Optional<Branch> of(MsrpSession media) {
        return branches.stream().filter(branch -> branch.media == media).findFirst();
    }

    List<Branch> in(State state) {
        return branches.stream().filter(branch -> branch.state == state).toList();
    }

    boolean any(State state) {
        return branches.stream().anyMatch(branch -> branch.state == state);
    }

    boolean allFailed() {
        return branches.stream().allMatch(branch -> branch.state == State.FAILED);
    }

    /**
     * The answer that stands for all refusals: as RFC 3261 section 16.7 chooses, but what only one
     * device could mean for itself is said only if all say it.
     */
    Optional<SipResponse> best() {
        var refusals =
                branches.stream().map(branch -> branch.refusal).filter(Objects::nonNull).toList();
        if (refusals.isEmpty()) return Optional.empty();
        var first = refusals.getFirst();
        if (refusals.stream().allMatch(refusal -> refusal.code() == first.code()))
            return Optional.of(first);
        for (var code : List.of(480, 486, 404, 408)) {
            var found = refusals.stream().filter(r -> r.code() == code).findFirst();
            if (found.isPresent()) return found;
        }
        return Optional.of(SipResponse.to(branches.getFirst().leg.invite(), 480));
    }
}

package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Rejection;
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

        /** The MSRP status with which it refused the message; 0 if it did not. */
        int refused;

        /** Its media session has a connection. */
        boolean bound;

        Branch(Device device, Leg leg, MsrpSession media) {
            this.device = device;
            this.leg = leg;
            this.media = media;
        }

        /**
         * It gets no more. A session that has a connection ends with the leg, as the end of what it
         * was getting may still pass there; one that has none is over, and so is what it was
         * promised of our certificate.
         */
        void fail(Bridge bridge) {
            state = State.FAILED;
            bridge.leave(media);
            if (!bound) media.close();
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
     * The answer that stands for those of all devices: what all of them said; 408 if all of them
     * still ring; else 480, as none of them speaks for the others.
     *
     * <p>Ours, after RFC 3261 section 16.7: a 6xx is that device's too, not the user's.
     */
    Rejection best() {
        if (branches.stream().allMatch(branch -> branch.state == State.RINGING))
            return new Rejection(408, "no device answered in time");
        var codes =
                branches.stream()
                        .map(branch -> branch.refusal == null ? 0 : branch.refusal.code())
                        .distinct()
                        .toList();
        var first = branches.isEmpty() ? null : branches.getFirst().refusal;
        return first != null && codes.size() == 1
                ? Answers.relayed(first)
                : new Rejection(480, "no device of the recipient can take it");
    }

    /**
     * What a sender is told of the message once every device has failed: 415 if it was that for
     * every device that saw it, since that forbids to send this type again (RFC 4975 section 10.6);
     * else {@code otherwise}, as what else devices say concerns themselves.
     */
    int refused(int otherwise) {
        var codes =
                branches.stream()
                        .filter(branch -> branch.answer != null)
                        .map(branch -> branch.refused)
                        .distinct()
                        .toList();
        return codes.equals(List.of(415)) ? 415 : otherwise;
    }
}

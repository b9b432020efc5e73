package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;

/**
 * The beginning of one message before an {@link Admission}: nobody shows one beginning and sends
 * another. Loop only.
 */
final class Gate {

    private final Admission.Look look;
    private long looked;

    /** From here on something passed that was not looked at: the head must end before. */
    private long unseen = Long.MAX_VALUE;

    private boolean open;

    Gate(Admission admission) {
        this.look = admission.look();
    }

    /** What becomes of {@code bytes}, which begin at the octet {@code at} from 0: 200 passes. */
    int pass(long at, ByteBuf bytes) {
        if (open && at >= looked) return Admission.PASSES;
        if (at > looked) {
            // RFC 4975 section 7.3.1: chunks may come in any order; without its head it is not
            // whole.
            unseen = Math.min(unseen, at);
            return Admission.PASSES;
        }
        // RFC 4975 section 5.1: chunks may overlap; a head with two readings is no head.
        int again = (int) Math.min(Math.max(0, looked - at), bytes.readableBytes());
        var from = bytes.readerIndex();
        if (again > 0 && !look.same(at, bytes.slice(from, again))) return 400;
        int rest = (int) Math.min(bytes.readableBytes() - again, unseen - looked);
        return open || rest == 0 ? Admission.PASSES : look(bytes.slice(from + again, rest));
    }

    private int look(ByteBuf bytes) {
        looked += bytes.readableBytes();
        var code = look.at(bytes);
        open = code == Admission.PASSES;
        if (code != Admission.MORE) return code;
        return looked < unseen ? Admission.PASSES : 400;
    }

    /** What becomes of a message that ends after {@code total} octets. */
    int end(long total) {
        return open || total == 0 || unseen < total ? Admission.PASSES : look.end();
    }
}

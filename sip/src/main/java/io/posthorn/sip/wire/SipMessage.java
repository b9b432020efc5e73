package io.posthorn.sip.wire;

import java.util.List;
import java.util.Optional;

/**
 * A request or a response. Immutable: every {@code with} returns a new message. Header names are
 * compared without case and with their compact forms; values are returned unfolded and trimmed.
 *
 * @param <M> the message's own type, which edits return
 */
public abstract sealed class SipMessage<M extends SipMessage<M>> permits SipRequest, SipResponse {

    SipMessage() {}

    /** The whole message as it goes over the wire. Shared: must not be changed. */
    public byte[] bytes() {
        throw new UnsupportedOperationException("being written");
    }

    /** The value of the first field of that name, whole. */
    public Optional<String> header(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** The values of all fields of that name in order, one element per field line. */
    public List<String> fields(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The values of all fields of that name in order, split at commas outside quotes and angle
     * brackets.
     */
    public List<String> values(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** Names of the fields in order, as they are written, one per line. */
    public List<String> names() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * One field of that name, in place of the first one; the others go. At the end if there was
     * none.
     */
    public M with(String name, String value) {
        throw new UnsupportedOperationException("being written");
    }

    /** One more field, after the last of that name, or at the end. */
    public M withAdded(String name, String value) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * One more field, before the first of that name: for Via, Route and Record-Route. At the top if
     * there was none.
     */
    public M withFirst(String name, String value) {
        throw new UnsupportedOperationException("being written");
    }

    /** No field of that name. */
    public M without(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** Without the first comma-separated value of that name. */
    public M withoutFirst(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** Content-Type and Content-Length are set with it; an empty body has no Content-Type. */
    public M withBody(String contentType, byte[] body) {
        throw new UnsupportedOperationException("being written");
    }

    /** The body; empty if there is none. A copy. */
    public byte[] body() {
        throw new UnsupportedOperationException("being written");
    }

    /** Type and subtype of the body in lower case, without parameters. */
    public Optional<String> contentType() {
        throw new UnsupportedOperationException("being written");
    }

    public String callId() {
        throw new UnsupportedOperationException("being written");
    }

    public CSeq cseq() {
        throw new UnsupportedOperationException("being written");
    }

    public NameAddr from() {
        throw new UnsupportedOperationException("being written");
    }

    public NameAddr to() {
        throw new UnsupportedOperationException("being written");
    }

    /** The topmost Via. */
    public Via via() {
        throw new UnsupportedOperationException("being written");
    }

    /** The first Contact that is not {@code *}. */
    public Optional<NameAddr> contact() {
        throw new UnsupportedOperationException("being written");
    }
}

package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request or a response. Immutable: every {@code with} returns a new message. Header names are
 * compared without case and with their compact forms; values are returned unfolded and trimmed.
 *
 * <p>Any thread. A {@code with} throws {@link SipSyntax} if the name is no token or the value holds
 * a line break: nothing that would inject a field leaves here.
 *
 * @param <M> the message's own type, which edits return
 */
public abstract sealed class SipMessage<M extends SipMessage<M>> permits SipRequest, SipResponse {

    final byte[] bytes;
    final Fields fields;

    // Read once, kept. Racing readers make equal values, so no lock.
    private @Nullable Via via;
    private @Nullable NameAddr from;
    private @Nullable NameAddr to;
    private @Nullable CSeq cseq;
    private @Nullable String callId;

    SipMessage(byte[] bytes, Fields fields) {
        this.bytes = bytes;
        this.fields = fields;
    }

    abstract M copy(byte[] bytes, Fields fields);

    /** The whole message as it goes over the wire. Shared: must not be changed. */
    public byte[] bytes() {
        return bytes;
    }

    /** The value of the first field of that name, whole. */
    public Optional<String> header(String name) {
        int field = fields.find(bytes, name, 0);
        return field < 0 ? Optional.empty() : Optional.of(value(field));
    }

    private String value(int field) {
        return Scan.text(bytes, fields.value(field), fields.valueEnd(field));
    }

    /** The values of all fields of that name in order, one element per field line. */
    public List<String> fields(String name) {
        int field = fields.find(bytes, name, 0);
        if (field < 0) {
            return List.of();
        }
        List<String> out = new ArrayList<>(4);
        for (; field >= 0; field = fields.find(bytes, name, field + 1)) {
            out.add(value(field));
        }
        return out;
    }

    /**
     * The values of all fields of that name in order, split at commas outside quotes and angle
     * brackets. Empty fields count as none.
     */
    public List<String> values(String name) {
        int field = fields.find(bytes, name, 0);
        if (field < 0) {
            return List.of();
        }
        List<String> out = new ArrayList<>(4);
        for (; field >= 0; field = fields.find(bytes, name, field + 1)) {
            String value = value(field);
            if (!value.isEmpty()) {
                out.addAll(Scan.list(value));
            }
        }
        return out;
    }

    /** Whether a list field, such as Supported or Require, names {@code token}; without case. */
    public boolean lists(String name, String token) {
        for (String value : values(name)) {
            if (value.equalsIgnoreCase(token)) {
                return true;
            }
        }
        return false;
    }

    /** Names of the fields in order, as they are written, one per line. */
    public List<String> names() {
        List<String> out = new ArrayList<>(fields.count());
        for (int i = 0; i < fields.count(); i++) {
            out.add(Scan.text(bytes, fields.line(i), fields.nameEnd(i)));
        }
        return out;
    }

    /**
     * One field of that name, in place of the first one; the others go. At the end if there was
     * none.
     */
    public M with(String name, String value) {
        int field = fields.find(bytes, name, 0);
        M edited =
                field < 0
                        ? splice(fields.count(), fields.count(), name, value)
                        : splice(field, field + 1, name, value);
        return field < 0 ? edited : edited.withoutFrom(name, field + 1);
    }

    /** One more field, after the last of that name, or at the end. */
    public M withAdded(String name, String value) {
        int place = fields.count();
        for (int i = fields.find(bytes, name, 0); i >= 0; i = fields.find(bytes, name, i + 1)) {
            place = i + 1;
        }
        return splice(place, place, name, value);
    }

    /**
     * One more field, before the first of that name: for Via, Route and Record-Route. At the top if
     * there was none.
     */
    public M withFirst(String name, String value) {
        int place = Math.max(0, fields.find(bytes, name, 0));
        return splice(place, place, name, value);
    }

    /** No field of that name. */
    public M without(String name) {
        return withoutFrom(name, 0);
    }

    @SuppressWarnings("unchecked") // a message is its own type: the permitted classes are final
    M withoutFrom(String name, int first) {
        SipMessage<M> message = this;
        int field = fields.find(bytes, name, first);
        while (field >= 0) {
            message = message.cut(field);
            field = message.fields.find(message.bytes, name, field);
        }
        return (M) message;
    }

    private M cut(int field) {
        return splice(field, field + 1, new byte[0], fields.spliced(field, field + 1, 0, 0, 0));
    }

    /** Without the first comma-separated value of that name. */
    @SuppressWarnings("unchecked") // as above
    public M withoutFirst(String name) {
        int field = fields.find(bytes, name, 0);
        if (field < 0) {
            return (M) this;
        }
        String value = value(field);
        int comma = Scan.next(value, 0);
        if (comma >= value.length()) {
            return cut(field);
        }
        String written = Scan.text(bytes, fields.line(field), fields.nameEnd(field));
        return splice(field, field + 1, written, value.substring(comma + 1));
    }

    /** With {@code first} in place of the first comma-separated value of that name. */
    public M withFirstValue(String name, String first) {
        int field = fields.find(bytes, name, 0);
        if (field < 0) {
            return withFirst(name, first);
        }
        String value = value(field);
        String written = Scan.text(bytes, fields.line(field), fields.nameEnd(field));
        return splice(field, field + 1, written, first + value.substring(Scan.next(value, 0)));
    }

    private M splice(int from, int to, String name, String value) {
        byte[] line = Fields.line(name, value);
        return splice(
                from,
                to,
                line,
                fields.spliced(from, to, FieldName.idOf(name), name.length(), line.length));
    }

    private M splice(int from, int to, byte[] line, Fields index) {
        return copy(spliced(fields.line(from), fields.line(to), line), index);
    }

    byte[] spliced(int from, int to, byte[] insert) {
        byte[] out = new byte[bytes.length - (to - from) + insert.length];
        System.arraycopy(bytes, 0, out, 0, from);
        System.arraycopy(insert, 0, out, from, insert.length);
        System.arraycopy(bytes, to, out, from + insert.length, bytes.length - to);
        return out;
    }

    /** Content-Type and Content-Length are set with it; an empty body has no Content-Type. */
    public M withBody(String contentType, byte[] body) {
        M head = body.length == 0 ? without("Content-Type") : with("Content-Type", contentType);
        head = head.with("Content-Length", Integer.toString(body.length));
        byte[] out = Arrays.copyOf(head.bytes, head.fields.body() + body.length);
        System.arraycopy(body, 0, out, head.fields.body(), body.length);
        return copy(out, head.fields);
    }

    /** The body; empty if there is none. A copy. */
    public byte[] body() {
        return Arrays.copyOfRange(bytes, fields.body(), bytes.length);
    }

    /** Bytes in the body. */
    public int bodyLength() {
        return bytes.length - fields.body();
    }

    /** Type and subtype of the body in lower case, without parameters. */
    public Optional<String> contentType() {
        return known(FieldName.CONTENT_TYPE)
                .map(value -> {
                    int semicolon = value.indexOf(';');
                    String type = semicolon < 0 ? value : value.substring(0, semicolon);
                    return type.strip().toLowerCase(Locale.ROOT);
                });
    }

    Optional<String> known(int id) {
        int field = fields.find(id, 0);
        return field < 0 ? Optional.empty() : Optional.of(value(field));
    }

    private int mandatory(int id) {
        int field = fields.find(id, 0);
        if (field < 0) {
            throw new SipSyntax(0, "no " + FieldName.name(id));
        }
        return field;
    }

    public String callId() {
        String known = callId;
        if (known == null) {
            known = value(mandatory(FieldName.CALL_ID));
            callId = known;
        }
        return known;
    }

    public CSeq cseq() {
        CSeq known = cseq;
        if (known == null) {
            int field = mandatory(FieldName.CSEQ);
            known = CSeq.parse(bytes, fields.value(field), fields.valueEnd(field));
            cseq = known;
        }
        return known;
    }

    public NameAddr from() {
        NameAddr known = from;
        if (known == null) {
            known = address(mandatory(FieldName.FROM));
            from = known;
        }
        return known;
    }

    public NameAddr to() {
        NameAddr known = to;
        if (known == null) {
            known = address(mandatory(FieldName.TO));
            to = known;
        }
        return known;
    }

    private NameAddr address(int field) {
        return NameAddr.parse(bytes, fields.value(field), fields.valueEnd(field));
    }

    /** The topmost Via. */
    public Via via() {
        Via known = via;
        if (known == null) {
            int field = mandatory(FieldName.VIA);
            known = Via.parse(bytes, fields.value(field), fields.valueEnd(field), false);
            via = known;
        }
        return known;
    }

    /** The first Contact that is not {@code *}. */
    public Optional<NameAddr> contact() {
        for (String value : values("Contact")) {
            if (!value.equals("*")) {
                return Optional.of(NameAddr.parse(value));
            }
        }
        return Optional.empty();
    }

    /** All addresses of a list field in order: Contact, Route, P-Asserted-Identity. */
    public List<NameAddr> addresses(String name) {
        List<NameAddr> out = new ArrayList<>(4);
        for (String value : values(name)) {
            if (!value.equals("*")) {
                out.add(NameAddr.parse(value));
            }
        }
        return out;
    }

    /** The head and, if it is text, the body: for logs of the wire and failing tests. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

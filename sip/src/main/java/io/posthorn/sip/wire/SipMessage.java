package io.posthorn.sip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.wire.Form.Edited;
import io.posthorn.sip.wire.Form.Written;
import java.util.ArrayList;
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

    // Written once somebody wants the bytes, read once somebody wants a value, and kept. Racing
    // readers make equal values of what never changes, so no lock; but whoever looks at the form
    // twice may see it change from edits to bytes.
    private Form form;
    private @Nullable Via via;
    private @Nullable NameAddr from;
    private @Nullable NameAddr to;
    private @Nullable CSeq cseq;
    private @Nullable String callId;

    SipMessage(Form form) {
        this.form = form;
    }

    abstract M copy(Form form);

    /** What has been read of {@code other} holds here too, but for the field {@code changed}. */
    final void inherit(SipMessage<?> other, int changed) {
        via = changed == FieldName.VIA ? null : other.via;
        from = changed == FieldName.FROM ? null : other.from;
        to = changed == FieldName.TO ? null : other.to;
        cseq = changed == FieldName.CSEQ ? null : other.cseq;
        callId = changed == FieldName.CALL_ID ? null : other.callId;
    }

    /**
     * Gives back what has been read of this message, which stays what it is: whoever asks reads it
     * again. For those who keep it for long.
     */
    public final void unread() {
        via = null;
        from = null;
        to = null;
        cseq = null;
        callId = null;
    }

    final Form form() {
        return form;
    }

    final Written written() {
        Form known = form;
        if (known instanceof Written written) {
            return written;
        }
        Written made = known.written();
        form = made;
        return made;
    }

    /** The whole message as it goes over the wire. Shared: must not be changed. */
    public byte[] bytes() {
        return written().bytes();
    }

    /** Where the fields of that name stand; edits of other fields may go on waiting. */
    final Written holding(int id, String name) {
        Form known = form;
        return known.newest(id, name) == null ? known.untouched() : written();
    }

    /** The value of the first field of that name, whole. */
    public Optional<String> header(String name) {
        return first(FieldName.idOf(name), name);
    }

    final Optional<String> known(int id) {
        return first(id, FieldName.name(id));
    }

    private Optional<String> first(int id, String name) {
        Form known = form;
        Edit edit = known.newest(id, name);
        Written written = known.untouched();
        if (edit != null) {
            return edit.first()
                    ? Optional.of(edit.value())
                    : edit.lines(written).stream().findFirst();
        }
        int field = written.find(id, name, 0);
        return field < 0 ? Optional.empty() : Optional.of(written.value(field));
    }

    /** The values of all fields of that name in order, one element per field line. */
    public List<String> fields(String name) {
        int id = FieldName.idOf(name);
        Form known = form;
        Edit edit = known.newest(id, name);
        Written written = known.untouched();
        if (edit != null) {
            return edit.lines(written);
        }
        return written.find(id, name, 0) < 0 ? List.of() : written.lines(id, name);
    }

    /**
     * The values of all fields of that name in order, split at commas outside quotes and angle
     * brackets. Empty fields count as none.
     */
    public List<String> values(String name) {
        int id = FieldName.idOf(name);
        Form known = form;
        Edit edit = known.newest(id, name);
        Written written = known.untouched();
        int field = written.find(id, name, 0);
        if (edit == null && field < 0) {
            return List.of();
        }
        List<String> out = new ArrayList<>(4);
        if (edit != null) {
            edit.lines(written).forEach(line -> Scan.list(line, out));
            return out;
        }
        for (; field >= 0; field = written.find(id, name, field + 1)) {
            Scan.list(written.value(field), out);
        }
        return out;
    }

    /** Whether a list field, such as Supported or Require, names {@code token}; without case. */
    public boolean lists(String name, String token) {
        for (String line : fields(name)) {
            if (Scan.lists(line, token)) {
                return true;
            }
        }
        return false;
    }

    /** Names of the fields in order, as they are written, one per line. */
    public List<String> names() {
        Written written = written();
        int count = written.fields().count();
        List<String> out = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            out.add(written.name(i));
        }
        return out;
    }

    /**
     * One field of that name, in place of the first one; the others go. At the end if there was
     * none.
     */
    public M with(String name, String value) {
        return withLine(Edit.Place.ONLY, name, value);
    }

    /** One more field, after the last of that name, or at the end. */
    public M withAdded(String name, String value) {
        return withLine(Edit.Place.LAST, name, value);
    }

    /**
     * One more field, before the first of that name: for Via, Route and Record-Route. At the top if
     * there was none.
     */
    public M withFirst(String name, String value) {
        return withLine(Edit.Place.FIRST, name, value);
    }

    /** One more Via, above all others. */
    public M withVia(Via top) {
        M message = withFirst("Via", top.toString());
        ((SipMessage<M>) message).via = top;
        return message;
    }

    /** With {@code top} in place of the topmost Via. */
    public M withTopVia(Via top) {
        M message = withFirstValue("Via", top.toString());
        ((SipMessage<M>) message).via = top;
        return message;
    }

    /** No field of that name. */
    public M without(String name) {
        int id = FieldName.idOf(name);
        Form known = form;
        boolean none = known.newest(id, name) == null && known.untouched().find(id, name, 0) < 0;
        return none ? same() : withCut(Edit.Place.CUT_ALL, name);
    }

    /** Without the first comma-separated value of that name. */
    public M withoutFirst(String name) {
        int id = FieldName.idOf(name);
        Written written = holding(id, name);
        int field = written.find(id, name, 0);
        if (field < 0) {
            return same();
        }
        String value = written.value(field);
        int comma = Scan.next(value, 0);
        return comma >= value.length()
                ? withCut(Edit.Place.CUT_FIRST, name)
                : forFirst(written, field, value.substring(comma + 1));
    }

    /** With {@code first} in place of the first comma-separated value of that name. */
    public M withFirstValue(String name, String first) {
        int id = FieldName.idOf(name);
        Written written = holding(id, name);
        int field = written.find(id, name, 0);
        if (field < 0) {
            return withFirst(name, first);
        }
        String value = written.value(field);
        return forFirst(written, field, first + value.substring(Scan.next(value, 0)));
    }

    /** With another value in the first field of a name, which stays as it is written. */
    private M forFirst(Written written, int field, String value) {
        return withLine(Edit.Place.FOR_FIRST, written.name(field), value);
    }

    private M withLine(Edit.Place place, String name, String value) {
        Edited edited = form.edited();
        return edited(edited.with(Edit.line(edited.last(), place, name, value)));
    }

    private M withCut(Edit.Place place, String name) {
        Edited edited = form.edited();
        return edited(edited.with(Edit.cut(edited.last(), place, name)));
    }

    private M edited(Edited edited) {
        M message = copy(edited);
        Edit edit = edited.last();
        message.inherit(this, edit == null ? FieldName.OTHER : edit.id());
        return message;
    }

    @SuppressWarnings("unchecked") // a message is its own type: the permitted classes are final
    private M same() {
        return (M) this;
    }

    /**
     * Content-Type and Content-Length are set with it; an empty body has no Content-Type.
     *
     * @param body not to be changed afterwards
     */
    public M withBody(String contentType, byte[] body) {
        M head = body.length == 0 ? without("Content-Type") : with("Content-Type", contentType);
        head = head.with("Content-Length", Integer.toString(body.length));
        M message = copy(head.form().edited().withBody(body));
        message.inherit(this, FieldName.OTHER);
        return message;
    }

    /** The body; empty if there is none. A copy. */
    public byte[] body() {
        return form.body();
    }

    /** Bytes in the body. */
    public int bodyLength() {
        return form.bodyLength();
    }

    /**
     * No fewer than the bytes of the whole message, and not many more; nothing is written for it.
     */
    public int sizeAtMost() {
        return form.sizeAtMost();
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

    /** How the value in {@code b[from, to)} is read. */
    private interface Grammar<T> {
        T read(byte[] b, int from, int to);
    }

    private <T> T read(int id, Grammar<T> grammar) {
        String name = FieldName.name(id);
        Form known = form;
        if (known.newest(id, name) != null) {
            byte[] b = first(id, name).orElseThrow(() -> missing(name)).getBytes(UTF_8);
            return grammar.read(b, 0, b.length);
        }
        Written written = known.untouched();
        Fields fields = written.fields();
        int field = fields.find(id, 0);
        if (field < 0) {
            throw missing(name);
        }
        return grammar.read(written.bytes(), fields.value(field), fields.valueEnd(field));
    }

    private static SipSyntax missing(String name) {
        return new SipSyntax(0, "no " + name);
    }

    public String callId() {
        String known = callId;
        if (known == null) {
            known = read(FieldName.CALL_ID, Scan::text);
            callId = known;
        }
        return known;
    }

    public CSeq cseq() {
        CSeq known = cseq;
        if (known == null) {
            known = read(FieldName.CSEQ, CSeq::parse);
            cseq = known;
        }
        return known;
    }

    public NameAddr from() {
        NameAddr known = from;
        if (known == null) {
            known = read(FieldName.FROM, NameAddr::parse);
            from = known;
        }
        return known;
    }

    public NameAddr to() {
        NameAddr known = to;
        if (known == null) {
            known = read(FieldName.TO, NameAddr::parse);
            to = known;
        }
        return known;
    }

    /** The topmost Via. */
    public Via via() {
        Via known = via;
        if (known == null) {
            known = read(FieldName.VIA, Via::first);
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
        return new String(bytes(), UTF_8);
    }
}

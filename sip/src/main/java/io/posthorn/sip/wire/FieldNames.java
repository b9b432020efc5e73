package io.posthorn.sip.wire;

import io.posthorn.sip.wire.Form.Written;
import java.util.ArrayList;
import java.util.List;

/** A set of field names; case and compact forms do not matter. Immutable. */
public final class FieldNames {
    /** One bit for each name that has a number. */
    private final long known;

    private final List<String> others;

    private FieldNames(long known, List<String> others) {
        this.known = known;
        this.others = others;
    }

    public static FieldNames of(List<String> names) {
        long known = 0;
        List<String> others = new ArrayList<>();
        for (String name : names) {
            int id = FieldName.idOf(name);
            if (id == FieldName.OTHER) {
                others.add(name);
            } else {
                known |= 1L << id;
            }
        }
        return new FieldNames(known, List.copyOf(others));
    }

    /** Whether that field of {@code message} has one of these names. */
    boolean has(Written message, int field) {
        int id = message.fields().id(field);
        if (id != FieldName.OTHER) {
            return (known & 1L << id) != 0;
        }
        for (String other : others) {
            if (message.fields().named(message.bytes(), field, other)) {
                return true;
            }
        }
        return false;
    }
}

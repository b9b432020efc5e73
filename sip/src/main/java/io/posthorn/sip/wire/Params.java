package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Parameters in their order; names are compared without case. Values are kept as they are written,
 * quotes included.
 */
public record Params(List<Param> list) {

    /**
     * @param value null for a parameter without one
     */
    public record Param(String name, @Nullable String value) {}

    public static final Params NONE = new Params(List.of());

    public Params {
        list = List.copyOf(list);
    }

    /**
     * {@code ;a=b;c}, with white space around {@code ;} and {@code =}; empty text has none.
     *
     * @throws SipSyntax if {@code text} is not that
     */
    public static Params parse(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        List<Param> out = new ArrayList<>(4);
        int end = Scan.params(b, 0, b.length, out);
        if (end < b.length) {
            throw new SipSyntax(end, "comma among parameters");
        }
        return of(out);
    }

    /** The names everybody uses, without a new string for each message. */
    static String name(byte[] b, int from, int to) {
        String known =
                switch (to - from) {
                    case 2 -> "lr";
                    case 3 -> "tag";
                    case 5 -> "rport";
                    case 6 -> "branch";
                    case 8 -> "received";
                    case 9 -> b[from] == 't' ? "transport" : "refresher";
                    default -> "";
                };
        // As it is written: with case.
        return Scan.same(b, from, to, known) ? known : Scan.text(b, from, to);
    }

    static Params of(List<Param> list) {
        return list.isEmpty() ? NONE : new Params(list);
    }

    public boolean has(String name) {
        return find(name) != null;
    }

    /** The value without its quotes; empty if the parameter is missing or has no value. */
    public Optional<String> get(String name) {
        Param param = find(name);
        return param == null || param.value() == null
                ? Optional.empty()
                : Optional.of(Scan.unquoted(param.value()));
    }

    private @Nullable Param find(String name) {
        for (int i = 0; i < list.size(); i++) {
            Param param = list.get(i);
            if (param.name().equalsIgnoreCase(name)) {
                return param;
            }
        }
        return null;
    }

    /**
     * In place of the one of that name, or at the end; a null value makes a parameter without one.
     */
    public Params with(String name, @Nullable String value) {
        List<Param> out = new ArrayList<>(list.size() + 1);
        boolean placed = false;
        for (Param param : list) {
            if (!param.name().equalsIgnoreCase(name)) {
                out.add(param);
            } else if (!placed) {
                out.add(new Param(param.name(), value));
                placed = true;
            }
        }
        if (!placed) {
            out.add(new Param(name, value));
        }
        return new Params(out);
    }

    public Params without(String name) {
        if (!has(name)) {
            return this;
        }
        List<Param> out = new ArrayList<>(list.size());
        for (Param param : list) {
            if (!param.name().equalsIgnoreCase(name)) {
                out.add(param);
            }
        }
        return of(out);
    }

    /** As on the wire: each with its semicolon before it. */
    @Override
    public String toString() {
        if (list.isEmpty()) {
            return "";
        }
        if (list.size() == 1) {
            Param only = list.getFirst();
            return only.value() == null
                    ? ";" + only.name()
                    : ";" + only.name() + "=" + only.value();
        }
        StringBuilder out = new StringBuilder(64);
        write(out);
        return out.toString();
    }

    void write(StringBuilder out) {
        for (int i = 0; i < list.size(); i++) {
            Param param = list.get(i);
            out.append(';').append(param.name());
            if (param.value() != null) {
                out.append('=').append(param.value());
            }
        }
    }
}

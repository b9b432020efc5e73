package io.posthorn.sip.wire;

import java.util.List;
import java.util.Optional;

/**
 * Parameters in their order; names are compared without case. Values are kept as they are written,
 * quotes included.
 */
public record Params(List<Param> list) {

    /**
     * @param value null for a parameter without one
     */
    public record Param(String name, @org.jspecify.annotations.Nullable String value) {}

    public static final Params NONE = new Params(List.of());

    public Params {
        list = List.copyOf(list);
    }

    public boolean has(String name) {
        return list.stream().anyMatch(p -> p.name().equalsIgnoreCase(name));
    }

    /** The value without its quotes; empty if the parameter is missing or has no value. */
    public Optional<String> get(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * In place of the one of that name, or at the end; a null value makes a parameter without one.
     */
    public Params with(String name, @org.jspecify.annotations.Nullable String value) {
        throw new UnsupportedOperationException("being written");
    }

    public Params without(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** As on the wire: each with its semicolon before it. */
    @Override
    public String toString() {
        throw new UnsupportedOperationException("being written");
    }
}

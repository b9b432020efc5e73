package io.posthorn.msrp.wire;

/**
 * A request that is framed well but says something wrong.
 *
 * @param code what to answer: 400, or 423 for a number beyond our limit
 */
public record Fault(int code, String why) {}

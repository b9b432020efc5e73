package io.posthorn.sip.sdp;

import java.util.Locale;

/** Who sends. Source: RFC 8866 section 6.7. */
public enum Direction {
    SENDRECV,
    SENDONLY,
    RECVONLY,
    INACTIVE;

    /** The attribute's name. */
    public String attribute() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What the other side says of the same stream. Source: RFC 3264 section 6.1. */
    public Direction reversed() {
        return switch (this) {
            case SENDONLY -> RECVONLY;
            case RECVONLY -> SENDONLY;
            case SENDRECV, INACTIVE -> this;
        };
    }

    public boolean sends() {
        return this == SENDRECV || this == SENDONLY;
    }

    public boolean receives() {
        return this == SENDRECV || this == RECVONLY;
    }
}

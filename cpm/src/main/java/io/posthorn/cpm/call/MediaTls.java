package io.posthorn.cpm.call;

/**
 * Which legs that we offer carry their media over TLS. A leg that is offered to us is answered as
 * it was offered: each leg decides by itself. All values are ours.
 */
public enum MediaTls {
    /** None. */
    OFF,
    /** Those of a message whose own offer was TLS: what a sender asked for holds all the way. */
    OFFERED,
    /** All; and an offer to us that is not TLS is refused. */
    REQUIRED;

    /** Whether the leg onward is over TLS, of an offer that was or was not. */
    public boolean onward(boolean offered) {
        return switch (this) {
            case OFF -> false;
            case OFFERED -> offered;
            case REQUIRED -> true;
        };
    }
}

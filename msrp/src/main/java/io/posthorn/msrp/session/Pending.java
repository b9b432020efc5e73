package io.posthorn.msrp.session;

/** A SEND of ours that may be answered. Loop only. */
interface Pending {
    void answered(int code);
}

package io.posthorn.cpm.call;

/** What {@code a=path} of a back-to-back user agent shows. */
public enum PathMode {
    /** Our URI, then the path that the other side gave us: what the standard says. */
    PREPEND,
    /** Our URI alone, for peers that refuse paths of several. */
    TERMINATE
}

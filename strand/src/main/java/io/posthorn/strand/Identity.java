package io.posthorn.strand;

/**
 * Who we are over TLS: a certificate of ours and its key. Immutable; a {@link Net} makes them and
 * takes its own only. Any thread.
 */
public interface Identity {

    /** The certificate as {@code a=fingerprint} shows it. Source: RFC 8122 section 5. */
    String fingerprint();
}

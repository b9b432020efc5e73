package io.posthorn.msrp.session;

/** When a SEND is answered. Source: RFC 4975 section 7.1.2. */
public enum FailureReport {
    YES,
    NO,
    PARTIAL
}

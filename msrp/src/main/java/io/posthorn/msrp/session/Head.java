package io.posthorn.msrp.session;

/**
 * What every chunk of one message carries.
 *
 * @param messageId 4 to 32 characters, RFC 4975 section 9
 * @param contentType empty if the SEND had none
 */
public record Head(
        String messageId, String contentType, boolean successReport, FailureReport failureReport) {}

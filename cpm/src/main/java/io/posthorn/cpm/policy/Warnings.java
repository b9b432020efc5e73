package io.posthorn.cpm.policy;

import java.util.Map;

/**
 * The texts of the Warning header.
 *
 * @param agent the host that answers
 * @param numbers which texts begin with a number
 *     <p>Source: RFC 3261 section 20.43; the texts are those that clients look for.
 */
public record Warnings(String agent, Numbers numbers) {

    /** Setting {@code warning-numbers}. */
    public enum Numbers {
        NONE,
        /** Only those that RCS clients depend on. */
        RCS,
        ALL
    }

    public Map<String, String> notAuthorised() {
        return text(numbers == Numbers.ALL ? "127 " : "", "Service not authorised");
    }

    public Map<String, String> anonymityNotAllowed() {
        return text(numbers == Numbers.ALL ? "119 " : "", "Anonymity not allowed");
    }

    public Map<String, String> versionNotSupported() {
        return text(numbers == Numbers.NONE ? "" : "132 ", "Version not supported");
    }

    public Map<String, String> sizeExceeded() {
        return text(numbers == Numbers.NONE ? "" : "133 ", "Size exceeded");
    }

    public Map<String, String> functionNotAllowed() {
        return text("", "Function not allowed");
    }

    /** Code 304, which the standard has for it. */
    public Map<String, String> mediaNotAvailable() {
        return Map.of("Warning", "304 " + agent + " \"Media type not available\"");
    }

    /** In our own words, for what no reader looks for. */
    public Map<String, String> because(String why) {
        return text("", why.replace("\"", "'"));
    }

    private Map<String, String> text(String number, String text) {
        return Map.of("Warning", "399 " + agent + " \"" + number + text + "\"");
    }
}

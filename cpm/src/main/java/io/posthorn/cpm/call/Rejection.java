package io.posthorn.cpm.call;

import java.util.Map;

/**
 * "Respond with this code and do not continue with the rest of the steps." Caught once, where the
 * call starts.
 */
public final class Rejection extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final transient Map<String, String> headers;

    /**
     * @param why an operator's sentence
     * @param headers what the response carries besides, for example Warning or Error-Info
     */
    public Rejection(int code, String why, Map<String, String> headers) {
        super(code + " " + why, null, false, false);
        this.code = code;
        this.headers = Map.copyOf(headers);
    }

    public Rejection(int code, String why) {
        this(code, why, Map.of());
    }

    public int code() {
        return code;
    }

    public Map<String, String> headers() {
        return headers;
    }
}

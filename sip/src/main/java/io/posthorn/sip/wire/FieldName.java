package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbers for the field names that are looked for often; 0 for all others. A compact form has the
 * number of its long form (RFC 3261 section 7.3.3).
 */
final class FieldName {
    private FieldName() {}

    static final int OTHER = 0;
    static final int VIA = 1;
    static final int FROM = 2;
    static final int TO = 3;
    static final int CALL_ID = 4;
    static final int CSEQ = 5;
    static final int CONTACT = 6;
    static final int MAX_FORWARDS = 7;
    static final int CONTENT_LENGTH = 8;
    static final int CONTENT_TYPE = 9;
    static final int ROUTE = 10;
    static final int RECORD_ROUTE = 11;
    static final int EXPIRES = 12;
    static final int RETRY_AFTER = 13;
    static final int SESSION_EXPIRES = 14;
    static final int EVENT = 15;
    static final int REFER_TO = 16;
    static final int MIN_EXPIRES = 17;
    static final int MIN_SE = 18;

    private static final String[] NAMES = {
        "",
        "Via",
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Contact",
        "Max-Forwards",
        "Content-Length",
        "Content-Type",
        "Route",
        "Record-Route",
        "Expires",
        "Retry-After",
        "Session-Expires",
        "Event",
        "Refer-To",
        "Min-Expires",
        "Min-SE",
        "Supported",
        "Subject",
        "Content-Encoding",
        "Allow-Events",
        "Referred-By",
        "Accept-Contact",
        "Reject-Contact",
        "Request-Disposition",
        "Allow",
        "User-Agent",
        "Require",
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "P-Asserted-Service",
        "P-Preferred-Service",
        "Conversation-ID",
        "Contribution-ID",
        "Reason",
        "Privacy",
        "Authorization",
        "Accept",
        "Server",
        "Identity",
    };

    /** Compact forms registered with IANA. */
    private static final String[] COMPACT = {
        "v", "Via",
        "f", "From",
        "t", "To",
        "i", "Call-ID",
        "m", "Contact",
        "l", "Content-Length",
        "c", "Content-Type",
        "x", "Session-Expires",
        "o", "Event",
        "r", "Refer-To",
        "k", "Supported",
        "s", "Subject",
        "e", "Content-Encoding",
        "u", "Allow-Events",
        "b", "Referred-By",
        "a", "Accept-Contact",
        "j", "Reject-Contact",
        "d", "Request-Disposition",
        "y", "Identity",
    };

    static final int COUNT = NAMES.length;

    private static final int SLOTS = 256;
    private static final byte[][] SLOT_NAME = new byte[SLOTS][];
    private static final byte[] SLOT_ID = new byte[SLOTS];

    /** By the name as it stands above: a string knows its hash, and is itself. */
    private static final Map<String, Integer> EXACT;

    static {
        for (int id = 1; id < NAMES.length; id++) {
            put(NAMES[id], id);
        }
        for (int i = 0; i < COMPACT.length; i += 2) {
            put(COMPACT[i], idInAnyCase(COMPACT[i + 1]));
        }
        Map<String, Integer> exact = new HashMap<>();
        for (int id = 1; id < NAMES.length; id++) {
            exact.put(NAMES[id], id);
        }
        EXACT = Map.copyOf(exact);
        if (COUNT > Long.SIZE) {
            throw new IllegalStateException("FieldNames has a bit for each of 64 names");
        }
    }

    private static void put(String name, int id) {
        byte[] lower = name.toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
        int slot = slot(hash(lower, 0, lower.length));
        while (SLOT_NAME[slot] != null) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        SLOT_NAME[slot] = lower;
        SLOT_ID[slot] = (byte) id;
    }

    static String name(int id) {
        return NAMES[id];
    }

    /** One step of the hash, for callers that walk over the name anyway. */
    static int hash(int hash, byte b) {
        return hash * 31 + (b | 0x20);
    }

    static int hash(byte[] b, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash(hash, b[i]);
        }
        return hash;
    }

    private static int slot(int hash) {
        return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1);
    }

    static int id(byte[] b, int from, int to, int hash) {
        for (int slot = slot(hash); ; slot = (slot + 1) & (SLOTS - 1)) {
            byte[] name = SLOT_NAME[slot];
            if (name == null) {
                return OTHER;
            }
            if (same(b, from, to, name)) {
                return SLOT_ID[slot];
            }
        }
    }

    static int idOf(String name) {
        Integer exact = EXACT.get(name);
        return exact == null ? idInAnyCase(name) : exact;
    }

    private static int idInAnyCase(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = hash(hash, (byte) name.charAt(i));
        }
        for (int slot = slot(hash); ; slot = (slot + 1) & (SLOTS - 1)) {
            byte[] known = SLOT_NAME[slot];
            if (known == null) {
                return OTHER;
            }
            if (same(name, known)) {
                return SLOT_ID[slot];
            }
        }
    }

    private static boolean same(byte[] b, int from, int to, byte[] lower) {
        if (to - from != lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            if (Chars.lower(b[from + i]) != lower[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(String name, byte[] lower) {
        if (name.length() != lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            char c = name.charAt(i);
            if (c > 0x7f || Chars.lower((byte) c) != lower[i]) {
                return false;
            }
        }
        return true;
    }
}

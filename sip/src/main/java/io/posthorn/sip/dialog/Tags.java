package io.posthorn.sip.dialog;

import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;

/** The ids we make: the loop they live on, and 128 random bits. */
final class Tags {
    private Tags() {}

    static String make(Loop loop, Entropy entropy) {
        return loop.number() + "-" + entropy.hex(128);
    }

    /** The number of the loop a tag of ours lives on; -1 if it is not one of ours. */
    static int loopOf(String tag) {
        var dash = tag.indexOf('-');
        if (dash < 1 || dash > 4) return -1;
        var number = 0;
        for (var at = 0; at < dash; at++) {
            var digit = tag.charAt(at) - '0';
            if (digit < 0 || digit > 9) return -1;
            number = number * 10 + digit;
        }
        return number;
    }
}

package io.posthorn.sip.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SipHashTest {
    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) i;
        return bytes;
    }

    /** The example of its authors' paper, appendix A. */
    @Test
    void isWhatItsAuthorsSay() {
        assertThat(new SipHash(counting(16)).of(counting(15))).isEqualTo(0xa129ca6149be45e5L);
    }

    @Test
    void everyByteAndTheLengthCount() {
        var hash = new SipHash(counting(16));
        for (int length = 1; length < 20; length++) {
            byte[] text = counting(length);
            long before = hash.of(text);
            assertThat(hash.of(counting(length - 1))).isNotEqualTo(before);
            for (int i = 0; i < length; i++) {
                text[i]++;
                assertThat(hash.of(text)).isNotEqualTo(before);
                text[i]--;
            }
        }
    }
}

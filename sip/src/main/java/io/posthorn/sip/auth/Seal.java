package io.posthorn.sip.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.strand.Entropy;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs what we hand out, to know it again when it comes back, without remembering it. The key
 * lives as long as the process. Any thread.
 */
public final class Seal {

    private static final String KIND = "HmacSHA256";

    /** Bytes of a seal: as many as cannot be guessed. */
    static final int LENGTH = 16;

    private final byte[] key = new byte[32];

    public Seal(Entropy entropy) {
        entropy.fill(key);
    }

    /** 32 hexadecimal digits that only we can make of {@code text}. */
    public String of(String text) {
        return HexFormat.of().formatHex(of(text.getBytes(UTF_8)));
    }

    /**
     * Whether {@code seal} is what {@link #of} made of {@code text}; takes the same time always.
     */
    public boolean fits(String text, String seal) {
        return MessageDigest.isEqual(of(text).getBytes(UTF_8), seal.getBytes(UTF_8));
    }

    byte[] of(byte[] bytes) {
        try {
            var mac = Mac.getInstance(KIND);
            mac.init(new SecretKeySpec(key, KIND));
            return Arrays.copyOf(mac.doFinal(bytes), LENGTH);
        } catch (GeneralSecurityException missing) {
            // Every Java has it.
            throw new IllegalStateException(missing);
        }
    }
}

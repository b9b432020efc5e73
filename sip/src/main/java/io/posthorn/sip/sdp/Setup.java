package io.posthorn.sip.sdp;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Who opens the connection. Source: RFC 4145 section 4, RFC 6135. */
public enum Setup {
    ACTIVE("active"),
    PASSIVE("passive"),
    ACTPASS("actpass");

    private final String text;

    Setup(String text) {
        this.text = text;
    }

    /**
     * @throws SdpSyntax if it is another word; {@code holdconn} makes no sense for MSRP
     */
    public static Setup parse(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "active" -> ACTIVE;
            case "passive" -> PASSIVE;
            case "actpass" -> ACTPASS;
            case "holdconn" -> throw SdpSyntax.unacceptable("a=setup:holdconn");
            default -> throw SdpSyntax.unacceptable("unknown a=setup");
        };
    }

    /**
     * What to answer to {@code offer}.
     *
     * @param offer null if the offer has no {@code a=setup}: its writer opens (RFC 4975 section
     *     5.4)
     * @param wanted ACTIVE or PASSIVE, if the offer leaves the choice
     */
    public static Setup answer(@Nullable Setup offer, Setup wanted) {
        if (offer == null) {
            return PASSIVE;
        }
        return switch (offer) {
            case ACTIVE -> PASSIVE;
            case PASSIVE -> ACTIVE;
            case ACTPASS -> wanted == ACTIVE ? ACTIVE : PASSIVE;
        };
    }

    /**
     * Whether the writer of the offer opens the connection.
     *
     * @throws SdpSyntax if both or none would, or the answer leaves it open
     */
    public static boolean offererOpens(@Nullable Setup offer, @Nullable Setup answer) {
        if (answer == ACTPASS) {
            throw SdpSyntax.unacceptable("a=setup:actpass in an answer");
        }
        boolean bothActive = answer == ACTIVE && (offer == null || offer == ACTIVE);
        boolean nobody = answer != ACTIVE && offer == PASSIVE;
        if (bothActive || nobody) {
            throw SdpSyntax.unacceptable(bothActive ? "both sides active" : "both sides passive");
        }
        // RFC 6135 section 4.2: without a=setup in the answer RFC 4975 holds, the offerer opens.
        return answer != ACTIVE;
    }

    /** As in the attribute. */
    public String text() {
        return text;
    }
}

package io.posthorn.cpm.participating;

import io.netty.buffer.ByteBuf;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.CpimHead;
import io.posthorn.msrp.session.Admission;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Lets a message pass whose CPIM From is its sender, or nobody: who may not speak as another in SIP
 * may not do so in what SIP carries. Source: OMA CPM Conv 6.1; RFC 3862 section 3.1.
 */
final class OwnName implements Admission {

    /** A name without brackets, and one address in brackets; or an address alone. */
    private static final Pattern ADDRESS = Pattern.compile("(?:[^<>]*<)?([^<>\"\\s]+)>?");

    /** RFC 3966 section 3: with visual separators. */
    private static final Pattern NUMBER = Pattern.compile("\\+[0-9.()-]+");

    private final List<SipUri> identities;

    /**
     * @param identities what a trusted hop asserted of the sender
     */
    OwnName(List<String> identities) {
        this.identities = identities.stream().map(SipUri::parse).toList();
    }

    /** What the history of the call says of a refusal. */
    static String why(int code) {
        return switch (code) {
            case 403 -> "403 CPIM From is not who sends it";
            case 415 -> "415 no " + Cpim.TYPE;
            default -> code + " no CPIM";
        };
    }

    @Override
    public boolean takes(String contentType) {
        return Cpim.is(contentType);
    }

    @Override
    public Look look() {
        var head = new CpimHead();
        return new Look() {
            @Override
            public int at(ByteBuf bytes) {
                return verdict(head.add(bytes));
            }

            @Override
            public boolean same(long at, ByteBuf bytes) {
                return head.same(at, bytes);
            }

            @Override
            public int end() {
                return verdict(head.end());
            }
        };
    }

    private int verdict(Cpim.Read read) {
        return switch (read) {
            case Cpim.Read.More _ -> MORE;
            case Cpim.Read.Malformed _ -> 400;
            case Cpim.Read.Head(var cpim, _) ->
                    sender(cpim).filter(this::own).isPresent() ? PASSES : 403;
        };
    }

    /**
     * The address in From, if every reader finds the same one: some take no heed of name spaces, of
     * case, or take the first of two.
     */
    private static Optional<String> sender(Cpim cpim) {
        var all = cpim.message().stream().filter(h -> h.name().equalsIgnoreCase("From")).toList();
        if (all.size() != 1 || !all.getFirst().namespace().equals(Cpim.CORE))
            return Optional.empty();
        var address = ADDRESS.matcher(all.getFirst().value());
        return address.matches() ? Optional.of(address.group(1)) : Optional.empty();
    }

    private boolean own(String from) {
        try {
            var uri = SipUri.parse(from);
            return Cpim.anonymous(uri.aor())
                    || identities.stream().anyMatch(identity -> same(identity, uri));
        } catch (SipSyntax wrong) {
            return false;
        }
    }

    /**
     * The same address of record, or the same number as tel and as sip (RFC 3261 section 19.1.6).
     */
    private static boolean same(SipUri one, SipUri other) {
        var number = number(one);
        if (number.isPresent() && number.equals(number(other))) return true;
        return plain(one).matches(plain(other));
    }

    private static SipUri plain(SipUri uri) {
        return SipUri.parse(uri.aor().replaceFirst("^sips:", "sip:"));
    }

    /** Only a global number names the same everywhere. */
    private static Optional<String> number(SipUri uri) {
        var phone =
                uri.scheme().equals("tel")
                        || uri.params().get("user").filter("phone"::equalsIgnoreCase).isPresent();
        if (!phone) return Optional.empty();
        return Optional.of(uri.user())
                .filter(user -> NUMBER.matcher(user).matches())
                .map(user -> user.replaceAll("[^0-9]", ""));
    }
}

package io.posthorn.sip.sdp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session description says about its MSRP session. Immutable. Source: RFC 4975 section 8.
 *
 * @param tls msrps: {@code TCP/TLS/MSRP}
 * @param connection where {@code c=} points; the writer's place is the first of {@code path} unless
 *     {@code cema}
 * @param port that of {@code m=}; 0 refuses or ends, 9 is the discard port of an active side
 * @param path 1 to 8 URIs as they are written, the nearest first
 * @param setup null if there is none: the offerer opens
 * @param acceptTypes {@code type/subtype}, {@code type/*} or {@code *}
 * @param acceptWrappedTypes the same, for what may stand inside a container; mostly empty or {@code
 *     *}
 * @param maxSize bytes its writer wants to receive at most; -1 if it does not say
 * @param file null if there is no selector
 * @param fileTransferId null if this is no file transfer
 * @param cema {@code a=msrp-cema}: connect to {@code connection} and {@code port} (RFC 6714)
 * @param fingerprints those by the strongest hash; none without TLS
 */
public record MsrpMedia(
        boolean tls,
        Sdp.Connection connection,
        int port,
        List<String> path,
        @Nullable Setup setup,
        List<String> acceptTypes,
        List<String> acceptWrappedTypes,
        long maxSize,
        Direction direction,
        @Nullable FileSelector file,
        @Nullable String fileTransferId,
        boolean cema,
        List<Fingerprint> fingerprints) {

    /**
     * What is let through.
     *
     * @param path URIs in {@code a=path}
     * @param types tokens in {@code a=accept-types}
     * @param lowPorts ports below 1024 that may stand in a path
     */
    public record Rules(int path, int types, Set<Integer> lowPorts) {
        public Rules {
            lowPorts = Set.copyOf(lowPorts);
        }

        // Ours: a group leg carries four URIs, the longest we know of.
        public static final Rules DEFAULT = new Rules(8, 128, Set.of());
    }

    public static final int DEFAULT_PORT = 2855;

    /** Ours: an end shows one of two certificates while it changes them, and has a few hosts. */
    private static final int FINGERPRINTS = 8;

    public MsrpMedia {
        path = List.copyOf(path);
        acceptTypes = List.copyOf(acceptTypes);
        acceptWrappedTypes = List.copyOf(acceptWrappedTypes);
        if (path.isEmpty()) {
            throw SdpSyntax.unacceptable("no path");
        }
    }

    /**
     * The MSRP session of {@code sdp}: its first {@code m=message} that is not refused.
     *
     * @throws SdpSyntax if there is none, or one that cannot be
     */
    public static MsrpMedia of(Sdp sdp) {
        return of(sdp, Rules.DEFAULT);
    }

    /** As {@link #of(Sdp)}, with other rules. */
    public static MsrpMedia of(Sdp sdp, Rules rules) {
        for (Sdp.Media media : sdp.media()) {
            if (media.kind().equals("message") && media.port() != 0) {
                return of(sdp, media, rules);
            }
        }
        throw SdpSyntax.unacceptable("no message media");
    }

    /** One particular media description as MSRP. */
    public static MsrpMedia of(Sdp sdp, Sdp.Media media, Rules rules) {
        boolean tls =
                switch (media.proto().toUpperCase(Locale.ROOT)) {
                    case "TCP/MSRP" -> false;
                    case "TCP/TLS/MSRP" -> true;
                    default -> throw SdpSyntax.unacceptable("message media without MSRP");
                };
        checkRange(media);
        return new MsrpMedia(
                tls,
                sdp.connection(media)
                        .orElseThrow(() -> SdpSyntax.unacceptable("no connection address")),
                media.port(),
                path(media, tls, rules),
                sdp.attribute(media, "setup").map(Setup::parse).orElse(null),
                acceptTypes(media, rules),
                types(media, "accept-wrapped-types", rules),
                media.attribute("max-size")
                        .map(text -> Lines.number(text.strip(), 0, Long.MAX_VALUE, "max-size"))
                        .orElse(-1L),
                sdp.direction(media),
                media.attribute("file-selector").map(FileSelector::parse).orElse(null),
                media.attribute("file-transfer-id").map(MsrpMedia::transferId).orElse(null),
                media.has("msrp-cema"),
                // RFC 8122 section 5: a certificate's digest says nothing of a connection without.
                tls ? fingerprints(sdp, media) : List.of());
    }

    private static List<String> path(Sdp.Media media, boolean tls, Rules rules) {
        List<String> values = media.attributes("path");
        if (values.isEmpty() || values.getFirst().isBlank()) {
            throw SdpSyntax.unacceptable("no path");
        }
        if (values.size() > 1) {
            throw SdpSyntax.unacceptable("two paths");
        }
        List<String> path = Lines.words(values.getFirst(), rules.path() + 2);
        if (path.size() > rules.path()) {
            throw SdpSyntax.unacceptable("path of more than " + rules.path() + " URIs");
        }
        PathUri nearest = PathUri.parse(path.getFirst(), rules);
        for (String further : path.subList(1, path.size())) {
            PathUri.parse(further, rules);
        }
        // RFC 4975 section 8.1: the protocol is that of the connection to the first URI.
        if (nearest.tls() != tls) {
            throw SdpSyntax.unacceptable("scheme of the path against the protocol of the media");
        }
        return path;
    }

    private static List<String> acceptTypes(Sdp.Media media, Rules rules) {
        List<String> types = types(media, "accept-types", rules);
        if (types.isEmpty()) {
            throw SdpSyntax.unacceptable("no accept-types");
        }
        return types;
    }

    private static List<String> types(Sdp.Media media, String name, Rules rules) {
        List<String> out = new ArrayList<>(4);
        for (String value : media.attributes(name)) {
            for (String type : Lines.words(value, rules.types() + 2)) {
                if (type.length() > 255 || !Lines.visible(type, "*/.+-_!#$&^")) {
                    throw SdpSyntax.unacceptable(name + " with a wrong type");
                }
                out.add(type);
                if (out.size() > rules.types()) {
                    throw SdpSyntax.unacceptable(
                            name + " with more than " + rules.types() + " types");
                }
            }
        }
        return out;
    }

    private static String transferId(String text) {
        if (!Lines.visible(text.strip(), "-.!%*_+`'~#$&^{|}") || text.length() > 255) {
            throw SdpSyntax.unacceptable("wrong file-transfer-id");
        }
        return text.strip();
    }

    /** RFC 5547 section 6: octets start-stop of the file, counted from 1; stop may be a star. */
    private static void checkRange(Sdp.Media media) {
        String range = media.attribute("file-range").orElse("").strip();
        if (range.isEmpty()) {
            return;
        }
        int dash = range.indexOf('-');
        if (dash < 0) {
            throw SdpSyntax.unacceptable("wrong file-range");
        }
        long max = Long.MAX_VALUE;
        long start = Lines.number(range.substring(0, dash), 1, max, "file-range");
        String stop = range.substring(dash + 1);
        long size =
                media.attribute("file-selector")
                        .map(text -> FileSelector.parse(text).size())
                        .filter(known -> known >= 0)
                        .orElse(max);
        if (start > size) {
            throw SdpSyntax.unacceptable("file-range out of range");
        }
        if (!stop.equals("*")) {
            Lines.number(stop, start, size, "file-range");
        }
    }

    /**
     * RFC 8122 section 5.1: by the most preferred hash there may be several, of which the
     * certificate is one. Those that we do not take are only wrong if there are no others. Too many
     * are refused: a certificate whose fingerprint we left out would be a stranger's in mid-call.
     */
    private static List<Fingerprint> fingerprints(Sdp sdp, Sdp.Media media) {
        List<String> values = media.attributes("fingerprint");
        if (values.isEmpty()) {
            values = Sdp.attributes(sdp.lines(), "fingerprint");
        }
        List<Fingerprint> best = new ArrayList<>();
        SdpSyntax wrong = null;
        for (String value : values) {
            try {
                Fingerprint next = Fingerprint.parse(value);
                int stronger =
                        best.isEmpty() ? 0 : next.hex().length() - best.getFirst().hex().length();
                if (stronger > 0) {
                    best.clear();
                }
                if (stronger >= 0) {
                    best.add(next);
                }
            } catch (SdpSyntax refused) {
                wrong = refused;
            }
        }
        if (best.isEmpty() && wrong != null) {
            throw wrong;
        }
        if (best.size() > FINGERPRINTS) {
            throw SdpSyntax.unacceptable(
                    "more than " + FINGERPRINTS + " a=fingerprint by one hash");
        }
        return List.copyOf(best);
    }

    /**
     * Whether its writer takes {@code type}, or all of its kind, or all.
     *
     * @param type without parameters
     */
    public boolean accepts(String type) {
        String kind = type.substring(0, type.indexOf('/') + 1) + "*";
        for (String accepted : acceptTypes) {
            if (accepted.equals("*")
                    || accepted.equalsIgnoreCase(type)
                    || accepted.equalsIgnoreCase(kind)) {
                return true;
            }
        }
        return false;
    }

    /** The announced size of the message or file; -1 if there is none. */
    public long fileSize() {
        return file == null ? -1 : file.size();
    }

    /**
     * Whether this is a file transfer and not a large message: a selector with a size alone does
     * not make one.
     */
    public boolean fileTransfer() {
        return fileTransferId != null
                || (file != null && (file.name() != null || file.hash() != null));
    }
}

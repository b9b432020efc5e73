package io.posthorn.sip.sdp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A session description: its lines in order, unknown ones as they are written. Immutable. Source:
 * RFC 8866.
 *
 * @param lines those of the session, before the first {@code m=}
 * @param media in order; an answer has as many as its offer (RFC 3264 section 6)
 */
public record Sdp(List<Line> lines, List<Media> media) {

    /** One line: {@code type=value}. */
    public record Line(char type, String value) {
        @Override
        public String toString() {
            return type + "=" + value;
        }

        void write(StringBuilder out) {
            out.append(type).append('=').append(value).append("\r\n");
        }

        /** The name of an attribute line. */
        String attribute() {
            int colon = value.indexOf(':');
            return colon < 0 ? value : value.substring(0, colon);
        }

        boolean direction() {
            return type == 'a' && Direction.of(value.strip()) != null;
        }

        boolean attribute(String name) {
            return type == 'a'
                    && value.startsWith(name)
                    && (value.length() == name.length() || value.charAt(name.length()) == ':');
        }
    }

    public Sdp {
        lines = List.copyOf(lines);
        media = List.copyOf(media);
    }

    /**
     * @throws SdpSyntax if it is not UTF-8, not a description, or above the limits (64 KiB, 256
     *     lines for each media, 16 media)
     */
    public static Sdp parse(byte[] bytes) {
        return parse(Lines.text(bytes));
    }

    /**
     * @throws SdpSyntax as {@link #parse(byte[])}
     */
    public static Sdp parse(String text) {
        if (text.length() > Lines.MAX_BYTES) {
            throw SdpSyntax.unreadable("session description above " + Lines.MAX_BYTES + " bytes");
        }
        List<Line> all = Lines.read(text);
        int first = nextMedia(all, 0);
        List<Line> session = all.subList(0, first);
        mandatory(session);
        List<Media> media = new ArrayList<>(2);
        for (int i = first; i < all.size(); ) {
            int next = nextMedia(all, i + 1);
            media.add(Media.parse(all.get(i).value(), all.subList(i + 1, next)));
            i = next;
        }
        Sdp sdp = new Sdp(session, media);
        Origin.parse(session.get(1).value());
        return sdp;
    }

    private static int nextMedia(List<Line> lines, int from) {
        int i = from;
        while (i < lines.size() && lines.get(i).type() != 'm') {
            i++;
        }
        return i;
    }

    private static void mandatory(List<Line> session) {
        String wanted = "vos";
        for (int i = 0; i < wanted.length(); i++) {
            if (i >= session.size() || session.get(i).type() != wanted.charAt(i)) {
                throw SdpSyntax.unreadable("session description without " + wanted.charAt(i) + "=");
            }
        }
        if (!session.getFirst().value().strip().equals("0")) {
            throw SdpSyntax.unreadable("session description of another version");
        }
        if (find(session, 't').isEmpty()) {
            throw SdpSyntax.unreadable("session description without t=");
        }
    }

    public Origin origin() {
        return Origin.parse(lines.get(1).value());
    }

    public Sdp withOrigin(Origin origin) {
        List<Line> out = new ArrayList<>(lines);
        out.set(1, new Line('o', origin.toString()));
        return new Sdp(out, media);
    }

    /** The address {@code media} is at: its own {@code c=}, else that of the session. */
    public Optional<Connection> connection(Media media) {
        return media.connection().or(() -> find(lines, 'c').map(Connection::parse));
    }

    /** With this {@code c=} in the session, and none in any media. */
    public Sdp withConnection(Connection connection) {
        List<Line> out = new ArrayList<>(lines.size() + 1);
        for (Line line : lines) {
            if (line.type() != 'c') {
                out.add(line);
            }
        }
        int place = 0;
        while (place < out.size() && "vosiuep".indexOf(out.get(place).type()) >= 0) {
            place++;
        }
        out.add(place, new Line('c', connection.toString()));
        List<Media> bare = new ArrayList<>(media.size());
        for (Media one : media) {
            bare.add(find(one.lines(), 'c').isEmpty() ? one : one.edit().without('c').media());
        }
        return new Sdp(out, bare);
    }

    /** An attribute of the session: its value, empty for a flag. */
    public Optional<String> attribute(String name) {
        return attribute(lines, name);
    }

    /** Of {@code media}, else of the session. */
    public Optional<String> attribute(Media media, String name) {
        return media.attribute(name).or(() -> attribute(name));
    }

    /** Of {@code media}, else of the session, else sendrecv. */
    public Direction direction(Media media) {
        return direction(media.lines()).or(() -> direction(lines)).orElse(Direction.SENDRECV);
    }

    public Sdp withMedia(int index, Media changed) {
        List<Media> out = new ArrayList<>(media);
        out.set(index, changed);
        return new Sdp(lines, out);
    }

    static Optional<Direction> direction(List<Line> lines) {
        for (Line line : lines) {
            Direction direction = line.type() == 'a' ? Direction.of(line.value().strip()) : null;
            if (direction != null) {
                return Optional.of(direction);
            }
        }
        return Optional.empty();
    }

    static Optional<String> find(List<Line> lines, char type) {
        for (Line line : lines) {
            if (line.type() == type) {
                return Optional.of(line.value());
            }
        }
        return Optional.empty();
    }

    static Optional<String> attribute(List<Line> lines, String name) {
        for (Line line : lines) {
            if (line.attribute(name)) {
                return Optional.of(valueOf(line, name));
            }
        }
        return Optional.empty();
    }

    static List<String> attributes(List<Line> lines, String name) {
        List<String> out = new ArrayList<>(2);
        for (Line line : lines) {
            if (line.attribute(name)) {
                out.add(valueOf(line, name));
            }
        }
        return out;
    }

    private static String valueOf(Line line, String name) {
        return line.value().length() == name.length()
                ? ""
                : line.value().substring(name.length() + 1);
    }

    private static boolean ip(String type) {
        return type.equals("IP4") || type.equals("IP6");
    }

    /** As on the wire, in UTF-8. */
    public byte[] bytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    /** As on the wire: every line with CRLF. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(512);
        for (Line line : lines) {
            line.write(out);
        }
        for (Media one : media) {
            one.write(out);
        }
        return out.toString();
    }

    /**
     * Who made the description. Source: RFC 8866 section 5.2.
     *
     * @param id digits
     * @param version digits; grows with each change
     * @param address with its type: {@code IP4 192.0.2.1}
     */
    public record Origin(String user, String id, String version, String address) {

        static Origin parse(String text) {
            List<String> words = Lines.words(text, 7);
            boolean legal =
                    words.size() == 6
                            && number(words.get(1))
                            && number(words.get(2))
                            && words.get(3).equals("IN")
                            && ip(words.get(4));
            if (!legal) {
                throw SdpSyntax.unreadable("session description with a wrong o=");
            }
            return new Origin(
                    words.get(0), words.get(1), words.get(2), words.get(4) + " " + words.get(5));
        }

        private static boolean number(String text) {
            boolean digits = text.length() <= 40;
            for (int i = 0; digits && i < text.length(); i++) {
                digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
            }
            return digits;
        }

        /** The next version of a description that we made. */
        public Origin next() {
            return new Origin(
                    user,
                    id,
                    new java.math.BigInteger(version).add(java.math.BigInteger.ONE).toString(),
                    address);
        }

        /**
         * Whether this may come after {@code earlier} in one session: the same session, and a
         * version that does not go back (RFC 3264 section 8).
         */
        public boolean follows(Origin earlier) {
            return id.equals(earlier.id)
                    && new java.math.BigInteger(version)
                                    .compareTo(new java.math.BigInteger(earlier.version))
                            >= 0;
        }

        /** As on the wire. */
        @Override
        public String toString() {
            return user + " " + id + " " + version + " IN " + address;
        }
    }

    /**
     * Where to.
     *
     * @param type IP4 or IP6
     * @param address a name or an address, IPv6 without brackets
     */
    public record Connection(String type, String address) {

        /**
         * @param host as in a URI: IPv6 with brackets
         */
        public static Connection of(String host) {
            return host.startsWith("[")
                    ? new Connection("IP6", host.substring(1, host.length() - 1))
                    : new Connection(host.indexOf(':') >= 0 ? "IP6" : "IP4", host);
        }

        static Connection parse(String text) {
            List<String> words = Lines.words(text, 4);
            boolean legal =
                    words.size() == 3
                            && words.get(0).equals("IN")
                            && ip(words.get(1))
                            && words.get(2).length() <= 255
                            && Lines.visible(words.get(2), ".-_:/");
            if (!legal) {
                throw SdpSyntax.unreadable("session description with a wrong c=");
            }
            String address = words.get(2);
            int slash = address.indexOf('/');
            return new Connection(words.get(1), slash < 0 ? address : address.substring(0, slash));
        }

        /** As on the wire. */
        @Override
        public String toString() {
            return "IN " + type + " " + address;
        }
    }

    /**
     * One media description.
     *
     * @param kind {@code message}, {@code audio}, ...
     * @param port 0 if it is refused or ended
     * @param ports mostly 1
     * @param formats what follows the protocol
     * @param lines those after {@code m=}
     */
    public record Media(
            String kind,
            int port,
            int ports,
            String proto,
            List<String> formats,
            List<Line> lines) {

        public Media {
            formats = List.copyOf(formats);
            lines = List.copyOf(lines);
        }

        static Media parse(String text, List<Line> lines) {
            List<String> words = Lines.words(text, 64);
            if (words.size() < 4) {
                throw SdpSyntax.unreadable("media description with a wrong m=");
            }
            for (String word : words) {
                if (word.length() > 255 || !Lines.visible(word, "-./*_+!#$%&'^`{|}~")) {
                    throw SdpSyntax.unreadable("media description with a wrong m=");
                }
            }
            String place = words.get(1);
            int slash = place.indexOf('/');
            String port = slash < 0 ? place : place.substring(0, slash);
            String ports = slash < 0 ? "1" : place.substring(slash + 1);
            String proto = words.get(2);
            List<String> formats = words.subList(3, words.size());
            if (proto.startsWith("RTP/")) {
                formats.forEach(format -> Lines.number(format, 0, 127, "payload type"));
            }
            return new Media(
                    words.get(0),
                    (int) Lines.number(port, 0, 65_535, "media port"),
                    (int) Lines.number(ports, 1, 65_535, "number of ports"),
                    proto,
                    formats,
                    lines);
        }

        /** Its own, without that of the session. */
        public Optional<Connection> connection() {
            return find(lines, 'c').map(Connection::parse);
        }

        /** The first of that name: its value, empty for a flag. */
        public Optional<String> attribute(String name) {
            return Sdp.attribute(lines, name);
        }

        /** All of that name, in order. */
        public List<String> attributes(String name) {
            return Sdp.attributes(lines, name);
        }

        public boolean has(String name) {
            return attribute(name).isPresent();
        }

        /** Its own; {@link Sdp#direction} asks the session too. */
        public Optional<Direction> direction() {
            return Sdp.direction(lines);
        }

        /** In place of the first of that name, or at the end; empty for a flag. */
        public Media withAttribute(String name, String value) {
            return edit().attribute(name, value).media();
        }

        public Media withoutAttribute(String name) {
            return edit().withoutAttribute(name).media();
        }

        /** In place of the one it has, or at the end. */
        public Media withDirection(Direction direction) {
            return edit().direction(direction).media();
        }

        /** For more than one change. */
        public MediaLines edit() {
            return new MediaLines(this);
        }

        public Media withPort(int port) {
            return new Media(kind, port, ports, proto, formats, lines);
        }

        /** As an answer that refuses it has it: port 0, and nothing about it. */
        public Media refused() {
            return new Media(kind, 0, 1, proto, formats, List.of());
        }

        Media withLines(List<Line> lines) {
            return new Media(kind, port, ports, proto, formats, lines);
        }

        /** As on the wire: every line with CRLF. */
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder(256);
            write(out);
            return out.toString();
        }

        private void write(StringBuilder out) {
            out.append("m=").append(kind).append(' ').append(port);
            if (ports != 1) {
                out.append('/').append(ports);
            }
            out.append(' ').append(proto);
            for (String format : formats) {
                out.append(' ').append(format);
            }
            out.append("\r\n");
            for (Line line : lines) {
                line.write(out);
            }
        }
    }
}

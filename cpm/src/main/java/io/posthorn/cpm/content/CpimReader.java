package io.posthorn.cpm.content;

import io.posthorn.cpm.content.Cpim.Header;
import io.posthorn.cpm.content.Cpim.Mime;
import io.posthorn.cpm.content.Cpim.Read;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one head. Used once. */
final class CpimReader {

    // Ours: limits, so that a head cannot hold memory or time.
    private static final int LINE = 2_048;
    private static final int HEADERS = 64;

    private static final Set<String> ONCE = Set.of("From", "DateTime");
    private static final Set<String> KNOWN =
            Set.of("From", "To", "cc", "DateTime", "Subject", "NS", "Require");

    private final byte[] bytes;
    private final boolean all;
    private final List<Header> message = new ArrayList<>();
    private final List<Mime> content = new ArrayList<>();
    private final Map<String, String> prefixes = new LinkedHashMap<>();
    private final List<String> required = new ArrayList<>();
    private String defaultNamespace = Cpim.CORE;
    private int at;

    /** Why this is wrong, once it is. */
    private @Nullable String wrong;

    CpimReader(byte[] bytes, boolean all) {
        this.bytes = bytes;
        this.all = all;
    }

    Read read() {
        for (var line = line(); ; line = line()) {
            if (line == null) return unfinished();
            if (line.isEmpty()) break;
            header(line);
            if (wrong != null) return malformed();
        }
        wrong = missing();
        if (wrong != null) return malformed();
        for (var line = line(); ; line = line()) {
            if (line == null) return unfinished();
            if (line.isEmpty()) break;
            mime(line);
            if (wrong != null) return malformed();
        }
        return new Read.Head(new Cpim(message, content), at);
    }

    private Read malformed() {
        return new Read.Malformed(at, String.valueOf(wrong));
    }

    private Read unfinished() {
        if (wrong != null) return malformed();
        if (!all && bytes.length < Cpim.LIMIT) return new Read.More();
        return new Read.Malformed(at, all ? "the head does not end" : "head over the limit");
    }

    /** The next line without its end; null if it does not end here, or is wrong. */
    private @Nullable String line() {
        for (int i = at; i < bytes.length; i++) {
            if (i - at > LINE) return wrong("line over " + LINE + " octets");
            if (bytes[i] == '\n') return wrong("line feed without carriage return");
            if (bytes[i] != '\r') continue;
            if (i + 1 == bytes.length) return null;
            if (bytes[i + 1] != '\n') return wrong("carriage return without line feed");
            var line = decoded(at, i - at);
            if (line != null) at = i + 2;
            return line;
        }
        return null;
    }

    private @Nullable String decoded(int from, int length) {
        var text = new String(bytes, from, length, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 ? text : strictly(from, length);
    }

    /** What is no UTF-8 was read as U+FFFD; but that may have been said. */
    private @Nullable String strictly(int from, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return wrong("line that is not UTF-8");
        }
    }

    private @Nullable String wrong(String why) {
        wrong = why;
        return null;
    }

    /** RFC 3862 section 2.2: name, colon, parameters each after a semicolon, space, value. */
    private void header(String line) {
        if (message.size() >= HEADERS) {
            wrong = "more than " + HEADERS + " headers";
            return;
        }
        var colon = line.indexOf(':');
        if (colon <= 0 || !token(line, colon)) {
            wrong = "message header '" + shortened(line) + "'";
            return;
        }
        var name = line.substring(0, colon);
        // A MIME header here means that the empty line between both blocks is missing.
        if (name.regionMatches(true, 0, "Content-", 0, 8)) {
            wrong = "no empty line before " + name;
            return;
        }
        var valueAt = valueAt(line, colon + 1);
        var params = line.substring(colon + 1, valueAt);
        var value = unescaped(line.substring(valueAt).strip());
        if (value == null) {
            wrong = "escape in '" + shortened(line) + "'";
            return;
        }
        keep(name, params, value);
    }

    private void keep(String name, String params, String value) {
        var dot = name.indexOf('.');
        var namespace = dot < 0 ? defaultNamespace : namespace(name.substring(0, dot));
        var local = name.substring(dot + 1);
        var core = namespace.equals(Cpim.CORE);
        if (core && local.equals("NS")) declare(value);
        else if (core && local.equals("Require")) require(value);
        else once(namespace, local);
        message.add(new Header(namespace, local, params, value));
    }

    /** Two readers that take different ones of two headers are how a message is smuggled. */
    private void once(String namespace, String name) {
        var unique =
                namespace.equals(Cpim.CORE) && ONCE.contains(name)
                        || namespace.equals(Cpim.IMDN) && name.equals("Message-ID");
        if (unique && first(namespace, name) != null) wrong = "second " + name;
    }

    /** At commas; that nothing follows the last ones does not matter. */
    private void require(String value) {
        var names = new ArrayList<String>();
        for (var name : value.split(",")) names.add(name.strip());
        if (value.indexOf(',') >= 0)
            while (!names.isEmpty() && names.getLast().isEmpty()) names.removeLast();
        required.addAll(names);
    }

    private void declare(String value) {
        var open = value.indexOf('<');
        if (open < 0 || !value.endsWith(">")) {
            wrong = "NS '" + shortened(value) + "'";
            return;
        }
        var prefix = value.substring(0, open).strip();
        var uri = value.substring(open + 1, value.length() - 1);
        if (prefix.isEmpty()) defaultNamespace = uri;
        else prefixes.put(prefix, uri);
    }

    private String namespace(String prefix) {
        var declared = prefixes.get(prefix);
        if (declared != null) return declared;
        // Handsets leave the declaration of imdn out.
        return prefix.equals("imdn") ? Cpim.IMDN : "";
    }

    private @Nullable String missing() {
        if (first(Cpim.CORE, "From") == null) return "no From";
        if (first(Cpim.CORE, "To") == null) return "no To";
        for (var name : required) {
            if (!understood(name)) return "Require of '" + shortened(name) + "'";
        }
        var id = first(Cpim.IMDN, "Message-ID");
        if (id != null && !MessageId.valid(id.value())) return "imdn.Message-ID";
        var notify = first(Cpim.IMDN, "Disposition-Notification") != null;
        // RFC 5438 section 6.3: without it nobody could say what a notification is about.
        return notify && id == null ? "Disposition-Notification without Message-ID" : null;
    }

    private @Nullable Header first(String namespace, String name) {
        for (var header : message) if (header.is(namespace, name)) return header;
        return null;
    }

    private boolean understood(String name) {
        var dot = name.indexOf('.');
        if (dot < 0) return KNOWN.contains(name);
        var namespace = namespace(name.substring(0, dot));
        return namespace.equals(Cpim.IMDN) || namespace.equals(Cpim.CPM);
    }

    private void mime(String line) {
        if (content.size() >= HEADERS) {
            wrong = "more than " + HEADERS + " MIME headers";
            return;
        }
        var first = line.charAt(0);
        if ((first == ' ' || first == '\t') && !content.isEmpty()) {
            var last = content.removeLast();
            content.add(new Mime(last.name(), last.value() + " " + line.strip()));
            return;
        }
        var colon = line.indexOf(':');
        if (colon <= 0 || !token(line, colon)) {
            wrong = "MIME header '" + shortened(line) + "'";
            return;
        }
        content.add(new Mime(line.substring(0, colon), line.substring(colon + 1).strip()));
    }

    /** Where the value begins: after the parameters, which may hold quoted strings. */
    private static int valueAt(String line, int from) {
        if (from >= line.length() || line.charAt(from) != ';') return from;
        var quoted = false;
        for (int i = from; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && quoted) i++;
            else if (c == '"') quoted = !quoted;
            else if (c == ' ' && !quoted) return i;
        }
        return line.length();
    }

    private static boolean token(String text, int end) {
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || "\"(),/;<=>?@[\\]{}".indexOf(c) >= 0) return false;
        }
        return true;
    }

    private static @Nullable String unescaped(String value) {
        if (hasControl(value)) return null;
        if (value.indexOf('\\') < 0) return value;
        var out = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            if (++i == value.length()) return null;
            switch (value.charAt(i)) {
                case '\\' -> out.append('\\');
                case '"' -> out.append('"');
                case '\'' -> out.append('\'');
                case 'b' -> out.append('\b');
                case 't' -> out.append('\t');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 'u' -> {
                    if (i + 4 >= value.length()) return null;
                    var code = hex(value, i + 1);
                    if (code < 0) return null;
                    out.append((char) code);
                    i += 4;
                }
                default -> {
                    return null;
                }
            }
        }
        return out.toString();
    }

    private static boolean hasControl(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) return true;
        }
        return false;
    }

    private static int hex(String value, int from) {
        int code = 0;
        for (int i = from; i < from + 4; i++) {
            var digit = Character.digit(value.charAt(i), 16);
            if (digit < 0 || value.charAt(i) > 'f') return -1;
            code = code * 16 + digit;
        }
        return code;
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}

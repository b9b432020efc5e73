package io.posthorn.server.config;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Reads {@code posthorn.toml} into a {@link Config}: keys are the records' components in kebab
 * case.
 */
public final class ConfigFile {

    private final Path file;

    private ConfigFile(Path file) {
        this.file = file;
    }

    /**
     * @throws InvalidConfig naming the file, the line, the key, and for an unknown key the nearest
     *     known one
     */
    public static Config read(Path file) {
        try {
            return parse(file, Files.readString(file));
        } catch (IOException e) {
            throw new InvalidConfig("cannot read " + file + ": " + e.getMessage());
        }
    }

    static Config parse(Path file, String text) {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            var first = toml.errors().getFirst();
            throw new InvalidConfig(
                    file + ":" + first.position().line() + ": " + first.getMessage());
        }
        // Whoever moves the plain ports may well run a second server: it must not take 5061.
        var moved =
                toml.contains("core.listen")
                        || toml.contains("participating.listen")
                        || toml.contains("msrp.listen");
        var defaults = moved ? Config.DEFAULT.plain() : Config.DEFAULT;
        var read = new ConfigFile(file).section(toml, "", Config.class, defaults);
        return neighbours(toml, read).checkClearText();
    }

    /** Core and function in one process find each other, wherever they were told to listen. */
    private static Config neighbours(TomlTable toml, Config read) {
        if (!read.roles().containsAll(List.of(Config.Role.values()))) return read;
        var core = read.core();
        var function = read.participating();
        if (moved(toml, "participating.listen", "core.participating"))
            core = core.towards(function.listen().getFirst().sip(), core.trusted());
        if (moved(toml, "core.listen", "participating.core"))
            function = function.behind(core.listen().getFirst().sip(), function.pathMode());
        return read.with(core, function);
    }

    private static boolean moved(TomlTable toml, String listen, String neighbour) {
        var at = toml.getArray(listen);
        return at != null && !at.isEmpty() && !toml.contains(neighbour);
    }

    private <R extends Record> R section(TomlTable table, String path, Class<R> type, R defaults) {
        var components = type.getRecordComponents();
        var known = Arrays.stream(components).map(c -> kebab(c.getName())).toList();
        for (var key : table.keySet()) {
            if (!known.contains(key)) throw unknown(table, path, key, known);
        }
        var values = new Object[components.length];
        for (int i = 0; i < components.length; i++)
            values[i] = value(table, path, components[i], defaults);
        return create(type, components, values, path);
    }

    private Object value(TomlTable table, String path, RecordComponent component, Record defaults) {
        var key = kebab(component.getName());
        var fallback = read(component, defaults);
        var given = table.get(List.of(key));
        if (given == null) return fallback;
        var whole = path.isEmpty() ? key : path + "." + key;
        try {
            if (fallback instanceof Record nested && given instanceof TomlTable inner) {
                return nestedSection(inner, whole, nested);
            }
            return convert(whole, given, component.getGenericType());
        } catch (InvalidConfig e) {
            if (fallback instanceof Record && given instanceof TomlTable) throw e;
            throw at(table, key, whole + ": " + e.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private <R extends Record> Record nestedSection(TomlTable table, String path, R defaults) {
        return section(table, path, (Class<R>) defaults.getClass(), defaults);
    }

    private Object convert(String path, Object given, Type type) {
        if (type instanceof ParameterizedType list && given instanceof TomlArray array) {
            var items = new ArrayList<>();
            for (int i = 0; i < array.size(); i++)
                items.add(convert(path, array.get(i), list.getActualTypeArguments()[0]));
            return items;
        }
        if (given instanceof TomlTable table && type instanceof Class<?> c && c.isRecord())
            return nestedSection(table, path, standard(c));
        if (given instanceof String text) {
            if (type == String.class) return text;
            if (type == Duration.class) return duration(text);
            if (type == ByteSize.class) return ByteSize.parse(text);
            if (type == HostPort.class) return HostPort.parse(text);
            if (type instanceof Class<?> c && c.isEnum()) return constant(c, text);
        }
        if (given instanceof Long n && type == int.class && n == n.intValue()) return n.intValue();
        if (given instanceof Boolean && type == boolean.class) return given;
        throw new InvalidConfig("'" + given + "' is not " + described(type));
    }

    /** What holds for a part of {@code type} that is not said. */
    private static Record standard(Class<?> type) {
        try {
            return (Record) type.getDeclaredField("DEFAULT").get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no default of " + type, e);
        }
    }

    private static String described(Type type) {
        if (type instanceof ParameterizedType) return "a list, written [\"...\", \"...\"]";
        if (type == boolean.class) return "true or false";
        if (type == int.class) return "a whole number";
        if (type == Duration.class) return "a duration, written \"30s\"";
        if (type == ByteSize.class) return "a size, written \"64KiB\"";
        return "a text, written \"...\"";
    }

    private static Object constant(Class<?> type, String text) {
        var names = new ArrayList<String>();
        for (var constant : type.getEnumConstants()) {
            var name = kebab(constant.toString().toLowerCase(Locale.ROOT));
            if (name.equals(text)) return constant;
            names.add(name);
        }
        throw new InvalidConfig("'" + text + "' is not one of " + String.join(", ", names));
    }

    /** {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 7d}. */
    static Duration duration(String text) {
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) digits++;
        try {
            long n = Long.parseLong(text.substring(0, digits));
            return switch (text.substring(digits)) {
                case "ms" -> Duration.ofMillis(n);
                case "s" -> Duration.ofSeconds(n);
                case "m" -> Duration.ofMinutes(n);
                case "h" -> Duration.ofHours(n);
                case "d" -> Duration.ofDays(n);
                default -> throw new NumberFormatException(text);
            };
        } catch (NumberFormatException e) {
            throw new InvalidConfig(
                    "'"
                            + text
                            + "' is not a duration: write for example \"500ms\", \"30s\" or \"7d\"");
        }
    }

    private InvalidConfig unknown(TomlTable table, String path, String key, List<String> known) {
        var whole = path.isEmpty() ? key : path + "." + key;
        var nearest =
                known.stream()
                        .min((a, b) -> Integer.compare(distance(a, key), distance(b, key)))
                        .orElseThrow();
        var prefix = path.isEmpty() ? "" : path + ".";
        return at(
                table,
                key,
                "unknown key '" + whole + "'; did you mean '" + prefix + nearest + "'?");
    }

    private InvalidConfig at(TomlTable table, String key, String what) {
        var position = table.inputPositionOf(List.of(key));
        return new InvalidConfig(
                file + ":" + (position == null ? 1 : position.line()) + ": " + what);
    }

    /** Edits from one word to the other (Levenshtein). */
    private static int distance(String a, String b) {
        var previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) previous[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(previous[j], row[j - 1]));
            }
            previous = row;
        }
        return previous[b.length()];
    }

    static String kebab(String name) {
        var text = new StringBuilder();
        for (char c : name.toCharArray()) {
            if (Character.isUpperCase(c)) text.append('-').append(Character.toLowerCase(c));
            else text.append(c == '_' ? '-' : c);
        }
        return text.toString();
    }

    private static Object read(RecordComponent component, Record from) {
        try {
            return component.getAccessor().invoke(from);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no accessor " + component, e);
        }
    }

    private static <R> R create(
            Class<R> type, RecordComponent[] components, @Nullable Object[] values, String path) {
        try {
            var types =
                    Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidConfig invalid) throw invalid;
            throw new IllegalStateException("section " + path, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("section " + path, e);
        }
    }
}

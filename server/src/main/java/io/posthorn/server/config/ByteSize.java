package io.posthorn.server.config;

import java.util.Locale;

/**
 * A number of bytes, written {@code "64KiB"}, {@code "2GiB"}, {@code "300MB"} or plain {@code
 * "4096"}.
 */
public record ByteSize(long bytes) {

    private enum Unit {
        B(1),
        KB(1000),
        MB(1000 * 1000),
        GB(1000L * 1000 * 1000),
        KIB(1L << 10),
        MIB(1L << 20),
        GIB(1L << 30);

        final long bytes;

        Unit(long bytes) {
            this.bytes = bytes;
        }
    }

    /**
     * @throws InvalidConfig if {@code text} is not a size
     */
    public static ByteSize parse(String text) {
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) digits++;
        var unit = text.substring(digits).strip().toUpperCase(Locale.ROOT);
        try {
            long factor = unit.isEmpty() ? 1 : Unit.valueOf(unit).bytes;
            return new ByteSize(
                    Math.multiplyExact(Long.parseLong(text.substring(0, digits)), factor));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InvalidConfig(
                    "'" + text + "' is not a size: write for example \"64KiB\" or \"2GiB\"");
        }
    }

    @Override
    public String toString() {
        for (var unit : new Unit[] {Unit.GIB, Unit.MIB, Unit.KIB}) {
            if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
                return bytes / unit.bytes + unit.name().replace('I', 'i');
            }
        }
        return Long.toString(bytes);
    }
}

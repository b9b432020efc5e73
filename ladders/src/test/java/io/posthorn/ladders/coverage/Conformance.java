package io.posthorn.ladders.coverage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The rows of {@code conformance.tsv}. */
record Conformance(List<Row> rows) {

    record Row(String id, String role, String level, String requirement, String observation) {}

    static Conformance read() {
        try (var in =
                Objects.requireNonNull(
                        Conformance.class.getResourceAsStream("/conformance.tsv"),
                        "conformance.tsv")) {
            var rows = new ArrayList<Row>();
            for (var line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.isBlank() || line.startsWith("#") || line.startsWith("id\t")) continue;
                var cells = line.split("\t", -1);
                rows.add(new Row(cells[0], cells[1], cells[2], cells[3], cells[4]));
            }
            return new Conformance(List.copyOf(rows));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String id) {
        return rows.stream().anyMatch(row -> row.id().equals(id));
    }
}

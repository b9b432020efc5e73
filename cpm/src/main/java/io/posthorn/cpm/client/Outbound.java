package io.posthorn.cpm.client;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A message to send.
 *
 * @param to the recipient's CPM address
 * @param file what is sent; null if {@code text} is
 * @param text what is sent; empty if {@code file} is
 * @param name the name of the file at the recipient; empty for a text
 * @param contentType of what is sent
 */
public record Outbound(
        String to, @Nullable Path file, String text, String name, String contentType) {

    public static Outbound file(String to, Path file, String contentType) {
        return new Outbound(to, file, "", String.valueOf(file.getFileName()), contentType);
    }

    public static Outbound text(String to, String text) {
        return new Outbound(to, null, text, "", "text/plain; charset=utf-8");
    }
}

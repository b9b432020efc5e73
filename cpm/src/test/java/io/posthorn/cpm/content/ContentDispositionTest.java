package io.posthorn.cpm.content;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentDispositionTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "attachment; filename=\"photo.jpg\"                 | photo.jpg",
                "attachment; filename=photo.jpg                     | photo.jpg",
                "attachment; filename=\"../../etc/passwd\"          | passwd",
                "attachment; filename=\"C:\\\\temp\\\\a.txt\"       | a.txt",
                "attachment; filename=\"..\"                        | ``",
                "attachment; filename=\".profile\"                  | profile",
                "attachment; filename=\"CON\"                       | _CON",
                "attachment; filename=\"nul.txt\"                   | _nul.txt",
                "attachment; filename=\"a:b*c?.txt\"                | a_b_c_.txt",
                "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt   | Grüße.txt",
                "attachment; filename=\"x\"; filename*=UTF-8''y     | y",
                "attachment; filename*=UTF-8''..%2F..%2Fetc%2Fhosts | hosts",
                "attachment; filename*=UTF-8''%ZZ                   | ``",
                "render                                             | ``",
            })
    void keepsANameAndLosesEveryPath(String disposition, String name) {
        assertThat(ContentDisposition.filename(disposition)).isEqualTo(name);
    }

    @Test
    void turnsNoDirection() {
        assertThat(ContentDisposition.filename("attachment; filename=\"a\u202egpj.exe\""))
                .isEqualTo("agpj.exe");
    }

    @Test
    void shortensButKeepsTheEnding() {
        var name = ContentDisposition.filename("a; filename=\"" + "ü".repeat(300) + ".jpg\"");
        assertThat(name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
                .isLessThanOrEqualTo(200);
        assertThat(name).endsWith(".jpg");
    }

    @ParameterizedTest
    @CsvSource({"photo.jpg", "Grüße aus Köln.txt", "100%.txt", "a'b;c.txt", "\uD83D\uDE00.png"})
    void readsWhatItWrites(String name) {
        assertThat(ContentDisposition.filename(ContentDisposition.attachment(name)))
                .isEqualTo(name);
    }
}

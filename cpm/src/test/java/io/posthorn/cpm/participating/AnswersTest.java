package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnswersTest {

    @Test
    void whatByeSaysOfACertificateIsShort() {
        var names = "certificate is for a.example" + ", b.example".repeat(10_000);
        assertThat(Answers.lost("tls 192.0.2.1:2855: " + names).text())
                .isEqualTo(names.substring(0, 200));
        assertThat(Answers.lost("certificate is self-signed").text())
                .isEqualTo("certificate is self-signed");
    }
}

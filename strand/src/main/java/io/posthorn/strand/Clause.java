package io.posthorn.strand;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * This class is that procedure of the standard. Document, then clause: {@code "OMA CPM Conv
 * 8.3.2.1.1"}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Clause {
    String value();
}

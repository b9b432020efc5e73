package io.posthorn.ladders.coverage;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The rows of {@code conformance.tsv} whose observation this ladder shows. A row counts once the
 * ladder has passed on every wire that it runs on; an id that is no row fails the test.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Proves {
    String[] value();
}

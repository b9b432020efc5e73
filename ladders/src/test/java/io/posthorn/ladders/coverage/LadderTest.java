package io.posthorn.ladders.coverage;

import io.posthorn.ladders.dsl.Wire;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with one parameter, the {@link io.posthorn.ladders.dsl.Scenario}, run in the simulation
 * and on real sockets. Only a ladder that lets more than 5 s pass may keep to the simulation.
 */
@TestTemplate
@ExtendWith(LadderCoverage.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface LadderTest {
    Wire[] value() default {Wire.SIMULATED, Wire.SOCKETS};
}

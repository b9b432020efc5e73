package io.posthorn.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.bench.codec.MsrpBench;
import io.posthorn.bench.codec.SipBench;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;

class CodecsTest {

    private static Stream<Method> benchmarks() {
        return Stream.of(SipBench.class, MsrpBench.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> method.isAnnotationPresent(Benchmark.class));
    }

    /** JMH would say so only after minutes. */
    @ParameterizedTest
    @MethodSource("benchmarks")
    void whatIsMeasuredWorks(Method benchmark) throws ReflectiveOperationException {
        var codecs = benchmark.getDeclaringClass().getConstructor().newInstance();
        var result = benchmark.invoke(codecs);
        if (result instanceof Integer number) assertThat(number).isNotZero();
        else if (!benchmark.getName().endsWith("InVain")) assertThat(result).isNotNull();
    }
}

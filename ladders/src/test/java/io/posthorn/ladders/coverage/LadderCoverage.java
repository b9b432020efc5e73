package io.posthorn.ladders.coverage;

import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs each ladder on its wires, draws it when it fails, and counts what it proved. */
final class LadderCoverage implements TestTemplateInvocationContextProvider {

    private static final ExtensionContext.Namespace HERE =
            ExtensionContext.Namespace.create(LadderCoverage.class);

    static Coverage of(ExtensionContext context) {
        return context.getRoot()
                .getStore(HERE)
                .computeIfAbsent(Coverage.class, _ -> new Coverage(), Coverage.class);
    }

    /** {@code OriginatingLadders.refusesABarredOriginator}. */
    static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
            ExtensionContext context) {
        var method = context.getRequiredTestMethod();
        var wires = List.of(method.getAnnotation(LadderTest.class).value());
        var claims = claims(method);
        of(context).starts(name(method), claims, wires);
        return wires.stream().map(wire -> new Run(wire, wires));
    }

    private static List<String> claims(Method method) {
        var proves = Optional.ofNullable(method.getAnnotation(Proves.class));
        var claims = proves.map(p -> List.of(p.value())).orElse(List.of());
        var conformance = Conformance.read();
        var unknown = claims.stream().filter(id -> !conformance.has(id)).toList();
        if (!unknown.isEmpty())
            throw new ExtensionConfigurationException(
                    name(method) + " proves " + unknown + ", which conformance.tsv does not list");
        return claims;
    }

    /** One ladder on one wire. */
    private record Run(Wire wire, List<Wire> wires)
            implements TestTemplateInvocationContext, ParameterResolver, InvocationInterceptor {

        @Override
        public String getDisplayName(int index) {
            return wire.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Scenario.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return Scenario.on(wire, sentence(context.getRequiredTestMethod().getName()));
        }

        @Override
        public void interceptTestTemplateMethod(
                Invocation<@Nullable Void> invocation,
                ReflectiveInvocationContext<Method> call,
                ExtensionContext context)
                throws Throwable {
            var scenario = (Scenario) call.getArguments().getFirst();
            try (scenario) {
                invocation.proceed();
                scenario.finish();
                mayKeepToTheSimulation(scenario);
            } catch (Throwable e) {
                var failure = new AssertionError(e.getMessage() + "\n\n" + scenario.drawn(), e);
                failure.setStackTrace(e.getStackTrace());
                throw failure;
            }
            of(context).passed(name(context.getRequiredTestMethod()), wire, scenario.stepsSeen());
            if (Boolean.getBoolean("ladders.print")) System.out.println(scenario.drawn());
        }

        private void mayKeepToTheSimulation(Scenario scenario) {
            if (!wires.contains(Wire.SOCKETS) && !scenario.letMuchTimePass())
                throw new AssertionError(
                        "a ladder that lets no more than 5 s pass runs on sockets too");
        }

        /** {@code refusesABarredOriginator} is "refuses a barred originator". */
        private static String sentence(String name) {
            var words = name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");
            return String.join(
                    " ",
                    Arrays.stream(words)
                            .map(w ->
                                    w.length() > 1 && w.equals(w.toUpperCase(Locale.ROOT))
                                            ? w
                                            : w.toLowerCase(Locale.ROOT))
                            .toList());
        }
    }
}

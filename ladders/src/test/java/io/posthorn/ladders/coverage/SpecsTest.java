package io.posthorn.ladders.coverage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.posthorn.strand.Clause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Runs last. Says whether {@code SPECS.md} tells what the ladders of this run proved. */
@Order(Integer.MAX_VALUE)
@ExtendWith(SpecsTest.Given.class)
class SpecsTest {

    private static final Path SPECS = Path.of("..", "SPECS.md");

    @Test
    void theListHasAllRowsOfTheChangeRequests() {
        var rows = Conformance.read().rows();
        assertThat(rows).hasSize(201);
        assertThat(rows.stream().map(Conformance.Row::id)).doesNotHaveDuplicates();
    }

    @Test
    void specsTellWhatTheLaddersProved(Coverage coverage) throws IOException {
        var missing = new TreeSet<>(allLadders());
        missing.removeAll(coverage.complete());
        assumeTrue(
                missing.isEmpty(), () -> "these ladders did not run or did not pass: " + missing);
        var specs = Specs.of(Conformance.read(), coverage, classes());
        Files.createDirectories(Path.of("target", "coverage"));
        Files.writeString(Path.of("target", "coverage", "SPECS.md"), specs);
        if (Boolean.getBoolean("specs.refresh")) Files.writeString(SPECS, specs);
        var kept = Files.exists(SPECS) ? Files.readString(SPECS) : "";
        if (!kept.equals(specs))
            throw new AssertionError(
                    "SPECS.md is stale: refresh it with ./posthorn test -Dspecs.refresh=true"
                            + " and commit it; it differs in\n"
                            + differences(kept, specs));
    }

    private static String differences(String kept, String wanted) {
        var is = List.of(kept.split("\n"));
        var will = List.of(wanted.split("\n"));
        var lines = new ArrayList<String>();
        for (var line : is) if (!will.contains(line)) lines.add("- " + line);
        for (var line : will) if (!is.contains(line)) lines.add("+ " + line);
        return String.join("\n", lines.subList(0, Math.min(20, lines.size())));
    }

    private static Set<String> allLadders() {
        var names = new TreeSet<String>();
        for (var c : new ClassFileImporter().importPackages("io.posthorn.ladders"))
            for (JavaMethod m : c.getMethods())
                if (m.isAnnotatedWith(LadderTest.class))
                    names.add(c.getSimpleName() + "." + m.getName());
        return names;
    }

    private static Map<String, Set<String>> classes() {
        var classes = new TreeMap<String, Set<String>>(Clauses.ORDER);
        var importer = new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests()));
        for (JavaClass c : importer.importPackages("io.posthorn"))
            if (c.isAnnotatedWith(Clause.class))
                classes.computeIfAbsent(
                                c.getAnnotationOfType(Clause.class).value(), _ -> new TreeSet<>())
                        .add(c.getName().replace("io.posthorn.", ""));
        return classes;
    }

    /** Hands the run's coverage in. */
    static final class Given implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Coverage.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return LadderCoverage.of(context);
        }
    }
}

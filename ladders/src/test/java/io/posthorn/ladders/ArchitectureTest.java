package io.posthorn.ladders;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The edges between the rooms, and what only {@code live} may touch. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {

    private static final List<String> MODULES =
            List.of("strand", "live", "sip", "msrp", "custody", "sipcore", "cpm", "server");

    private JavaClasses main = new ClassFileImporter().importPackages(List.of());

    @BeforeAll
    void read() {
        main =
                new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests()))
                        .importPackages("io.posthorn");
    }

    @Test
    void seesEveryModule() {
        for (var module : MODULES)
            assertThat(
                            main.stream()
                                    .anyMatch(c ->
                                            c.getPackageName().startsWith("io.posthorn." + module)))
                    .as(module)
                    .isTrue();
    }

    // ---- edges

    @Test
    void strandKnowsNobody() {
        mayNotKnow(
                "strand", "live", "sip", "msrp", "custody", "sipcore", "cpm", "server", "ladders");
    }

    @Test
    void theProtocolsAndLiveDoNotKnowEachOther() {
        mayNotKnow("live", "sip", "msrp", "custody", "sipcore", "cpm", "server", "ladders");
        mayNotKnow("sip", "live", "msrp", "custody", "sipcore", "cpm", "server", "ladders");
        mayNotKnow("msrp", "live", "sip", "custody", "sipcore", "cpm", "server", "ladders");
        mayNotKnow("custody", "live", "sip", "msrp", "sipcore", "cpm", "server", "ladders");
    }

    @Test
    void coreAndFunctionsTalkOnlySip() {
        mayNotKnow("sipcore", "live", "msrp", "custody", "cpm", "server", "ladders");
        mayNotKnow("cpm", "live", "sipcore", "server", "ladders");
    }

    @Test
    void nothingKnowsTheLadders() {
        mayNotKnow("server", "ladders");
    }

    private void mayNotKnow(String module, String... others) {
        var rooms = new ArrayList<String>();
        for (var other : others) rooms.add("io.posthorn." + other + "..");
        noClasses()
                .that()
                .resideInAPackage("io.posthorn." + module + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(rooms.toArray(String[]::new)))
                .allowEmptyShould(true)
                .check(main);
    }

    // ---- the world

    @Test
    void onlyLiveTouchesChannelsAndSockets() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.posthorn.live..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.netty.channel..", "java.nio.channels..")
                                .or(
                                        named(
                                                "java.net.Socket",
                                                "java.net.ServerSocket",
                                                "java.net.DatagramSocket",
                                                "java.net.http.HttpClient")))
                .check(main);
    }

    @Test
    void onlyLiveAndTheSimulationHaveThreads() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.posthorn.live..",
                        "io.posthorn.strand.sim..",
                        "io.posthorn.ladders.storm..")
                .should()
                .dependOnClassesThat(
                        named(
                                "java.lang.Thread",
                                "java.lang.Thread$Builder",
                                "java.lang.Thread$Builder$OfVirtual",
                                "java.lang.ThreadLocal",
                                "java.util.Timer",
                                "java.util.concurrent.Executors",
                                "java.util.concurrent.ExecutorService",
                                "java.util.concurrent.ScheduledExecutorService",
                                "java.util.concurrent.ThreadPoolExecutor",
                                "java.util.concurrent.ForkJoinPool",
                                "java.util.concurrent.StructuredTaskScope"))
                .check(main);
    }

    /** A future may carry an end to the main thread; it may not start anything. */
    @Test
    void futuresRunNothing() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.posthorn.live..")
                .should()
                .accessTargetWhere(
                        describe(
                                "a future runs something elsewhere",
                                (JavaAccess<?> a) ->
                                        a.getTargetOwner()
                                                        .getName()
                                                        .equals(
                                                                "java.util.concurrent.CompletableFuture")
                                                && (a.getName().endsWith("Async")
                                                        || a.getName().endsWith("Executor"))))
                .check(main);
    }

    @Test
    void onlyLiveReadsTheClock() {
        calls(
                "java.lang.System.nanoTime",
                "java.lang.System.currentTimeMillis",
                "java.time.Instant.now",
                "java.time.LocalDateTime.now",
                "java.time.LocalDate.now",
                "java.time.LocalTime.now",
                "java.time.ZonedDateTime.now",
                "java.time.OffsetDateTime.now",
                "java.time.Clock.systemUTC",
                "java.time.Clock.systemDefaultZone",
                "java.time.Clock.system",
                "java.time.Clock.tick");
    }

    @Test
    void onlyLiveHasRandomness() {
        calls("java.util.UUID.randomUUID", "java.lang.Math.random");
        noClasses()
                .that()
                .resideOutsideOfPackages("io.posthorn.live..", "io.posthorn.strand.sim..")
                .should()
                .dependOnClassesThat(
                        named(
                                "java.util.Random",
                                "java.util.SplittableRandom",
                                "java.security.SecureRandom",
                                "java.util.concurrent.ThreadLocalRandom"))
                .check(main);
    }

    private void calls(String... forbidden) {
        var names = Set.of(forbidden);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.posthorn.live..")
                .should()
                .accessTargetWhere(
                        describe(
                                "the target is one of " + names,
                                (JavaAccess<?> a) ->
                                        names.contains(
                                                a.getTargetOwner().getName() + "." + a.getName())))
                .check(main);
    }

    @Test
    void codecsAreBytesAndRecords() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.posthorn..wire..", "io.posthorn..sdp..", "io.posthorn.cpm.content..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                        "java.nio.file..",
                                        "io.netty.channel..",
                                        "java.nio.channels..")
                                .or(
                                        named(
                                                "io.posthorn.strand.Net",
                                                "io.posthorn.strand.Link",
                                                "io.posthorn.strand.Loop",
                                                "io.posthorn.strand.Strand",
                                                "io.posthorn.strand.Strands",
                                                "io.posthorn.strand.World",
                                                "io.posthorn.strand.Clock",
                                                "io.posthorn.strand.Disk",
                                                "java.io.File",
                                                "java.io.InputStream",
                                                "java.io.FileInputStream",
                                                "java.io.FileOutputStream")))
                .allowEmptyShould(true)
                .check(main);
    }

    // ---- form

    @Test
    void nothingStaticChanges() {
        var mutable =
                Set.of(
                        "java.lang.StringBuilder",
                        "java.util.ArrayList",
                        "java.util.LinkedList",
                        "java.util.ArrayDeque",
                        "java.util.HashMap",
                        "java.util.LinkedHashMap",
                        "java.util.TreeMap",
                        "java.util.HashSet",
                        "java.util.LinkedHashSet",
                        "java.util.TreeSet",
                        "java.util.BitSet");
        fields().that()
                .areStatic()
                .should(
                        new ArchCondition<JavaField>("be final and unchanging") {
                            @Override
                            public void check(JavaField field, ConditionEvents events) {
                                var type = field.getRawType().getName();
                                boolean synthetic =
                                        field.getModifiers().contains(JavaModifier.SYNTHETIC);
                                boolean good =
                                        field.getModifiers().contains(JavaModifier.FINAL)
                                                && !mutable.contains(type)
                                                && !type.startsWith("java.util.concurrent.");
                                if (!synthetic && !good)
                                    events.add(
                                            SimpleConditionEvent.violated(
                                                    field, field.getFullName() + " can change"));
                            }
                        })
                .check(main);
    }

    @Test
    void everyPackageIsNullMarked() {
        var unmarked = new ArrayList<String>();
        for (JavaClass c : main) {
            JavaPackage room = c.getPackage();
            if (!room.isAnnotatedWith(NullMarked.class) && !unmarked.contains(room.getName()))
                unmarked.add(room.getName());
        }
        assertThat(unmarked).isEmpty();
    }

    @Test
    void noTestSleeps() {
        Collection<Path> roots = new ArrayList<>();
        for (var module : MODULES) roots.add(Path.of("..", module, "target", "test-classes"));
        roots.add(Path.of("target", "test-classes"));
        roots.removeIf(root -> !Files.isDirectory(root));
        var tests = new ClassFileImporter().importPaths(roots);
        noClasses()
                .should()
                .accessTargetWhere(
                        describe(
                                "it sleeps",
                                (JavaAccess<?> a) ->
                                        a.getName().equals("sleep")
                                                && (a.getTargetOwner()
                                                                .getName()
                                                                .equals("java.lang.Thread")
                                                        || a.getTargetOwner()
                                                                .getName()
                                                                .equals(
                                                                        "java.util.concurrent.TimeUnit"))))
                .check(tests);
    }

    @Test
    void namesAreOfTheDomain() {
        classes()
                .that()
                .resideInAPackage("io.posthorn..")
                .should()
                .haveNameNotMatching(".*(Manager|Impl|Util|Utils|Helper|Handler)")
                .check(main);
    }

    private static DescribedPredicate<JavaClass> named(String... names) {
        var set = Set.of(names);
        return describe("one of " + set, c -> set.contains(c.getName()));
    }
}

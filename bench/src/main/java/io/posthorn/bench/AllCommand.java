package io.posthorn.bench;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "all",
        description = {
            "Every figure that has a budget, as the rows of the table in doc/performance.md. Takes about",
            "ten minutes; wants a machine that does nothing else."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  posthorn bench all", "  posthorn bench all --runs 1 relay"})
final class AllCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--runs",
            paramLabel = "R",
            description = "each figure is the median of R runs (default: ${DEFAULT-VALUE})",
            defaultValue = "5")
    private int runs;

    @picocli.CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "only what this one measures: setup, relay, lmm or start",
            defaultValue = "")
    private String only;

    private final Map<List<String>, String> measured = new HashMap<>();

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        out.println("| what | budget | measured | of it compiling | command |");
        out.println("|---|---|---|---|---|");
        if (only.isEmpty() || only.equals("relay")) out.println(floor());
        boolean failed = false;
        for (var budget : Budget.ALL) {
            if (!only.isEmpty() && !budget.command().getFirst().equals(only)) continue;
            var json = measured.computeIfAbsent(budget.command(), this::measure);
            out.println(row(budget, json));
            out.flush();
            failed |= !field(json, "failures").orElse(0.0).equals(0.0);
        }
        return failed ? Failed.FAILED : 0;
    }

    /** A figure of the machine, not of ours: what a relay could cost at best. */
    private String floor() {
        var json = measure(List.of("floor"));
        return "| handing bytes on and looking at none, in a process of its own | | "
                + field(json, "cpuSecondsPerGigabyte").map(Budget::number).orElse("failed")
                + " CPU s per GB | | `bench floor` |";
    }

    private String measure(List<String> command) {
        var line = new ArrayList<>(command);
        line.add("--json");
        if (!command.contains("--devices")) line.addAll(List.of("--runs", Integer.toString(runs)));
        var text = new StringWriter();
        Bench.run(new PrintWriter(text), spec.commandLine().getErr(), line.toArray(String[]::new));
        return text.toString().strip();
    }

    private static java.util.Optional<Double> field(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":(-?[0-9.]+)").matcher(json);
        return found.find()
                ? java.util.Optional.of(Double.valueOf(found.group(1)))
                : java.util.Optional.empty();
    }

    private static String row(Budget budget, String json) {
        var value = field(json, budget.field());
        var measured =
                value.map(v ->
                                Budget.number(v)
                                        + (v <= budget.limit()
                                                ? ""
                                                : ": **" + over(v, budget) + "**"))
                        .orElse("failed");
        var compiling =
                field(json, "compilingPercent")
                        .map(p -> String.format(Locale.ROOT, "%.0f %%", p))
                        .orElse("");
        var failures =
                field(json, "failures").filter(f -> f > 0 && !budget.field().equals("failures"));
        if (failures.isPresent())
            measured += ", " + Budget.number(failures.get()) + " calls failed";
        return String.join(
                " | ",
                "| " + budget.what(),
                budget.bar(),
                measured,
                compiling,
                "`bench " + String.join(" ", budget.command()) + "` |");
    }

    private static String over(double value, Budget budget) {
        if (budget.limit() == 0) return "missed";
        return String.format(Locale.ROOT, "%.1f times", value / budget.limit());
    }
}

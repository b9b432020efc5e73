package io.posthorn.server.control;

import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.MemoryRecorder.Call;
import io.posthorn.strand.Track.Way;
import io.posthorn.strand.ladder.Ladder;
import io.posthorn.strand.ladder.SeenCall;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Questions to a running server, one line each, and their answers as text. Any thread. */
public final class Answers {

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT)
                    .withZone(ZoneId.systemDefault());

    /** Values that one message keeps through all calls it makes, and that no other message has. */
    private static final List<String> JOINING =
            List.of("Conversation-ID", "Contribution-ID", "imdn.Message-ID");

    private final MemoryRecorder recorder;
    private final Supplier<Instant> now;
    private final Map<String, String> names;

    /**
     * @param names what addresses are called in ladders
     */
    public Answers(MemoryRecorder recorder, Supplier<Instant> now, Map<String, String> names) {
        this.recorder = recorder;
        this.now = now;
        this.names = Map.copyOf(names);
    }

    /** The answer; begins with {@code error } if there is none. */
    public String answer(String question) {
        var words = question.strip().split("\\s+", 2);
        var id = words.length > 1 ? words[1] : "";
        return switch (words[0]) {
            case "sessions" -> sessions();
            case "session" -> found(id, calls -> session(calls));
            case "ladder" -> found(id, calls -> ladder(calls).brief().text());
            case "steps" -> found(id, calls -> ladder(calls).text());
            case "mermaid" -> found(id, calls -> ladder(calls).brief().mermaid());
            default -> "error unknown question '" + words[0] + "'\n";
        };
    }

    private interface Drawn {
        String of(List<Call> calls);
    }

    private String found(String id, Drawn drawn) {
        var calls = recorder.find(id);
        if (calls.isEmpty())
            return "error no call is called '" + id + "'; see 'posthorn sessions'\n";
        return drawn.of(calls);
    }

    // ---- sessions

    private String sessions() {
        var ended = recorder.ended();
        var running = recorder.running();
        if (ended.isEmpty() && running.isEmpty()) return "no calls yet\n";
        var lines = new StringBuilder();
        lines.append(
                String.format(
                        "%-5s %-16s %-12s %8s  %s%n", "ID", "KIND", "BEGAN", "TOOK", "OUTCOME"));
        for (var call : ended) line(lines, call);
        for (var call : running) line(lines, call);
        return lines.toString();
    }

    private void line(StringBuilder lines, Call call) {
        var end = call.ended();
        var outcome = call.outcome();
        lines.append(
                String.format(
                        Locale.ROOT,
                        "%-5s %-16s %-12s %7.2fs  %s%n",
                        call.id(),
                        call.kind(),
                        CLOCK.format(call.begun()),
                        Duration.between(call.begun(), end == null ? now.get() : end).toMillis()
                                / 1000.0,
                        outcome == null ? "running" : outcome));
    }

    // ---- one session

    private String session(List<Call> calls) {
        var text = new StringBuilder();
        for (var call : calls) {
            line(text, call);
            call.ids()
                    .forEach((name, value) ->
                            text.append("      ")
                                    .append(name)
                                    .append(": ")
                                    .append(value)
                                    .append('\n'));
            for (var entry : call.entries()) text.append(entry(entry));
            if (call.omitted() > 0)
                text.append("      ").append(call.omitted()).append(" entries were not kept\n");
        }
        return text.toString();
    }

    private static String entry(MemoryRecorder.Entry entry) {
        double seconds = entry.nanos() / 1e9;
        return switch (entry) {
            case MemoryRecorder.Step s ->
                    row(seconds, "step " + s.n(), s.text() + "   (" + s.clause() + ")");
            case MemoryRecorder.Skipped s ->
                    row(seconds, "skip " + s.n(), s.why() + "   (" + s.clause() + ")");
            case MemoryRecorder.Message m ->
                    row(seconds, m.way() == Way.IN ? "<--" : "-->", m.label() + "   " + m.link());
            case MemoryRecorder.Media m ->
                    row(
                            seconds,
                            m.way() == Way.IN ? "<==" : "==>",
                            String.format(
                                    Locale.ROOT,
                                    "%,d bytes in %,d chunks   %s",
                                    m.bytes(),
                                    m.times(),
                                    m.link()));
        };
    }

    private static String row(double seconds, String what, String text) {
        return String.format(Locale.ROOT, "  %8.3fs %-8s %s%n", seconds, what, text);
    }

    // ---- ladders

    /** These calls and all that carry one of their ids, in the order in which they began. */
    private List<Call> joined(List<Call> calls) {
        var all = new TreeMap<Long, Call>();
        for (var call : calls) all.put(Long.parseLong(call.id()), call);
        for (var value : joining(calls)) {
            for (var call : recorder.find(value)) all.put(Long.parseLong(call.id()), call);
        }
        return List.copyOf(all.values());
    }

    private static List<String> joining(List<Call> calls) {
        var values = new LinkedHashSet<String>();
        for (var call : calls) {
            for (var name : JOINING)
                if (call.ids().containsKey(name)) values.add(call.ids().get(name));
        }
        return List.copyOf(values);
    }

    /** Ours, then the users: whoever is no function of ours is the client of the user it serves. */
    private Ladder ladder(List<Call> found) {
        var calls = joined(found);
        var columns = new LinkedHashMap<>(names);
        var ours = ownAddresses(calls);
        for (var call : calls) nameClients(call, ours, columns);
        var seen = new ArrayList<SeenCall>();
        for (var call : calls) seen.add(SeenCall.of(owner(call), call));
        var first = found.getFirst();
        var sender = first.ids().getOrDefault("From", "");
        return Ladder.of(first.kind() + " " + first.id(), seen, columns)
                .inOrder(List.of(sender, "OPF", "core", "TPF"));
    }

    private static void nameClients(Call call, Set<String> ours, Map<String, String> columns) {
        var user = call.ids().getOrDefault(owner(call).equals("OPF") ? "From" : "To", "client");
        for (var entry : call.entries()) {
            var remote = end(entry, 1);
            if (remote.isEmpty() || ours.contains(remote) || columns.containsKey(remote)) continue;
            columns.put(remote, unused(user, columns));
        }
    }

    /** A second device of the same user is called {@code bob 2}. */
    private static String unused(String user, Map<String, String> columns) {
        var name = user;
        for (int n = 2; columns.containsValue(name); n++) name = user + " " + n;
        return name;
    }

    private static Set<String> ownAddresses(List<Call> calls) {
        var ours = new LinkedHashSet<String>();
        for (var call : calls) {
            for (var entry : call.entries()) ours.add(end(entry, 0));
        }
        return ours;
    }

    /** The local (0) or the remote (1) address of what passed; empty for a step. */
    private static String end(MemoryRecorder.Entry entry, int which) {
        var link =
                switch (entry) {
                    case MemoryRecorder.Message m -> m.link();
                    case MemoryRecorder.Media m -> m.link();
                    case MemoryRecorder.Step _, MemoryRecorder.Skipped _ -> ">";
                };
        var ends = link.split(">", 2);
        return ends[which].substring(ends[which].lastIndexOf('/') + 1);
    }

    /** What the function that took part in a call is called in a ladder. */
    public static String owner(Call call) {
        var kind = call.kind();
        if (kind.contains("originating")) return "OPF";
        if (kind.contains("terminating")) return "TPF";
        return kind;
    }
}

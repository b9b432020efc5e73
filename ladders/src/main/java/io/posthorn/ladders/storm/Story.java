package io.posthorn.ladders.storm;

import io.posthorn.strand.MemoryRecorder.Call;
import io.posthorn.strand.ladder.Ladder;
import io.posthorn.strand.ladder.SeenCall;
import java.util.ArrayList;
import java.util.List;

/** What passed in a history, for a person: a ladder for each message, and what became of it. */
final class Story {

    private final Storm storm;

    Story(Storm storm) {
        this.storm = storm;
    }

    String text() {
        var text = new StringBuilder();
        for (var message : storm.messages()) {
            text.append('\n').append(message).append(": ").append(message.outcomes);
            if (message.orphaned()) text.append(" (its sender crashed)");
            text.append("\n\n").append(ladder(message)).append('\n');
        }
        for (var device : storm.town().devices) {
            if (!device.received.isEmpty()) text.append(device + " has " + device.received + '\n');
            if (!device.failures.isEmpty())
                text.append(device + " has not " + device.failures + '\n');
        }
        return text.toString();
    }

    private String ladder(Message message) {
        var seen = new ArrayList<SeenCall>();
        var columns = new ArrayList<String>(List.of(message.from.node, "OPF", "core", "TPF"));
        for (var machine : storm.town().machines())
            for (var call : storm.town().s.recorder(machine).find(message.contribution())) {
                var owner = owner(machine, call);
                seen.add(SeenCall.of(owner, call));
                if (!columns.contains(owner)) columns.add(owner);
            }
        return Ladder.of(message.file(), seen, storm.town().names())
                .brief()
                .inOrder(columns)
                .text();
    }

    private static String owner(String machine, Call call) {
        if (call.kind().contains("originating")) return "OPF";
        if (call.kind().contains("terminating")) return "TPF";
        return machine;
    }
}

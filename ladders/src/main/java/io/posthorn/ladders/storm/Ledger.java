package io.posthorn.ladders.storm;

import io.posthorn.cpm.client.Receiving;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was promised with what is so: nobody has what nobody sent him, nothing is there in
 * part as if it were whole, whoever heard "sent" can rely on it, everybody heard one thing in time,
 * and nothing is left of any call.
 */
final class Ledger {

    private static final Pattern FILE = Pattern.compile("m([0-9]+)\\.jpg");

    /**
     * What a sender waits at most without news: 60 s for an answer to its INVITE, 10 s for a
     * connection, 30 s for the answer to a SEND; and what a BYE or a disk may take besides.
     */
    private static final Duration SILENCE = Duration.ofSeconds(105);

    private final Town town;
    private final List<Message> messages;
    private final boolean calm;
    private final List<String> wrong = new ArrayList<>();

    /**
     * @param calm nothing went wrong that could keep a message from a device
     */
    Ledger(Town town, List<Message> messages, boolean calm) {
        this.town = town;
        this.messages = messages;
        this.calm = calm;
    }

    /** What does not hold, a line each. */
    List<String> findings() {
        town.devices.forEach(this::has);
        messages.forEach(this::heard);
        for (var left : town.open()) wrong.add("left: " + left);
        return wrong;
    }

    // ---- what is there

    private void has(Device device) {
        int whole = 0;
        for (var file : files(device)) {
            var at = file + " at " + device;
            // What a machine was writing when it lost its power carries another name.
            if (file.toString().endsWith(".part")) {
                if (!device.crashed) wrong.add(at + " is left");
                continue;
            }
            whole++;
            var message = message(file);
            if (message == null) wrong.add(at + " is nobody's, or there twice");
            else if (!message.to.equals(device.user)) wrong.add(at + " is of " + message);
            else compare(device, file, message);
        }
        if (!device.crashed && device.received.size() != whole)
            wrong.add(device + " told of " + device.received.size() + " messages, has " + whole);
    }

    private void compare(Device device, Path file, Message message) {
        var content = message.content;
        long differs = town.s.disk(device.node).differs(file, content.size(), content);
        if (differs >= 0) wrong.add(file + " at " + device + " differs at byte " + differs);
    }

    private List<Path> files(Device device) {
        return town.s.disk(device.node).files().stream()
                .filter(file -> file.startsWith(Device.INTO))
                .filter(file -> !file.endsWith(Receiving.MEMORY))
                .toList();
    }

    private @Nullable Message message(Path file) {
        var name = FILE.matcher(String.valueOf(file.getFileName()));
        if (!name.matches()) return null;
        int number = Integer.parseInt(name.group(1));
        for (var message : messages) if (message.content.number() == number) return message;
        return null;
    }

    private boolean hasWhole(Device device, Message message) {
        var file = Device.INTO.resolve(message.file());
        var disk = town.s.disk(device.node);
        var content = message.content;
        return disk.durable(file) && disk.differs(file, content.size(), content) < 0;
    }

    // ---- what was promised

    private void heard(Message message) {
        int most = message.orphaned() ? 0 : 1;
        int heard = message.outcomes.size();
        if (heard > 1 || heard < most)
            wrong.add(message + ": its sender heard " + message.outcomes);
        if (message.sent()
                && town.devicesOf(message.to).stream().noneMatch(d -> hasWhole(d, message)))
            wrong.add(message + ": its sender heard 200, and no device has it");
        if (message.longestSilence().compareTo(SILENCE) > 0)
            wrong.add(message + ": nothing heard for " + message.longestSilence());
        if (calm) inCalm(message);
    }

    private void inCalm(Message message) {
        if (message.known.isEmpty()) return;
        if (!message.sent()) wrong.add(message + ": nothing was wrong, but " + message.outcomes);
        for (var device : message.known)
            if (!hasWhole(device, message))
                wrong.add(message + ": nothing was wrong, but " + device + " has it not");
    }
}

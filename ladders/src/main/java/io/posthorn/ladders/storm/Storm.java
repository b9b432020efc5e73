package io.posthorn.ladders.storm;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.strand.sim.Simulation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One history from one seed: two to four users with one to three devices each, one to four
 * messages, some at once and crossing, and what goes wrong meanwhile; afterwards the ledger.
 */
final class Storm implements AutoCloseable {

    private static final List<String> USERS =
            List.of(
                    "sip:alice@example.com",
                    "sip:bob@example.net",
                    "sip:carol@example.com",
                    "sip:dave@example.net");

    private static final List<Integer> SIZES =
            List.of(0, 1, 2_047, 2_048, 2_049, 65_535, 65_536, 65_537, 1 << 20);

    private static final List<Integer> REFUSALS =
            List.of(403, 404, 408, 413, 415, 480, 481, 486, 488, 500, 503, 506, 603);

    private static final Duration OUTCOME = Duration.ofMinutes(5);

    /** Larger than any 32-bit offset. */
    static final long LARGE = (1L << 31) + 4_711;

    private final boolean large;
    private final Simulation s;
    private final Instant began;
    private final Chance chance;
    private final Town town;
    private final Faults faults;
    private final List<Message> messages = new ArrayList<>();
    private final List<String> drawn = new ArrayList<>();
    private final List<Device> late = new ArrayList<>();
    private boolean calm = true;

    /**
     * @param large one message in eight has a little more than 2 GiB
     */
    Storm(long seed, boolean large) {
        this.large = large;
        this.s = new Simulation(seed);
        this.began = s.now();
        this.chance = new Chance(s.node("fate").entropy());
        this.town = new Town(s, layout());
        this.faults = new Faults(town, chance, messages);
    }

    /** Runs it. Returns what the ledger finds, a line each; nothing if all is well. */
    List<String> run() {
        try {
            begin();
            history();
            end();
            return new Ledger(town, messages, calm).findings();
        } catch (AssertionError | RuntimeException failed) {
            return List.of(trace(failed));
        }
    }

    private static String trace(Throwable failed) {
        var text = new StringBuilder().append(failed);
        for (var at : failed.getStackTrace()) {
            if (at.getClassName().startsWith("io.posthorn.ladders.storm")) break;
            text.append("\n        at ").append(at);
        }
        var cause = failed.getCause();
        if (cause != null) text.append("\n    caused by ").append(trace(cause));
        return text.toString();
    }

    // ---- the beginning

    private Town.Layout layout() {
        var layout =
                new Town.Layout(
                        chance.oneIn(2),
                        chance.oneOf(List.of("udp", "tcp")),
                        chance.oneIn(3) ? PathMode.TERMINATE : PathMode.PREPEND,
                        chance.oneOf(List.of(1 << 20, 64 << 10, 4 << 10)),
                        chance.oneOf(List.of(64 << 10, 64 << 10, 2_048)));
        layout.machines().forEach(s::address);
        drawn.add(layout.toString());
        return layout;
    }

    private void begin() {
        int users = 2 + chance.below(3);
        for (var user : USERS.subList(0, users)) devices(user);
        network();
        var waiting = new ArrayList<Device>();
        for (var device : town.devices) {
            if (late.contains(device)) continue;
            waiting.add(device);
            town.register(device, _ -> waiting.remove(device));
        }
        s.until(waiting::isEmpty, Duration.ofMinutes(2));
        s.pass(Duration.ofSeconds(2)); // for the registration event
    }

    private void devices(String user) {
        int count = 1 + chance.below(3);
        var name = user.substring("sip:".length(), user.indexOf('@'));
        for (int i = 1; i <= count; i++) {
            var device =
                    new Device(
                            name + "-" + i,
                            user,
                            chance.oneOf(List.of("udp", "tcp")),
                            receiving(name + "-" + i));
            town.add(device);
            boolean later = i > 1 && chance.oneIn(4);
            if (later) late.add(device);
            drawn.add(device + " by " + device.transport + (later ? ", late" : ""));
        }
    }

    private Receiving receiving(String name) {
        switch (chance.below(16)) {
            case 0 -> {
                int code = chance.oneOf(REFUSALS);
                wrong(name + " refuses with " + code);
                return new Receiving(Device.INTO, code, -1);
            }
            case 1 -> {
                int bytes = chance.below(chance.oneOf(SIZES) + 400);
                wrong(name + " stalls after " + bytes + " bytes");
                return new Receiving(Device.INTO, 0, bytes);
            }
            default -> {
                return Receiving.into(Device.INTO);
            }
        }
    }

    private void network() {
        var network = s.network();
        if (chance.oneIn(5)) {
            int most = 1 + chance.below(3_000);
            network.pieces(1, most);
            drawn.add("pieces of at most " + most + " bytes");
        }
        if (chance.oneIn(4)) {
            int most = 5 + chance.below(200);
            network.delay(Duration.ofMillis(5), Duration.ofMillis(most));
            drawn.add("delay of at most " + most + " ms");
        }
        double loss = chance.below(3) * 0.05;
        double duplicate = chance.below(2) * 0.1;
        network.loss(loss).duplicate(duplicate).reorder(0.1);
        drawn.add("loss " + loss + ", duplicates " + duplicate);
    }

    // ---- the course

    private void history() {
        var acts = new ArrayList<Runnable>();
        for (int i = 1 + chance.below(4); i > 0; i--) acts.add(this::send);
        if (!chance.oneIn(5)) for (int i = chance.below(5); i > 0; i--) acts.add(this::strike);
        for (var device : late) acts.add(() -> register(device));
        if (chance.oneIn(6)) acts.add(this::unregister);
        if (chance.oneIn(2)) acts.add(this::restart);
        chance.shuffle(acts);
        var course = new ArrayDeque<>(acts);
        for (var act = course.poll(); act != null; act = course.poll()) {
            act.run();
            if (!chance.oneIn(3)) awaitMoment();
        }
    }

    /** In the course of the calls, or when bytes have come to a device. */
    private void awaitMoment() {
        switch (chance.below(5)) {
            case 0 -> s.pass(Duration.ofNanos(chance.below(2_000_000)));
            case 1 -> s.pass(Duration.ofNanos(chance.below(20_000_000)));
            case 2 -> s.pass(Duration.ofMillis(chance.below(2_000)));
            case 3 -> s.pass(Duration.ofMillis(chance.below(40_000)));
            default -> {
                var disk = s.disk(chance.oneOf(town.devices).node);
                for (int i = 0; i < 400 && disk.files().isEmpty(); i++)
                    s.pass(Duration.ofMillis(5));
                s.pass(Duration.ofNanos(chance.below(5_000_000)));
            }
        }
    }

    private void send() {
        var able = town.devices.stream().filter(d -> d.registered != null).toList();
        if (able.isEmpty()) return;
        var from = chance.oneOf(able);
        var others =
                town.devices.stream().map(d -> d.user).distinct().filter(u -> !u.equals(from.user));
        var to = chance.oneOf(others.toList());
        var client = from.client;
        if (client == null) return;
        var known = new ArrayList<Device>();
        for (var device : town.devicesOf(to)) if (isKnown(device)) known.add(device);
        var content = new Content(messages.size() + 1, size());
        var message = new Message(from, to, content, known, s::now);
        messages.add(message);
        var file = Path.of("/home", message.file());
        s.disk(from.node).put(file, content.size(), content);
        message.sentAs(client.client().send(Outbound.file(to, file, "image/jpeg"), message));
        say(message + ", known: " + known);
    }

    /** Registered so long ago that its registration event has come. */
    private boolean isKnown(Device device) {
        var since = device.registered;
        return since != null && !since.plusSeconds(2).isAfter(s.now());
    }

    private long size() {
        return large && chance.oneIn(8) ? LARGE : chance.oneOf(SIZES);
    }

    private void strike() {
        var what = faults.strike();
        if (what.equals("calm")) return;
        wrong(what);
    }

    private void register(Device device) {
        say("register " + device);
        town.register(device, _ -> {});
    }

    private void unregister() {
        var device = chance.oneOf(town.devices);
        wrong("unregister " + device);
        town.unregister(device);
    }

    private void restart() {
        if (faults.crashed().isEmpty()) return;
        var machine = chance.oneOf(faults.crashed());
        say("restart " + machine);
        faults.restart(machine);
    }

    private void wrong(String what) {
        calm = false;
        say(what);
    }

    private void say(String what) {
        long at = Duration.between(began, s.now()).toNanos();
        drawn.add(String.format(Locale.ROOT, "%8.3f s  %s", at / 1e9, what));
    }

    // ---- the end

    private void end() {
        s.until(() -> messages.stream().allMatch(m -> m.ended() || m.orphaned()), OUTCOME);
        s.pass(Duration.ofSeconds(45));
        s.network().heal();
        // The server is there again, and takes the leave of everybody who still is.
        for (var machine : town.layout.machines()) town.restart(machine);
        // A device that has its message waits for a BYE that a crash may have taken.
        s.pass(Duration.ofMinutes(12));
        town.devices.forEach(town::unregister);
        s.pass(Duration.ofMinutes(2));
        // Who reads no more does not see either that the other side has gone.
        if (town.devices.stream().anyMatch(d -> d.receiving.stallAfter() >= 0))
            s.pass(Duration.ofMinutes(65));
    }

    // ---- what it was

    /** What was drawn, a line each. */
    List<String> drawn() {
        return drawn;
    }

    /** Equal for equal histories. */
    long digest() {
        return s.traceHash();
    }

    Town town() {
        return town;
    }

    List<Message> messages() {
        return messages;
    }

    @Override
    public void close() {
        town.close();
    }
}

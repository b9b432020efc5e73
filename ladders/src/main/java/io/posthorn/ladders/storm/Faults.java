package io.posthorn.ladders.storm;

import io.posthorn.sip.dialog.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What may go wrong in the course of a history: with links, machines, disks and senders. */
final class Faults {

    private final Town town;
    private final Chance chance;
    private final List<Message> messages;
    private final List<String> crashed = new ArrayList<>();

    Faults(Town town, Chance chance, List<Message> messages) {
        this.town = town;
        this.chance = chance;
        this.messages = messages;
    }

    /** One of them happens now, or is from now on waiting to happen. Returns what it is. */
    String strike() {
        return switch (chance.below(14)) {
            case 0, 1, 2 -> resetAfter();
            case 3 -> resetNow();
            case 4 -> closed();
            case 5 -> stall();
            case 6 -> cut();
            case 7 -> cutOneWay();
            case 8, 9 -> crash();
            case 10 -> fullDisk();
            case 11 -> failedForce();
            default -> senderGivesUp();
        };
    }

    // ---- links

    private List<String> link() {
        var machines = town.layout.machines();
        var one = chance.oneOf(machines);
        var others = new ArrayList<>(town.machines());
        // Also the link of the originating function to the terminating one: of a machine to itself.
        if (!one.equals(town.layout.function())) others.remove(one);
        var link = List.of(one, chance.oneOf(others));
        return chance.oneIn(2) ? link : link.reversed();
    }

    private int bytes() {
        int largest = 4_000;
        if (!messages.isEmpty() && chance.oneIn(2)) {
            long size = chance.oneOf(messages).content.size();
            largest = (int) Math.min(Integer.MAX_VALUE, size + 6_000);
        }
        return chance.below(largest);
    }

    private String resetAfter() {
        var link = link();
        int bytes = bytes();
        town.s.network().resetAfterBytes(link.getFirst(), link.getLast(), bytes);
        return "reset " + link + " after " + bytes + " bytes";
    }

    private String resetNow() {
        var link = link();
        town.s.network().reset(link.getFirst(), link.getLast());
        return "reset " + link;
    }

    private String closed() {
        var link = link();
        town.s.network().close(link.getFirst(), link.getLast());
        return "close " + link;
    }

    private String stall() {
        var who = chance.oneOf(town.machines());
        int seconds = 1 + chance.below(50);
        town.s.network().stall(who, Duration.ofSeconds(seconds));
        return "stall " + who + " for " + seconds + " s";
    }

    private String cut() {
        var link = link();
        town.s.network().cut(link.getFirst(), link.getLast());
        return "cut " + link;
    }

    private String cutOneWay() {
        var link = link();
        town.s.network().cutOneWay(link.getFirst(), link.getLast());
        return "cut one way " + link;
    }

    // ---- machines and disks

    private String crash() {
        var victim = chance.oneOf(town.machines());
        if (crashed.contains(victim)) return "calm";
        crashed.add(victim);
        for (var message : messages) if (message.from.node.equals(victim)) message.orphan();
        town.crash(victim);
        return "crash " + victim;
    }

    /** Crashed machines that are not up again. */
    List<String> crashed() {
        return crashed;
    }

    void restart(String machine) {
        crashed.remove(machine);
        if (town.layout.machines().contains(machine)) town.restart(machine);
        for (var device : town.devices)
            if (device.node.equals(machine)) town.register(device, _ -> {});
    }

    private String fullDisk() {
        var who = chance.oneOf(town.machines());
        int bytes = bytes();
        town.s.disk(who).fullAfter(bytes);
        return "full disk of " + who + " after " + bytes + " bytes";
    }

    private String failedForce() {
        var who = chance.oneOf(town.devices).node;
        int nth = 1 + chance.below(3);
        town.s.disk(who).failForce(nth);
        return "force " + nth + " of " + who + " fails";
    }

    // ---- senders

    private String senderGivesUp() {
        var running = messages.stream().filter(m -> !m.ended() && !m.orphaned()).toList();
        if (running.isEmpty()) return "calm";
        var message = chance.oneOf(running);
        var client = message.from.client;
        var leg = message.from.legs.get(message.contribution());
        int how = chance.below(4);
        if (client == null || leg == null || how < 2) {
            if (client != null) client.client().abort(message.contribution());
            return "abort " + message.file();
        }
        if (how == 2) {
            leg.loop().execute(() -> leg.cancel(null));
            return "cancel " + message.file();
        }
        leg.loop().execute(() -> leg.bye(Reason.sip(480, "Gone"), Map.of()));
        return "early BYE of " + message.file();
    }
}

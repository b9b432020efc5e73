package io.posthorn.strand.ladder;

import io.posthorn.strand.Track.Way;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins calls as several nodes saw them: by time, never a receipt before its sending, every message
 * once.
 */
final class Merge {

    /** Ours: a message that left this soon after another one still belongs to the same step. */
    private static final Duration SAME_STEP = Duration.ofMillis(100);

    private final Map<String, String> names;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    /** One thing seen, with its counterpart on another node, if there is one. */
    private static final class Item {
        final Lane lane;
        final Seen seen;
        @Nullable Item twin;
        boolean passed;

        Item(Lane lane, Seen seen) {
            this.lane = lane;
            this.seen = seen;
        }

        boolean waits() {
            return twin != null && way() == Way.IN && !twin.passed;
        }

        @Nullable Way way() {
            return switch (seen) {
                case Seen.Message m -> m.way();
                case Seen.Media m -> m.way();
                case Seen.Step _, Seen.Skipped _ -> null;
            };
        }
    }

    /** What one node saw, and how far it has been drawn. */
    private static final class Lane {
        final String owner;
        final Deque<Item> ahead = new ArrayDeque<>();
        final Set<String> addresses = new LinkedHashSet<>();
        @Nullable Seen step;
        @Nullable Instant stepDrawn;

        Lane(String owner) {
            this.owner = owner;
        }
    }

    Merge(List<SeenCall> calls, Map<String, String> names) {
        this.names = new LinkedHashMap<>();
        names.forEach((address, name) -> this.names.put(plain(address), name));
        for (var call : calls) {
            var lane = new Lane(call.owner());
            for (var seen : call.seen()) lane.ahead.add(new Item(lane, seen));
            lanes.add(lane);
        }
        pair();
        nameOwnAddresses();
    }

    List<Row> rows() {
        for (Lane next; (next = next()) != null; ) draw(next.ahead.remove());
        return rows;
    }

    /** Gives each sending the receipt on another node that it caused: the first not yet taken. */
    private void pair() {
        var received = new LinkedHashMap<String, Deque<Item>>();
        for (var lane : lanes)
            for (var item : lane.ahead)
                if (item.way() == Way.IN)
                    received.computeIfAbsent(wire(item), _ -> new ArrayDeque<>()).add(item);
        for (var lane : lanes)
            for (var item : lane.ahead) {
                var candidates = item.way() == Way.OUT ? received.get(wire(item)) : null;
                if (candidates == null) continue;
                var twin = candidates.stream().filter(i -> i.lane != lane).findFirst().orElse(null);
                if (twin == null) continue;
                candidates.remove(twin);
                item.twin = twin;
                twin.twin = item;
            }
    }

    /** Equal for a sending and its receipt: from, to and what it was. */
    private static String wire(Item item) {
        return switch (item.seen) {
            case Seen.Message m -> ends(m.way(), m.link()) + ' ' + m.label();
            case Seen.Media m -> ends(m.way(), m.link()) + " media";
            case Seen.Step _, Seen.Skipped _ -> "";
        };
    }

    private static String ends(Way way, String link) {
        var local = local(link);
        var remote = remote(link);
        return way == Way.OUT ? local + '>' + remote : remote + '>' + local;
    }

    /** An address that only one of the calls uses as its own is that call's owner. */
    private void nameOwnAddresses() {
        var owners = new LinkedHashMap<String, String>();
        for (var lane : lanes)
            for (var item : lane.ahead) {
                var link = link(item.seen);
                if (link == null) continue;
                lane.addresses.add(local(link));
                owners.merge(local(link), lane.owner, (one, two) -> one.equals(two) ? one : "");
            }
        owners.forEach((address, owner) -> {
            if (!owner.isEmpty()) names.putIfAbsent(address, owner);
        });
    }

    private static @Nullable String link(Seen seen) {
        return switch (seen) {
            case Seen.Message m -> m.link();
            case Seen.Media m -> m.link();
            case Seen.Step _, Seen.Skipped _ -> null;
        };
    }

    /** The lane whose next item is the earliest that may be drawn; null when all is drawn. */
    private @Nullable Lane next() {
        Lane earliest = null;
        Lane stuck = null;
        for (var lane : lanes) {
            var item = lane.ahead.peek();
            if (item == null) continue;
            if (item.waits()) stuck = earlier(stuck, lane);
            else earliest = earlier(earliest, lane);
        }
        return earliest != null ? earliest : stuck;
    }

    private static Lane earlier(@Nullable Lane one, Lane other) {
        return one != null && !at(other).isBefore(at(one)) ? one : other;
    }

    private static Instant at(Lane lane) {
        return lane.ahead.element().seen.at();
    }

    private void draw(Item item) {
        item.passed = true;
        var lane = item.lane;
        switch (item.seen) {
            case Seen.Message m -> passed(item, m.at(), m.link(), m.label(), "", false);
            case Seen.Media m -> passed(item, m.at(), m.link(), m.label(), detail(m), true);
            case Seen.Step s -> did(lane, s);
            case Seen.Skipped s -> did(lane, s);
        }
    }

    /** A step stands beside the message that it sends, else on a row of its own. */
    private void did(Lane lane, Seen step) {
        var next = lane.ahead.peek();
        boolean sends =
                next != null
                        && next.way() == Way.OUT
                        && step instanceof Seen.Step
                        && Duration.between(step.at(), next.seen.at()).compareTo(SAME_STEP) < 0;
        lane.step = sends ? step : null;
        lane.stepDrawn = null;
        if (!sends)
            rows.add(
                    new Row.Deed(
                            step.at(), lane.owner, clauseOf(step), number(step), describe(step)));
    }

    private void passed(
            Item item, Instant at, String link, String label, String detail, boolean media) {
        var lane = item.lane;
        var out = item.way() == Way.OUT;
        var beside = "";
        var clause = lane.step == null ? "" : clauseOf(lane.step);
        int step = lane.step == null ? 0 : number(lane.step);
        if (out) beside = takeStep(lane, at, media);
        else lane.step = null;
        if (!out && item.twin != null) return;
        var other = item.twin != null ? item.twin.lane.owner : nameOf(remote(link), lane.owner);
        rows.add(
                new Row.Arrow(
                        at,
                        out ? lane.owner : other,
                        out ? other : lane.owner,
                        label,
                        detail,
                        media,
                        beside.isEmpty() ? "" : clause,
                        beside.isEmpty() ? 0 : step,
                        beside));
    }

    /** The step that sends this message; a message right after its first one says only which. */
    private static String takeStep(Lane lane, Instant at, boolean media) {
        var step = lane.step;
        if (step == null) return "";
        var drawn = lane.stepDrawn;
        if (drawn == null) {
            lane.stepDrawn = at;
            return describe(step);
        }
        boolean again = !media && Duration.between(drawn, at).compareTo(SAME_STEP) < 0;
        return again ? brief(step) : "";
    }

    private static String describe(Seen step) {
        return switch (step) {
            case Seen.Step s -> brief(s) + ' ' + s.text();
            case Seen.Skipped s -> "skips " + s.n() + ": " + s.why();
            case Seen.Message _, Seen.Media _ -> "";
        };
    }

    private static int number(Seen step) {
        return step instanceof Seen.Step s ? s.n() : 0;
    }

    private static String brief(Seen step) {
        return step instanceof Seen.Step s ? "step " + s.n() : "";
    }

    private static String clauseOf(Seen step) {
        return switch (step) {
            case Seen.Step s -> clause(s.clause());
            case Seen.Skipped s -> clause(s.clause());
            case Seen.Message _, Seen.Media _ -> "";
        };
    }

    /** The clause without its document: {@code OMA CPM Conv 8.3.1.1} is {@code 8.3.1.1}. */
    private static String clause(String clause) {
        int heading = clause.indexOf(", upon ");
        var name = heading < 0 ? clause : clause.substring(0, heading);
        var rest = heading < 0 ? "" : ' ' + clause.substring(heading + 2);
        return name.substring(name.lastIndexOf(' ') + 1) + rest;
    }

    private static String detail(Seen.Media m) {
        var chunks =
                m.chunks() == 1 ? "1 chunk" : String.format(Locale.ROOT, "%,d chunks", m.chunks());
        return chunks + String.format(Locale.ROOT, ", %,d bytes", m.bytes());
    }

    private String nameOf(String address, String self) {
        var name = names.get(address);
        if (name != null && !name.equals(self)) return name;
        // Two functions may share one port: the far end is then another user of it.
        for (var lane : lanes)
            if (!lane.owner.equals(self) && lane.addresses.contains(address)) return lane.owner;
        return name != null ? name : address;
    }

    private static String local(String link) {
        int at = link.indexOf('>');
        return plain(at < 0 ? link : link.substring(0, at));
    }

    private static String remote(String link) {
        int at = link.indexOf('>');
        return plain(at < 0 ? "" : link.substring(at + 1));
    }

    /** {@code localhost/127.0.0.1:5060} and {@code /127.0.0.1:5060} are {@code 127.0.0.1:5060}. */
    private static String plain(String address) {
        return address.substring(address.lastIndexOf('/') + 1);
    }
}

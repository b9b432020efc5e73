package io.posthorn.ladders.storm;

import io.posthorn.cpm.client.Sending;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** One message of a history: what was asked for, and what its sender heard. */
final class Message implements Sending {

    final Device from;
    final String to;
    final Content content;

    /** The recipient's devices that could be known when it was sent. */
    final List<Device> known;

    final List<Outcome> outcomes = new ArrayList<>();

    private final Supplier<Instant> now;
    private Instant lastNews;
    private long acknowledged = -1;
    private Duration longestSilence = Duration.ZERO;
    private String contribution = "";
    private boolean orphaned;

    Message(Device from, String to, Content content, List<Device> known, Supplier<Instant> now) {
        this.from = from;
        this.to = to;
        this.content = content;
        this.known = List.copyOf(known);
        this.now = now;
        this.lastNews = now.get();
    }

    String file() {
        return "m" + content.number() + ".jpg";
    }

    String contribution() {
        return contribution;
    }

    void sentAs(String id) {
        contribution = id;
    }

    /** Its sender's machine is off: nobody is there to hear of it. */
    void orphan() {
        orphaned |= !ended();
    }

    boolean orphaned() {
        return orphaned;
    }

    boolean ended() {
        return !outcomes.isEmpty();
    }

    boolean sent() {
        return outcomes.stream().anyMatch(Outcome.Sent.class::isInstance);
    }

    /** The longest time in which its sender heard nothing new. */
    Duration longestSilence() {
        return longestSilence;
    }

    @Override
    public void progress(long bytes, long total) {
        if (bytes == acknowledged) return;
        acknowledged = bytes;
        news();
    }

    @Override
    public void ended(Outcome outcome) {
        outcomes.add(outcome);
        news();
    }

    private void news() {
        var silence = Duration.between(lastNews, now.get());
        if (silence.compareTo(longestSilence) > 0) longestSilence = silence;
        lastNews = now.get();
    }

    @Override
    public String toString() {
        return file() + ", " + content.size() + " bytes from " + from + " to " + to;
    }
}

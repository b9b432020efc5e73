package io.posthorn.bench;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What became of the messages of one run. Any thread. */
final class Ledger {

    /**
     * A call that went well, in nanoseconds.
     *
     * @param answered from the INVITE to its 200
     * @param delivered from the INVITE to the 200 of the last chunk; where none is asked for, until
     *     the device has it
     */
    record Sample(long answered, long delivered) {}

    private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final Set<Message> arrived = ConcurrentHashMap.newKeySet();
    private final ConcurrentSkipListMap<String, LongAdder> failures = new ConcurrentSkipListMap<>();

    void acknowledged(Sample sample) {
        samples.add(sample);
        sent.incrementAndGet();
    }

    /** A device has all of {@code message}, and every byte is right. */
    void arrived(Message message) {
        received.incrementAndGet();
        arrived.add(message);
    }

    boolean hasArrived(Message message) {
        return arrived.contains(message);
    }

    /** Counted by {@code why}, which names no single message. */
    void failed(String why) {
        failures.computeIfAbsent(why, _ -> new LongAdder()).increment();
    }

    /** Messages that the sender was told 200 for. */
    long sent() {
        return sent.get();
    }

    /** Messages, once for each device that has them. */
    long received() {
        return received.get();
    }

    Map<String, LongAdder> failures() {
        return failures;
    }

    long failed() {
        return failures.values().stream().mapToLong(LongAdder::sum).sum();
    }

    Percentiles answered() {
        return new Percentiles(samples.stream().mapToLong(Sample::answered).toArray());
    }

    Percentiles delivered() {
        return new Percentiles(samples.stream().mapToLong(Sample::delivered).toArray());
    }

    /** Of times in nanoseconds. */
    static final class Percentiles {
        private final long[] sorted;

        Percentiles(long[] nanos) {
            sorted = nanos;
            Arrays.sort(sorted);
        }

        /** In milliseconds; 0 if there is none. */
        double at(double percent) {
            if (sorted.length == 0) return 0;
            int rank = (int) Math.ceil(percent / 100 * sorted.length);
            return sorted[Math.max(0, rank - 1)] / 1e6;
        }
    }
}

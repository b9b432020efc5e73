package io.posthorn.bench;

import java.util.List;

/**
 * What something may cost. {@code doc/performance.md} shows each beside what was measured; a test
 * holds the two together.
 *
 * @param limit as in the field, the largest that will do
 * @param unit of the limit, as it is shown
 * @param field of the JSON that {@code command} prints
 * @param command of {@code posthorn bench} that measures it
 */
record Budget(String what, double limit, String unit, String field, List<String> command) {

    private static final List<String> SETUP =
            List.of("setup", "--rate", "1000", "--calls", "10000", "--warm-up", "30");

    static final List<Budget> ALL =
            List.of(
                    new Budget(
                            "set-up through one B2BUA, INVITE to BYE over UDP",
                            100,
                            "us CPU per call",
                            "cpuMicrosPerCall",
                            SETUP),
                    new Budget(
                            "INVITE to its 200 at 1,000 calls/s, 99 %",
                            5, "ms", "answeredMillis99", SETUP),
                    new Budget(
                            "MSRP relay, chunks of 64 KiB",
                            0.45,
                            "CPU s per GB",
                            "cpuSecondsPerGigabyte",
                            List.of("relay", "--chunk", "64KiB", "--size", "1GB")),
                    new Budget(
                            "the same, no answers asked",
                            0.45,
                            "CPU s per GB",
                            "cpuSecondsPerGigabyte",
                            List.of("relay", "--chunk", "64KiB", "--size", "1GB", "--unanswered")),
                    new Budget(
                            "MSRP relay, chunks of 2 KiB, no answers asked",
                            0.7,
                            "CPU s per GB",
                            "cpuSecondsPerGigabyte",
                            List.of("relay", "--chunk", "2KiB", "--size", "200MB", "--unanswered")),
                    new Budget(
                            "both functions, one device, messages of 1 GB",
                            0.9,
                            "CPU s per GB",
                            "cpuSecondsPerGigabyte",
                            List.of("lmm", "--messages", "2", "--size", "1GB")),
                    new Budget(
                            "100 MB to 16 devices with a heap of 256 MB",
                            0,
                            "failures",
                            "failures",
                            List.of(
                                    "lmm",
                                    "--messages",
                                    "1",
                                    "--size",
                                    "100MB",
                                    "--devices",
                                    "16",
                                    "--warm-up",
                                    "0",
                                    "--java-opts",
                                    "-Xmx256m")),
                    new Budget(
                            "held call in one B2BUA, its history included",
                            8192,
                            "bytes of heap",
                            "heldCallBytes",
                            List.of(
                                    "setup",
                                    "--rate",
                                    "200",
                                    "--calls",
                                    "100",
                                    "--warm-up",
                                    "80",
                                    "--held",
                                    "2000")),
                    new Budget(
                            "posthorn up to the first REGISTER served",
                            1500,
                            "ms",
                            "startedMillis",
                            List.of("start")));

    /** As in a table. */
    String bar() {
        return "<= " + number(limit) + " " + unit;
    }

    /** With as many digits as are worth telling. */
    static String number(double value) {
        return String.format(
                java.util.Locale.ROOT,
                value >= 100 || value == Math.rint(value) ? "%,.0f" : "%.2f",
                value);
    }
}

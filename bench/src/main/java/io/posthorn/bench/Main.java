package io.posthorn.bench;

/** Where {@code posthorn bench} begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(Bench.run(args));
    }
}

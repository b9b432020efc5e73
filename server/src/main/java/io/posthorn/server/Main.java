package io.posthorn.server;

import io.posthorn.server.cli.Posthorn;

/** Where the program begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        int code = Posthorn.run(args);
        Log.end();
        System.exit(code);
    }
}

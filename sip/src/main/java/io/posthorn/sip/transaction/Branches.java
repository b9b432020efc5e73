package io.posthorn.sip.transaction;

import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The branches that this node makes: {@code z9hG4bK}, the node, the loop, 128 random bits. So an
 * answer finds its loop without a table.
 */
final class Branches {

    static final String COOKIE = "z9hG4bK";

    private final World world;
    private final String prefix;
    private final Map<Integer, Loop> loops = new HashMap<>();

    Branches(World world) {
        this.world = world;
        this.prefix = COOKIE + world.entropy().hex(32) + ".";
        for (var loop : world.loops()) loops.put(loop.number(), loop);
    }

    String next(Loop home) {
        return prefix + home.number() + "." + world.entropy().hex(128);
    }

    /** The loop that made {@code branch}; empty if this node did not. */
    Optional<Loop> home(String branch) {
        int dot = branch.indexOf('.', prefix.length());
        if (!branch.startsWith(prefix) || dot < 0 || dot > prefix.length() + 4)
            return Optional.empty();
        int number = 0;
        for (int i = prefix.length(); i < dot; i++) {
            char c = branch.charAt(i);
            if (c < '0' || c > '9') return Optional.empty();
            number = number * 10 + (c - '0');
        }
        return Optional.ofNullable(loops.get(number));
    }
}

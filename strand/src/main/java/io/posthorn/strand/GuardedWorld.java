package io.posthorn.strand;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Another world whose network is left only where {@code reach} lets it. */
public record GuardedWorld(World of, Net net) implements World {

    /** Everything as in {@code of}, but for connections. */
    public static World of(World of, Reach reach) {
        return new GuardedWorld(of, new Guarded(of.net(), reach));
    }

    @Override
    public Strands strands() {
        return of.strands();
    }

    @Override
    public List<Loop> loops() {
        return of.loops();
    }

    @Override
    public Clock clock() {
        return of.clock();
    }

    @Override
    public Entropy entropy() {
        return of.entropy();
    }

    @Override
    public Names names() {
        return of.names();
    }

    @Override
    public Disk disk() {
        return of.disk();
    }

    @Override
    public Recorder recorder() {
        return of.recorder();
    }

    private record Guarded(Net of, Reach reach) implements Net {

        @Override
        public @Nullable String refusal(InetSocketAddress to) {
            return reach.refusal(to);
        }

        @Override
        public void connect(
                Loop loop,
                Target to,
                Function<Link, Link.Reader> opened,
                Consumer<Exception> failed) {
            var why = reach.refusal(to.address());
            if (why == null) of.connect(loop, to, opened, failed);
            else loop.execute(() -> failed.accept(new Unavailable(why, null)));
        }

        @Override
        public Listening listen(
                Kind kind,
                Loop loop,
                InetSocketAddress at,
                Supplier<@Nullable Identity> shown,
                Function<Link, Link.Reader> accepted) {
            return of.listen(kind, loop, at, shown, accepted);
        }

        @Override
        public @Nullable Identity identity() {
            return of.identity();
        }

        @Override
        public Datagrams datagrams(
                Loop loop, InetSocketAddress at, BiConsumer<InetSocketAddress, byte[]> reader) {
            return of.datagrams(loop, at, reader);
        }
    }
}

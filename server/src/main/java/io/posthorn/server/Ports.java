package io.posthorn.server;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.World;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Ports that nobody uses. */
public final class Ports {

    private static final int TRIES = 50;

    private Ports() {}

    /**
     * A port that was free for TCP and UDP a moment ago.
     *
     * @throws Unavailable if there is none
     */
    public static int free(World world, InetAddress at) {
        var loop = world.loops().getFirst();
        for (int i = 0; i < TRIES; i++) {
            try (var tcp =
                            world.net()
                                    .listen(
                                            Net.Kind.TCP,
                                            loop,
                                            new InetSocketAddress(at, 0),
                                            Ports::refuse);
                    var udp = world.net().datagrams(loop, tcp.at(), (_, _) -> {})) {
                return udp.at().getPort();
            } catch (Unavailable taken) {
                continue;
            }
        }
        throw new Unavailable("no free port at " + host(at), null);
    }

    private static Link.Reader refuse(Link link) {
        link.close();
        return new Link.Reader() {
            @Override
            public void bytes(ByteBuf bytes) {
                bytes.release();
            }

            @Override
            public void writableAgain() {}

            @Override
            public void closed(@Nullable Exception why) {}
        };
    }

    /** As it stands in a URI. */
    public static String host(InetAddress at) {
        return at instanceof Inet6Address ? "[" + at.getHostAddress() + "]" : at.getHostAddress();
    }
}

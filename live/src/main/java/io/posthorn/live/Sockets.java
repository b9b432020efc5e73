package io.posthorn.live;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;

/** How this machine polls its sockets: epoll on Linux, the JDK's selectors elsewhere. */
enum Sockets {
    EPOLL {
        @Override
        IoHandlerFactory handler() {
            return WatchfulEpoll.factory();
        }

        @Override
        ServerSocketChannel server(InetSocketAddress at) {
            return new EpollServerSocketChannel(family(at));
        }

        @Override
        SocketChannel client(InetSocketAddress to) {
            return new EpollSocketChannel(family(to));
        }

        @Override
        DatagramChannel datagrams(InetSocketAddress at) {
            return new EpollDatagramChannel(family(at));
        }

        @Override
        void share(Channel channel, boolean on) {
            channel.config().setOption(SHARED, on ? 1 : 0);
            channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        }
    },
    NIO {
        @Override
        IoHandlerFactory handler() {
            return NioIoHandler.newFactory();
        }

        @Override
        ServerSocketChannel server(InetSocketAddress at) {
            return new NioServerSocketChannel(SelectorProvider.provider(), family(at));
        }

        @Override
        SocketChannel client(InetSocketAddress to) {
            return new NioSocketChannel(SelectorProvider.provider(), family(to));
        }

        @Override
        DatagramChannel datagrams(InetSocketAddress at) {
            return new NioDatagramChannel(SelectorProvider.provider(), family(at));
        }

        @Override
        void share(Channel channel, boolean on) {
            // Not everywhere: what then cannot be had is taken from another port.
        }
    };

    /** SO_REUSEPORT: Netty knows it of sockets that listen only. The numbers are Linux's. */
    private static final IntegerUnixChannelOption SHARED =
            new IntegerUnixChannelOption("SO_REUSEPORT", 1, 15);

    static Sockets best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    abstract IoHandlerFactory handler();

    abstract ServerSocketChannel server(InetSocketAddress at);

    abstract SocketChannel client(InetSocketAddress to);

    abstract DatagramChannel datagrams(InetSocketAddress at);

    /** Whether another socket of ours that says so too may have the port of this one. */
    abstract void share(Channel channel, boolean on);

    /** Of the address itself, so that 0.0.0.0 does not take the port of IPv6 too. */
    private static SocketProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address
                ? SocketProtocolFamily.INET
                : SocketProtocolFamily.INET6;
    }
}

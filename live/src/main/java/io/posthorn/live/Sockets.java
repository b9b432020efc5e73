package io.posthorn.live;

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
    };

    static Sockets best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    abstract IoHandlerFactory handler();

    abstract ServerSocketChannel server(InetSocketAddress at);

    abstract SocketChannel client(InetSocketAddress to);

    abstract DatagramChannel datagrams(InetSocketAddress at);

    /** Of the address itself, so that 0.0.0.0 does not take the port of IPv6 too. */
    private static SocketProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address
                ? SocketProtocolFamily.INET
                : SocketProtocolFamily.INET6;
    }
}

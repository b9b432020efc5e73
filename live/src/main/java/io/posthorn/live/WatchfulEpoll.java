package io.posthorn.live;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll, except that a socket is never taken out of the set while it is open. Netty 4.2.18
 * removes one that waits for nothing (reading is off, and the peer's FIN was seen), but then only
 * modifies what is no longer there: a link that paused could never go on. Remove this class when
 * LiveNetTest passes without it.
 */
final class WatchfulEpoll implements IoHandler {
    /** Waits for nothing but errors, and hears of each once. */
    private static final EpollIoOps NOTHING = EpollIoOps.EPOLLET;

    private final IoHandler epoll;

    private WatchfulEpoll(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory factory() {
        var inner = EpollIoHandler.newFactory();
        return executor -> new WatchfulEpoll(inner.newHandler(executor));
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration(epoll.register(handle));
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    /** Added to the set with its first interest, as Netty does; from then on it stays. */
    private static final class Registration implements IoRegistration {
        private final IoRegistration inner;
        private boolean added;

        Registration(IoRegistration inner) {
            this.inner = inner;
        }

        @Override
        public <T> T attachment() {
            return inner.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            if (!ops.equals(EpollIoOps.NONE)) {
                added = true;
                return inner.submit(ops);
            }
            return added ? inner.submit(NOTHING) : inner.submit(ops);
        }

        @Override
        public boolean isValid() {
            return inner.isValid();
        }

        @Override
        public boolean cancel() {
            return inner.cancel();
        }
    }
}

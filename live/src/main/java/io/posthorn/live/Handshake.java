package io.posthorn.live;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.math.BigDecimal;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Stands between TLS and a link until both ends know each other: the link sees nothing of a
 * connection before, and never sees one that fails. On the connection's loop.
 */
final class Handshake extends ChannelInboundHandlerAdapter {
    private final Credentials ours;
    private final SslHandler ssl;
    private final LiveLink link;
    private final Consumer<@Nullable Throwable> done;
    private boolean over;

    private Handshake(
            Credentials ours,
            SSLEngine engine,
            LiveLink link,
            Duration patience,
            Consumer<@Nullable Throwable> done) {
        this.ours = ours;
        this.ssl = new SslHandler(engine);
        this.link = link;
        this.done = done;
        ssl.setHandshakeTimeoutMillis(patience.toMillis());
    }

    /**
     * @param done told once: null, just before the link is, or why there is none
     */
    static void before(
            LiveLink link,
            io.netty.channel.Channel channel,
            Credentials ours,
            SSLEngine engine,
            Duration patience,
            Consumer<@Nullable Throwable> done) {
        var handshake = new Handshake(ours, engine, link, patience, done);
        link.over(handshake.ssl);
        channel.pipeline().addLast(handshake.ssl, handshake, link);
        handshake
                .ssl
                .handshakeFuture()
                .addListener(end -> {
                    if (!end.isSuccess()) handshake.end(end.cause());
                });
    }

    private void end(@Nullable Throwable why) {
        if (over) return;
        over = true;
        done.accept(why);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        // The link is told when the handshake is done.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (over || !(event instanceof SslHandshakeCompletionEvent end)) {
            context.fireUserEventTriggered(event);
            return;
        }
        if (!end.isSuccess()) return;
        end(null);
        link.shown(ours.shown(ssl.engine()));
        context.fireChannelActive();
        context.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // Of a handshake that fails; its future says why.
        if (over) context.fireExceptionCaught(cause);
    }

    /**
     * Why there is no link, for a person.
     *
     * @param patience that it had
     */
    static String reason(Throwable why, Duration patience) {
        return switch (why) {
            case SslHandshakeTimeoutException _ ->
                    "no TLS handshake in " + seconds(patience) + " s";
            case NotSslRecordException _ -> "the other side speaks no TLS";
            case ClosedChannelException _ -> "the other side closed during the TLS handshake";
            default -> {
                for (Throwable cause = why; cause != null; cause = cause.getCause())
                    if (cause instanceof CertificateException refused)
                        yield String.valueOf(refused.getMessage());
                yield "TLS handshake failed: " + why.getMessage();
            }
        };
    }

    /** As {@link #reason}, of one that came to us. */
    static String refusal(Throwable why, Duration patience) {
        return why instanceof NotSslRecordException
                ? "plain text on a port of TLS (listen names those without it)"
                : reason(why, patience);
    }

    /** {@code 5}, {@code 0.3}. */
    private static String seconds(Duration patience) {
        return BigDecimal.valueOf(patience.toMillis(), 3).stripTrailingZeros().toPlainString();
    }
}

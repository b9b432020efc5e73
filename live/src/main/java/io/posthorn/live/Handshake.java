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
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Stands between TLS and a link until both ends know each other: the link sees nothing of a
 * connection before, and never sees one that fails. On the connection's loop.
 */
final class Handshake extends ChannelInboundHandlerAdapter {
    /** Ours: characters of what a peer, or the JDK about a peer, has to say. */
    private static final int SAID = 300;

    /** What the JDK writes before the name of an alert. */
    private static final String ALERT = "Received fatal alert: ";

    /** Source: RFC 8446 section 6, and what RFC 5246 section 7.2 has beside it. */
    private static final Set<String> ALERTS =
            Set.of(
                    "unexpected_message",
                    "bad_record_mac",
                    "decryption_failed",
                    "record_overflow",
                    "decompression_failure",
                    "handshake_failure",
                    "no_certificate",
                    "bad_certificate",
                    "unsupported_certificate",
                    "certificate_revoked",
                    "certificate_expired",
                    "certificate_unknown",
                    "illegal_parameter",
                    "unknown_ca",
                    "access_denied",
                    "decode_error",
                    "decrypt_error",
                    "export_restriction",
                    "protocol_version",
                    "insufficient_security",
                    "internal_error",
                    "inappropriate_fallback",
                    "user_canceled",
                    "no_renegotiation",
                    "missing_extension",
                    "unsupported_extension",
                    "certificate_unobtainable",
                    "unrecognized_name",
                    "bad_certificate_status_response",
                    "bad_certificate_hash_value",
                    "unknown_psk_identity",
                    "certificate_required",
                    "no_application_protocol");

    /** How the JDK begins to say which versions a client speaks. */
    private static final List<String> VERSION =
            List.of("The client supported protocol versions", "Client requested protocol");

    private static final String FAILED = "TLS handshake failed: ";
    private static final String GONE = "the other side closed during the TLS handshake";

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
            case SslHandshakeTimeoutException _ -> unfinished(patience);
            case NotSslRecordException _ -> "the other side speaks no TLS";
            case ClosedChannelException _ -> GONE;
            default -> {
                var refused = refusedCertificate(why);
                yield refused == null
                        ? FAILED + line(String.valueOf(why.getMessage()))
                        : line(String.valueOf(refused.getMessage()));
            }
        };
    }

    /**
     * As {@link #reason}, of one that came to us: one of a fixed set of texts, for anybody may come
     * and the JDK quotes him (server names, versions, certificates) at any length.
     */
    static String refusal(Throwable why, Duration patience) {
        return switch (why) {
            case SslHandshakeTimeoutException _ -> unfinished(patience);
            case NotSslRecordException _ ->
                    "plain text on a port of TLS (listen names those without it)";
            case ClosedChannelException _ -> GONE;
            default -> FAILED + kind(why);
        };
    }

    private static String kind(Throwable why) {
        // The JDK begins with the alert in parentheses.
        var said = String.valueOf(why.getMessage()).replaceFirst("^\\([a-z_]+\\) ", "");
        if (said.startsWith(ALERT) && ALERTS.contains(said.substring(ALERT.length()))) return said;
        if (said.equals("no cipher suites in common")) return said;
        if (VERSION.stream().anyMatch(said::startsWith)) return "no version in common";
        if (refusedCertificate(why) != null) return "wrong certificate";
        return why instanceof SSLProtocolException ? "wrong message" : "another reason";
    }

    private static @Nullable CertificateException refusedCertificate(Throwable why) {
        for (Throwable cause = why; cause != null; cause = cause.getCause())
            if (cause instanceof CertificateException refused) return refused;
        return null;
    }

    /** What others wrote, on one line of bounded length and without what steers a terminal. */
    static String line(String text) {
        var start = text.substring(0, Math.min(text.length(), SAID));
        return start.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", " ")
                + (text.length() > SAID ? "…" : "");
    }

    private static String unfinished(Duration patience) {
        return "no TLS handshake in " + seconds(patience) + " s";
    }

    /** {@code 5}, {@code 0.3}. */
    private static String seconds(Duration patience) {
        return BigDecimal.valueOf(patience.toMillis(), 3).stripTrailingZeros().toPlainString();
    }
}

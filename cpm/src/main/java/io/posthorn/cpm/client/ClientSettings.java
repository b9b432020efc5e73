package io.posthorn.cpm.client;

import io.posthorn.cpm.policy.Release;
import java.time.Duration;

/**
 * Who a client is, and where its core is.
 *
 * @param address its CPM address, for example {@code sip:alice@example.com}
 * @param instance its {@code +sip.instance} without brackets and quotes: {@code urn:uuid:...},
 *     stable per installation
 * @param core where its requests go first, as a Route value: {@code
 *     <sip:127.0.0.1:5060;transport=tcp;lr>}
 * @param transport the transport in its Contact: {@code udp}, {@code tcp} or {@code tls}
 * @param release its product in User-Agent and Server
 * @param expires seconds it asks the registrar for
 * @param sessionExpires seconds it offers as session interval
 * @param maxSize the largest message it takes, in bytes
 * @param answer how long it waits for an answer to its INVITE. Ours: 60 s, above all that may ring
 * @param anonymous asks not to be shown to recipients
 * @param secure offers its media over TLS
 */
public record ClientSettings(
        String address,
        String instance,
        String core,
        String transport,
        Release release,
        int expires,
        int sessionExpires,
        long maxSize,
        Duration answer,
        boolean anonymous,
        boolean secure) {

    /** The defaults: registered for an hour, sessions of half an hour, 4 GiB, over TCP. */
    public static ClientSettings of(String address, String instance, String core) {
        return new ClientSettings(
                address,
                instance,
                core,
                "tcp",
                Release.CLIENT,
                3_600,
                1_800,
                4L << 30,
                Duration.ofSeconds(60),
                false,
                false);
    }

    /** The same, hiding its address from recipients. */
    public ClientSettings hidden() {
        return copy(transport, true, secure);
    }

    /** The same over {@code udp}, {@code tcp} or {@code tls}. */
    public ClientSettings over(String other) {
        return copy(other, anonymous, secure);
    }

    /** The same, with media over TLS. */
    public ClientSettings withTls() {
        return copy(transport, anonymous, true);
    }

    private ClientSettings copy(String transport, boolean anonymous, boolean secure) {
        return new ClientSettings(
                address,
                instance,
                core,
                transport,
                release,
                expires,
                sessionExpires,
                maxSize,
                answer,
                anonymous,
                secure);
    }
}

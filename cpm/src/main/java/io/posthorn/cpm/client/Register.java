package io.posthorn.cpm.client;

import io.posthorn.cpm.content.CpmIds;
import io.posthorn.cpm.policy.Service;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one client registered: its feature tags, its instance, and what the registrar gives it for
 * that. Everything happens on one loop.
 *
 * <p>Source: RFC 3261 section 10, RFC 5627, RFC 3608; 3GPP TS 24.229 section 5.1.1.
 */
final class Register {

    private static final String INSTANCE = "+sip.instance";

    // Ours: after a failure that is not final.
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final SipUserAgent agent;
    private final ClientSettings settings;
    private final String contact;
    private final Loop home;
    private final String callId;

    private long cseq;
    private int expires;
    private boolean wanted;
    private Loop.@Nullable Cancel timer;
    private volatile Registered latest = new Registered(0, "not registered", "", List.of());

    Register(
            SipUserAgent agent,
            ClientSettings settings,
            String contact,
            Loop home,
            Entropy entropy) {
        this.agent = agent;
        this.settings = settings;
        this.contact = contact;
        this.home = home;
        this.callId = CpmIds.uuid(entropy);
        this.expires = settings.expires();
    }

    /** What the registrar said last. Any thread. */
    Registered latest() {
        return latest;
    }

    /** Registers, and stays so. Any thread; {@code then} hears of the first answer. */
    void begin(Consumer<Registered> then) {
        home.execute(() -> {
            wanted = true;
            ask(expires, then);
        });
    }

    /** Any thread. */
    void end(Consumer<Registered> then) {
        home.execute(() -> {
            wanted = false;
            if (timer != null) timer.cancel();
            ask(0, then);
        });
    }

    private void ask(int seconds, Consumer<Registered> then) {
        agent.ask(
                request(seconds),
                response -> {
                    home.execute(() -> answered(response, seconds, then));
                    return true;
                });
    }

    private SipRequest request(int seconds) {
        var self = "<" + settings.address() + ">";
        return SipRequest.of("REGISTER", "sip:" + domain())
                .with("Route", settings.core())
                .with("From", self)
                .with("To", self)
                .with("Call-ID", callId)
                .with("CSeq", ++cseq + " REGISTER")
                .with("Contact", contact + ";expires=" + seconds)
                .with("Expires", Integer.toString(seconds))
                .with("Supported", "gruu, path")
                .with("User-Agent", settings.release().toString());
    }

    private String domain() {
        return SipUri.parse(settings.address()).host();
    }

    /** The tags of this client, as they stand in its Contact. */
    static String tags(ClientSettings settings) {
        return INSTANCE
                + "=\"<"
                + settings.instance()
                + ">\";"
                + Service.LARGE_MESSAGE.tag()
                + ";"
                + Service.LEGACY_LARGE;
    }

    private void answered(SipResponse response, int asked, Consumer<Registered> then) {
        // RFC 3261 section 10.2.8: too brief; once more with what the registrar wants.
        var minimum = response.header("Min-Expires").orElse("");
        if (response.code() == 423 && asked > 0 && minimum.matches("[0-9]{1,9}")) {
            var more = Integer.parseInt(minimum);
            if (more > asked) {
                expires = more;
                ask(more, then);
                return;
            }
        }
        latest = read(response);
        if (wanted) refreshAfter(response);
        then.accept(latest);
    }

    private Registered read(SipResponse response) {
        if (!response.success())
            return new Registered(response.code(), response.reason(), "", List.of());
        return new Registered(
                response.code(),
                response.reason(),
                gruu(response),
                response.values("Service-Route"));
    }

    private String gruu(SipResponse response) {
        return ours(response).get("pub-gruu").orElse("");
    }

    private void refreshAfter(SipResponse response) {
        if (timer != null) timer.cancel();
        var next = response.success() ? granted(response).dividedBy(2) : AGAIN;
        timer = home.after(next, () -> ask(expires, _ -> {}));
    }

    private Duration granted(SipResponse response) {
        var seconds = ours(response).get("expires").orElse("");
        return seconds.matches("[0-9]{1,9}")
                ? Duration.ofSeconds(Math.max(10, Integer.parseInt(seconds)))
                : Duration.ofSeconds(expires);
    }

    /** The parameters of our own Contact among those of all our devices. */
    private Params ours(SipResponse response) {
        for (var value : response.values("Contact")) {
            try {
                var params = NameAddr.parse(value).params();
                if (params.get(INSTANCE).orElse("").equals("<" + settings.instance() + ">"))
                    return params;
            } catch (SipSyntax wrong) {
                continue; // of another device
            }
        }
        return Params.NONE;
    }
}

package io.posthorn.cpm.client;

import io.posthorn.cpm.content.CpmIds;
import io.posthorn.cpm.policy.Service;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.sip.wire.Warning;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one client registered: its feature tags, its instance, and what the registrar gives it for
 * that. Where the registrar keeps flows (RFC 5626), the flow is kept alive, and a new one is made
 * when it fails, as when the server restarts. Everything happens on one loop.
 *
 * <p>Source: RFC 3261 section 10, RFC 5626, RFC 5627, RFC 3608; 3GPP TS 24.229 section 5.1.1.
 */
final class Register {

    private static final String INSTANCE = "+sip.instance";

    // RFC 5626 section 4.5 leaves both to us: doubled with each failure, and how long at most.
    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /** RFC 5626 section 4.4.1: where the registrar names no Flow-Timer. */
    private static final Duration USUAL_SILENCE = Duration.ofSeconds(120);

    private final SipUserAgent agent;
    private final ClientSettings settings;
    private final String contact;
    private final Loop home;
    private final String callId;
    private final Entropy entropy;

    private Consumer<Registered> later = _ -> {};
    private long cseq;
    private int failures;

    /** Whether this flow is named, so that the registrar keeps it. */
    private boolean outbound = true;

    private @Nullable Flow kept;
    private Loop.@Nullable Cancel keeping;
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
        this.entropy = entropy;
        this.callId = CpmIds.uuid(entropy);
        this.expires = settings.expires();
    }

    /** What the registrar said last. Any thread. */
    Registered latest() {
        return latest;
    }

    /** {@code then} hears of every answer that nobody waits for. Before {@link #begin}. */
    void later(Consumer<Registered> then) {
        later = then;
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
            keepNone();
            ask(0, then);
        });
    }

    private void ask(int seconds, Consumer<Registered> then) {
        agent.askAlong(
                request(seconds),
                (response, flow) -> {
                    home.execute(() -> answered(response, flow, seconds, then));
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
                .with("Contact", contact + (outbound ? ";reg-id=1" : "") + ";expires=" + seconds)
                .with("Expires", Integer.toString(seconds))
                .with("Supported", "gruu, path" + (outbound ? ", outbound" : ""))
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

    private void answered(
            SipResponse response, @Nullable Flow flow, int asked, Consumer<Registered> then) {
        // RFC 5626 section 4.2.1: an edge on the way keeps no flows; then without.
        if (response.code() == 439 && outbound) {
            outbound = false;
            ask(asked, then);
            return;
        }
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
        failures = response.success() ? 0 : failures + 1;
        if (wanted) {
            refreshAfter(response);
            if (response.success() && flow != null) keep(response, flow);
        }
        then.accept(latest);
    }

    /** RFC 5626 section 4.4: as long as it is the one that is registered. */
    private void keep(SipResponse response, Flow flow) {
        if (flow.equals(kept)) return;
        keepNone();
        kept = flow;
        boolean applied = response.lists("Require", "outbound");
        keeping =
                agent.keepAlive(
                        flow,
                        applied ? silence(response) : Duration.ZERO,
                        () -> home.execute(() -> lost(flow)));
    }

    private static Duration silence(SipResponse response) {
        var seconds = response.header("Flow-Timer").orElse("");
        return seconds.matches("[1-9][0-9]{0,5}")
                ? Duration.ofSeconds(Integer.parseInt(seconds))
                : USUAL_SILENCE;
    }

    private void keepNone() {
        if (keeping != null) keeping.cancel();
        keeping = null;
        kept = null;
    }

    /** RFC 5626 section 4.5: a new flow at once; after failures of that, later and later. */
    private void lost(Flow flow) {
        if (!wanted || !flow.equals(kept)) return;
        keepNone();
        if (timer != null) timer.cancel();
        ask(expires, later);
    }

    private Registered read(SipResponse response) {
        if (!response.success())
            return new Registered(response.code(), words(response), "", List.of());
        return new Registered(
                response.code(),
                response.reason(),
                gruu(response),
                response.values("Service-Route"));
    }

    /** Why, for a person: what the answer warns of says more than its reason phrase. */
    private static String words(SipResponse refusal) {
        try {
            return refusal.header("Warning")
                    .map(text -> Warning.parse(text).text())
                    .orElse(refusal.reason());
        } catch (SipSyntax wrong) {
            return refusal.reason();
        }
    }

    private String gruu(SipResponse response) {
        return ours(response).get("pub-gruu").orElse("");
    }

    private void refreshAfter(SipResponse response) {
        if (timer != null) timer.cancel();
        var next = response.success() ? granted(response).dividedBy(2) : pause();
        timer = home.after(next, () -> ask(expires, later));
    }

    /** RFC 5626 section 4.5: half of it by chance, so that not all come back together. */
    private Duration pause() {
        var longest = FIRST_WAIT.multipliedBy(1L << Math.min(failures, 20) - 1);
        if (longest.compareTo(LONGEST_WAIT) > 0) longest = LONGEST_WAIT;
        var chance = new byte[1];
        entropy.fill(chance);
        return longest.dividedBy(2).plus(longest.multipliedBy(chance[0] & 0xff).dividedBy(512));
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

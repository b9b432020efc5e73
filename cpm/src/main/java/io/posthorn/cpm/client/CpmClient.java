package io.posthorn.cpm.client;

import io.posthorn.cpm.call.Calls;
import io.posthorn.cpm.content.ContentDisposition;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.CpmIds;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.cpm.policy.Service;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.msrp.session.MsrpEndpoint;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.World;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * One CPM Client: registers, sends large messages and receives them. Any thread; listeners are
 * called from loops and strands and must not block.
 *
 * <pre>{@code
 * var alice = new CpmClient(world, agent, endpoint, ClientSettings.of(address, instance, core));
 * alice.register(registered -> ...);
 * alice.send(Outbound.file("sip:bob@example.net", file, "image/jpeg"), outcome -> ...);
 * }</pre>
 */
public final class CpmClient {

    // Ours: for the last BYEs, when we leave.
    private static final Duration LAST_CALLS = Duration.ofSeconds(3);

    /** RFC 3862 section 4.4: a date of RFC 3339; always in milliseconds. */
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT);

    private final World world;
    private final SipUserAgent agent;
    private final ClientSettings settings;
    private final Calls calls;
    private final Register register;
    private final String contactUri;
    private final Map<String, Runnable> sending = new ConcurrentHashMap<>();

    /**
     * @param agent is this client's alone: it takes what comes in
     */
    public CpmClient(
            World world, SipUserAgent agent, MsrpEndpoint endpoint, ClientSettings settings) {
        this.world = world;
        this.agent = agent;
        this.settings = settings;
        this.calls = new Calls(world, agent, endpoint, settings.release().toString());
        var user = SipUri.parse(settings.address()).user();
        var at = agent.contact().replaceFirst("^sip:", "");
        this.contactUri = "sip:" + user + "@" + at + ";transport=" + settings.transport();
        this.register =
                new Register(
                        agent,
                        settings,
                        "<" + contactUri + ">;" + Register.tags(settings),
                        world.loops().getFirst(),
                        world.entropy());
        agent.onInvite(leg -> leg.answer(SipResponse.to(leg.invite(), 480)));
    }

    public ClientSettings settings() {
        return settings;
    }

    /** The calls of this client, for tests and for operators. */
    public Calls calls() {
        return calls;
    }

    /**
     * {@code then} hears of every answer of the registrar but those of {@link #register} and {@link
     * #unregister}: refreshes, and what follows when the server was away. Before {@link #register}.
     */
    public void onRegistered(Consumer<Registered> then) {
        register.later(then);
    }

    /** Registers, and stays registered; {@code then} hears of the first answer. */
    public void register(Consumer<Registered> then) {
        register.begin(then);
    }

    /**
     * Ends the registration, once no call is open or after 3 s: without it requests of the other
     * side do not find us any more. Calls whose message has been received are ended by us.
     */
    public void unregister(Consumer<Registered> then) {
        var ended = new AtomicBoolean();
        Runnable end =
                () -> {
                    if (ended.compareAndSet(false, true)) register.end(then);
                };
        calls.drain();
        var home = world.loops().getFirst();
        home.execute(() -> home.after(LAST_CALLS, end));
        calls.whenIdle(end);
    }

    /**
     * Sends {@code message}; {@code listener} hears how it goes.
     *
     * @return its Contribution-ID
     */
    public String send(Outbound message, Sending listener) {
        return send(message, MessageId.fresh(world.entropy()), listener);
    }

    /**
     * As above, but a message that was sent before and whose answer we missed: of the same {@code
     * id} and content it is received once, whether it had arrived or not.
     */
    public String send(Outbound message, MessageId id, Sending listener) {
        var ids = CpmIds.fresh(world.entropy());
        var procedure = new SendLargeMessage(this, message, ids, id, listener);
        var contribution = ids.contribution();
        sending.put(contribution, () -> {});
        var abort = calls.make("lmm sending", Calls.ids(ids), procedure);
        sending.replace(contribution, abort); // unless it is over already
        return contribution;
    }

    /**
     * Gives up a message that is being sent: CANCEL before it is answered, afterwards the chunk
     * that is under way ends with {@code #} and BYE follows. Harmless once it has ended; if all of
     * it was out, what its listener hears is what became of it.
     *
     * @param contribution as {@link #send} returned it
     */
    public void abort(String contribution) {
        var abort = sending.get(contribution);
        if (abort != null) abort.run();
    }

    /** From now on takes calls; before, they are refused with 480. */
    public void onReceive(Receiving how, Inbox inbox) {
        var before = new ReceivedMessages(world.disk(), how.into());
        agent.onInvite(leg -> invited(leg, how, before, inbox));
    }

    private void invited(Leg leg, Receiving how, ReceivedMessages before, Inbox inbox) {
        // Left open by the standard: as the participating function tells it.
        var service = Service.of(leg.invite(), true);
        if (service.isEmpty() || !service.get().large()) {
            leg.answer(
                    SipResponse.to(leg.invite(), 488)
                            .with(
                                    "Warning",
                                    warnings().mediaNotAvailable().getOrDefault("Warning", ""))
                            .with("Server", settings.release().toString()));
            return;
        }
        calls.take(leg, "lmm receiving", new ReceiveLargeMessage(this, how, before, inbox));
    }

    // ---- for the procedures

    /** The message is no longer being sent. */
    void over(String contribution) {
        sending.remove(contribution);
    }

    /** Contact in calls: our GRUU if we were given one, with the service in use. */
    String contact() {
        var gruu = register.latest().gruu();
        return "<" + (gruu.isEmpty() ? contactUri : gruu) + ">;" + Service.LARGE_MESSAGE.tag();
    }

    Warnings warnings() {
        return new Warnings(SipUri.parse(contactUri).host(), Warnings.Numbers.RCS);
    }

    /** With the way to the core: what it told at registration, else where it is. */
    SipRequest routed(SipRequest request) {
        var routes = register.latest().routes();
        var routed = request;
        for (var route : routes.isEmpty() ? List.of(settings.core()) : routes)
            routed = routed.withAdded("Route", route);
        return routed;
    }

    /** RFC 4975 section 9: 4 to 32 characters. */
    String msrpMessageId() {
        return world.entropy().hex(96);
    }

    FileSink sink(
            Loop home,
            Receiving how,
            String originator,
            ReceivedMessages before,
            Inbox inbox,
            IntConsumer refuse,
            Consumer<FileSink> headed) {
        return new FileSink(
                world.strands(),
                world.disk(),
                home,
                how,
                originator,
                before,
                settings.maxSize(),
                inbox,
                refuse,
                headed);
    }

    /**
     * {@code message} in its CPIM wrapper. Strand only.
     *
     * @throws Unavailable if its file cannot be read
     */
    FileSource wrapped(Outbound message, MessageId id, Loop home) {
        var file = message.file();
        if (file == null) {
            var text = message.text().getBytes(StandardCharsets.UTF_8);
            var head = head(message, id, text.length);
            var all = java.util.Arrays.copyOf(head, head.length + text.length);
            System.arraycopy(text, 0, all, head.length, text.length);
            return FileSource.of(world.strands(), home, all);
        }
        try {
            var opened = world.strands().call(Lane.DISK, () -> world.disk().open(file));
            var size = world.strands().call(Lane.DISK, () -> sizeOf(opened));
            var source =
                    FileSource.of(world.strands(), home, head(message, id, size), opened, size);
            source.begin();
            return source;
        } catch (RuntimeException failed) {
            throw failed;
        } catch (Exception failed) {
            throw new Unavailable("file " + file, failed);
        }
    }

    private static long sizeOf(DiskFile opened) {
        try {
            return opened.size();
        } catch (Unavailable failed) {
            opened.close();
            throw failed;
        }
    }

    private byte[] head(Outbound message, MessageId id, long size) {
        var from = settings.anonymous() ? Cpim.ANONYMOUS : settings.address();
        var now = world.clock().wall().atOffset(ZoneOffset.UTC);
        var content = new ArrayList<Cpim.Mime>();
        content.add(new Cpim.Mime("Content-Type", message.contentType()));
        if (!message.name().isEmpty())
            content.add(
                    new Cpim.Mime(
                            "Content-Disposition", ContentDisposition.attachment(message.name())));
        content.add(new Cpim.Mime("Content-Length", Long.toString(size)));
        return new Cpim(
                        List.of(
                                new Cpim.Header(Cpim.CORE, "From", "<" + from + ">"),
                                new Cpim.Header(Cpim.CORE, "To", "<" + message.to() + ">"),
                                new Cpim.Header(Cpim.IMDN, "Message-ID", id.value()),
                                new Cpim.Header(Cpim.CORE, "DateTime", DATE_TIME.format(now))),
                        content)
                .bytes();
    }
}

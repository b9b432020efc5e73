package io.posthorn.ladders.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Calls;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.policy.Release;
import io.posthorn.cpm.policy.Service;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.live.LiveWorld;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.server.Ports;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.reginfo.RegInfo;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Clause;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.Net;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Many devices of one user at one SIP address, each with an MSRP connection of its own. Some take a
 * message and keep its checksum only; the others bind, answer perhaps one SEND, and read nothing
 * more.
 */
final class Household implements AutoCloseable {

    /** What a device has when it has everything. */
    record Got(int device, long bytes, long checksum) {}

    private final String user;
    private final int size;
    private final int devices;
    private final int moving;
    private final LiveWorld world;
    private final SipTransactions transactions;
    private final DialogUserAgent agent;
    private final MsrpNode media;
    private final String contact;
    private final ConcurrentLinkedQueue<Socket> still = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Got> got = new ConcurrentLinkedQueue<>();
    private final Semaphore arrived = new Semaphore(0);
    private final Semaphore dismissed = new Semaphore(0);
    private final AtomicInteger bound = new AtomicInteger();

    /**
     * @param size of the content of a message, to keep the checksum of that without its wrapper
     * @param moving the first so many devices take messages, those after them stand still
     */
    Household(String user, Path directory, int size, int devices, int moving) {
        this.user = user;
        this.size = size;
        this.devices = devices;
        this.moving = moving;
        world = LiveWorld.start(directory, recorder());
        var at = InetAddress.getLoopbackAddress();
        int port = Ports.free(world, at);
        transactions = new SipTransactions(world, SipSettings.standard());
        agent = new DialogUserAgent(world, transactions, Settings.at(Ports.host(at), port));
        media = new MsrpNode(world, MsrpSettings.at(at, 0));
        contact = Ports.host(at) + ":" + port;
        var calls = new Calls(world, agent, media, Release.CLIENT.toString());
        agent.onInvite(leg -> calls.take(leg, "device", new Device(number(leg))));
        agent.onRequest("SUBSCRIBE", this::subscribed);
        for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
            transactions.listen(kind, new InetSocketAddress(at, port));
    }

    private static MemoryRecorder recorder() {
        return new MemoryRecorder(LiveWorld.time(), MemoryRecorder.Mode.BRIEF, 1 << 20);
    }

    /** Where the registration event is, as the value of a setting. */
    String uri() {
        return "sip:" + contact;
    }

    /** RFC 3680: all devices, once, to whoever subscribes. */
    private void subscribed(Question subscribe) {
        var notifier = agent.accept(subscribe, Duration.ofHours(1), _ -> {});
        var contacts = IntStream.range(0, devices).mapToObj(this::registered).toList();
        var all = new RegInfo.Registration(user, "r", RegInfo.State.ACTIVE, contacts);
        notifier.notify("application/reginfo+xml", new RegInfo(0, true, List.of(all)).bytes());
    }

    private RegInfo.Contact registered(int device) {
        var uri = "sip:device-" + device + "@" + contact + ";transport=tcp";
        var instance = String.format("<urn:uuid:00000000-0000-4000-8000-%012d>", device);
        return new RegInfo.Contact(
                "c" + device,
                true,
                RegInfo.Event.REGISTERED,
                -1,
                -1,
                -1,
                "",
                -1,
                "",
                uri,
                Params.parse(";+sip.instance=\"" + instance + "\";" + Service.LARGE_MESSAGE.tag()),
                uri + ";gr",
                null,
                -1);
    }

    private static int number(Leg leg) {
        var name = SipUri.parse(leg.invite().uri()).user();
        return Integer.parseInt(name.replace("device-", ""));
    }

    /** What {@code devices} devices got, once they have it. */
    List<Got> arrived(int devices, Duration patience) {
        await(arrived, devices, patience, "have the message");
        return List.copyOf(got);
    }

    /** Waits until so many devices got a BYE before the end of the message. */
    void dismissed(int devices, Duration patience) {
        await(dismissed, devices, patience, "were dismissed");
    }

    /** Devices whose media was bound so far. */
    int bound() {
        return bound.get();
    }

    private static void await(Semaphore what, int count, Duration patience, String verb) {
        try {
            if (what.tryAcquire(count, patience.toMillis(), TimeUnit.MILLISECONDS)) return;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        throw new AssertionError(what.availablePermits() + " of " + count + " devices " + verb);
    }

    @Clause("OMA CPM Conv 7.2.3")
    private final class Device implements Procedure {
        private static final Duration LONGEST = Duration.ofMinutes(10);

        private final int number;
        private final CRC32C checksum = new CRC32C();

        Device(int number) {
            this.number = number;
        }

        @Override
        public void run(Call call) {
            var invite = call.caller().invite();
            var offer = Description.offered(invite, new Warnings("plain", Warnings.Numbers.RCS));
            var session = call.media(new Summing());
            call.caller()
                    .answer(
                            SipResponse.to(invite, 200)
                                    .with(
                                            "Contact",
                                            "<sip:device-"
                                                    + number
                                                    + "@"
                                                    + contact
                                                    + ">;"
                                                    + Service.LARGE_MESSAGE.tag())
                                    .withBody("application/sdp", offer.receive(session, 0)));
            boolean has = false;
            while (true) {
                switch (call.await(call.in(LONGEST))) {
                    case Event.Sip(LegEvent.Confirmed _) -> {
                        if (number < moving)
                            session.start(offer.receiving(session, 0), offer.media());
                        else standStill(offer.path(), session.uri());
                    }
                    case Event.Msrp(MsrpEvent.Bound _) -> bound.incrementAndGet();
                    case Event.Msrp(MsrpEvent.Complete(_, var message, var total)) -> {
                        message.accept();
                        has = true;
                        got.add(new Got(number, total, checksum.getValue()));
                        arrived.release();
                    }
                    case Event.Sip(LegEvent.Bye(_, var bye)) -> {
                        bye.answer(SipResponse.to(bye.request(), 200));
                        if (!has) dismissed.release();
                        return;
                    }
                    case Event.Sip(LegEvent.Ended _), Event.Sip(LegEvent.Cancelled _) -> {
                        if (!has) dismissed.release();
                        return;
                    }
                    case null, default -> {}
                }
            }
        }

        private final class Summing implements Receiver {
            @Override
            public BodySink arriving(Incoming message) {
                long head = message.total() - size;
                return new BodySink() {
                    @Override
                    public boolean accept(long at, ByteBuf bytes, Runnable room) {
                        int skip = (int) Math.clamp(head - at, 0, bytes.readableBytes());
                        checksum.update(bytes.skipBytes(skip).nioBuffer());
                        bytes.release();
                        return true;
                    }

                    @Override
                    public void end(long total) {}

                    @Override
                    public void abort() {}
                };
            }
        }

        private void standStill(List<String> path, String own) {
            var unused =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    bindAndStop(path, own);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        }

        private void bindAndStop(List<String> path, String own) throws IOException {
            var to = URI.create(path.getFirst().replaceAll(";.*", ""));
            var socket = new Socket(to.getHost(), to.getPort());
            still.add(socket);
            var out = socket.getOutputStream();
            out.write(
                    ("MSRP bind1 SEND\r\nTo-Path: "
                                    + String.join(" ", path)
                                    + "\r\nFrom-Path: "
                                    + own
                                    + "\r\nMessage-ID: bind1\r\nByte-Range: 1-0/0\r\n"
                                    + "-------bind1$\r\n")
                            .getBytes(US_ASCII));
            var in = socket.getInputStream();
            var read = "";
            while (!read.contains("-------bind1$\r\n")) {
                int next = in.read();
                if (next < 0) throw new IOException("closed before the answer: " + read);
                read += (char) next;
            }
            bound.incrementAndGet();
            if (number % 2 == 0) return; // reads nothing at all
            var first = new String(in.readNBytes(1000), US_ASCII);
            var transaction = first.split(" ")[1];
            out.write(
                    ("MSRP "
                                    + transaction
                                    + " 200 OK\r\nTo-Path: "
                                    + String.join(" ", path)
                                    + "\r\nFrom-Path: "
                                    + own
                                    + "\r\n-------"
                                    + transaction
                                    + "$\r\n")
                            .getBytes(US_ASCII));
        }
    }

    @Override
    public void close() {
        for (var socket : still) {
            try {
                socket.close();
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        }
        media.close();
        transactions.close();
        world.close();
    }
}

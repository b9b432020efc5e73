package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Target;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

@Timeout(30)
class LiveNamesTest {
    /** Answers from a zone over UDP on loopback; NXDOMAIN for the rest. */
    private static final class Zone implements AutoCloseable {
        private final DatagramSocket socket;
        private final ConcurrentHashMap<String, List<Record>> records = new ConcurrentHashMap<>();
        final AtomicInteger asked = new AtomicInteger();
        volatile boolean silent;

        Zone() throws IOException {
            socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
            Thread.ofPlatform().daemon().name("zone").start(this::serve);
        }

        void has(String... lines) throws IOException {
            for (var line : lines) {
                var parts = line.split(" ", 3);
                var name = Name.fromString(parts[0] + ".");
                var type = org.xbill.DNS.Type.value(parts[1]);
                var record = Record.fromString(name, type, DClass.IN, 60, parts[2], Name.root);
                records.merge(name + "/" + type, List.of(record), (a, b) -> List.of(concat(a, b)));
            }
        }

        private static Record[] concat(List<Record> a, List<Record> b) {
            var all = Arrays.copyOf(a.toArray(new Record[0]), a.size() + b.size());
            for (var i = 0; i < b.size(); i++) all[a.size() + i] = b.get(i);
            return all;
        }

        private void serve() {
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            while (!socket.isClosed()) {
                try {
                    socket.receive(packet);
                    asked.incrementAndGet();
                    if (silent) continue;
                    var query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                    var bytes = answer(query).toWire();
                    socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
                } catch (IOException closed) {
                    return;
                }
            }
        }

        private Message answer(Message query) {
            var question = query.getQuestion();
            var answer = new Message(query.getHeader().getID());
            answer.getHeader().setFlag(Flags.QR);
            answer.addRecord(question, Section.QUESTION);
            var found = records.get(question.getName() + "/" + question.getType());
            if (found == null) deny(question.getName(), answer);
            else found.forEach(record -> answer.addRecord(record, Section.ANSWER));
            return answer;
        }

        /** RFC 2308: how long an absence may be remembered stands in the SOA. */
        private void deny(Name name, Message answer) {
            if (records.keySet().stream().noneMatch(key -> key.startsWith(name + "/"))) {
                answer.getHeader().setRcode(Rcode.NXDOMAIN);
            }
            var top = new Name(name, name.labels() - 2);
            var soa = new SOARecord(top, DClass.IN, 60, top, top, 1, 1, 1, 1, 60);
            answer.addRecord(soa, Section.AUTHORITY);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @TempDir static Path directory;

    @AutoClose LiveWorld world = LiveWorld.start(2, directory, new Untracked());
    @AutoClose Zone zone = new Zone();

    private final LiveNames names = names(zone);

    LiveNamesTest() throws IOException {}

    private LiveNames names(Zone zone) {
        var at =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), zone.socket.getLocalPort());
        var resolver = new SimpleResolver(at);
        resolver.setTimeout(Duration.ofSeconds(1));
        return new LiveNames(resolver, world.entropy());
    }

    private List<String> resolve(String service) throws Exception {
        var found = new CompletableFuture<List<Target>>();
        names.resolve(world.loops().get(1), service, found::complete);
        return found.get(20, TimeUnit.SECONDS).stream().map(LiveNamesTest::text).toList();
    }

    private static String text(Target target) {
        var at = target.address();
        return target.kind() + " " + at.getAddress().getHostAddress() + " " + at.getPort();
    }

    @Test
    void naptrLeadsToSrvAndOn() throws Exception {
        zone.has(
                "example.net NAPTR 20 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.net.",
                "example.net NAPTR 10 10 \"s\" \"SIP+D2T\" \"\" _sip._tcp.example.net.",
                "example.net NAPTR 5 10 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.example.net.",
                "_sip._tcp.example.net SRV 20 1 5062 b.example.net.",
                "_sip._tcp.example.net SRV 10 1 5061 a.example.net.",
                "_sip._udp.example.net SRV 10 1 5063 a.example.net.",
                "a.example.net A 192.0.2.1",
                "b.example.net A 192.0.2.2",
                "b.example.net AAAA 2001:db8:0:0:0:0:0:2");
        assertThat(resolve("sip:bob@example.net"))
                .containsExactly(
                        "TCP 192.0.2.1 5061",
                        "TCP 192.0.2.2 5062",
                        "TCP 2001:db8:0:0:0:0:0:2 5062",
                        "UDP 192.0.2.1 5063");
    }

    @Test
    void withoutNaptrSrvOfEachTransportIsAsked() throws Exception {
        zone.has("_sip._tcp.example.com SRV 1 1 5070 a.example.com.", "a.example.com A 192.0.2.9");
        assertThat(resolve("sip:example.com")).containsExactly("TCP 192.0.2.9 5070");
    }

    @Test
    void withoutAnyOfThemTheHostItselfServesOverUdp() throws Exception {
        zone.has("plain.example.com A 192.0.2.7");
        assertThat(resolve("sip:plain.example.com")).containsExactly("UDP 192.0.2.7 5060");
        assertThat(resolve("sip:plain.example.com;transport=tcp"))
                .containsExactly("TCP 192.0.2.7 5060");
        assertThat(resolve("plain.example.com:2855;transport=tcp"))
                .containsExactly("TCP 192.0.2.7 2855");
        assertThat(resolve("sips:plain.example.com")).containsExactly("TLS 192.0.2.7 5061");
        assertThat(resolve("sip:plain.example.com;transport=pigeon")).isEmpty();
    }

    @Test
    void aServiceThatIsDecidedlyNotThereHasNoTargetFromIt() throws Exception {
        zone.has("_sip._udp.gone.example SRV 0 0 0 .");
        assertThat(resolve("sip:gone.example")).isEmpty();
    }

    @Test
    void weightsShareTheLoadAmongEquals() throws Exception {
        zone.has(
                "_sip._udp.w.example SRV 1 90 1001 a.example.",
                "_sip._udp.w.example SRV 1 10 1002 a.example.",
                "a.example A 192.0.2.1");
        var first = 0;
        for (var i = 0; i < 300; i++) {
            var found = resolve("sip:w.example;transport=udp");
            assertThat(found).hasSize(2);
            if (found.getFirst().endsWith("1001")) first++;
        }
        assertThat(first).isBetween(220, 299);
    }

    @Test
    void anAnswerIsRememberedAndSoIsItsAbsence() throws Exception {
        zone.has("once.example A 192.0.2.1");
        for (var i = 0; i < 5; i++) resolve("once.example:5060");
        assertThat(zone.asked.get()).isLessThanOrEqualTo(4);
    }

    @Test
    void aServerThatIsSilentIsNotAskedAgainForAWhile() throws Exception {
        zone.silent = true;
        assertThat(resolve("silent.example:5060")).isEmpty();
        var asked = zone.asked.get();
        assertThat(resolve("silent.example:5060")).isEmpty();
        assertThat(zone.asked).hasValue(asked);
    }

    @Test
    void localhostAndAddressesAskNobody() throws Exception {
        assertThat(resolve("sip:localhost:5080;transport=tcp"))
                .containsExactly("TCP 127.0.0.1 5080", "TCP 0:0:0:0:0:0:0:1 5080");
        assertThat(resolve("sip:localhost")).first().isEqualTo("UDP 127.0.0.1 5060");
        assertThat(resolve("sip:alice@127.0.0.1:5090")).containsExactly("UDP 127.0.0.1 5090");
        assertThat(resolve("[::1]:2855;transport=tcp")).containsExactly("TCP 0:0:0:0:0:0:0:1 2855");
        assertThat(resolve("sip:::::")).isEmpty();
        assertThat(zone.asked).hasValue(0);
    }
}

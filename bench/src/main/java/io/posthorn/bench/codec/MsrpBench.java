package io.posthorn.bench.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpDecoder;
import io.posthorn.msrp.wire.MsrpEncoder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One chunk of a large message: what a relay reads, and what it writes besides the body. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MsrpBench {

    private static final String TO = "msrp://203.0.113.1:2855/Qm3v9sKq0dLw2xZt;tcp";
    private static final String FROM = "msrp://198.51.100.7:49152/Xh3kd92mcla0;tcp";
    private static final String ID = "d93kswow12a";

    private static final byte[] CPIM =
            """
            From: <sip:alice@example.com>
            To: <sip:bob@example.net>
            NS: imdn <urn:ietf:params:imdn>
            imdn.Message-ID: 34jk324j
            DateTime: 2026-11-21T12:00:00.000Z

            Content-Type: image/jpeg
            Content-Disposition: attachment; filename="photo.jpg"
            Content-Length: 5000000

            """
                    .replace("\n", "\r\n")
                    .getBytes(UTF_8);

    private final ByteBuf small = chunk(2 << 10);
    private final ByteBuf large = chunk(64 << 10);
    private final ByteBuf out = Unpooled.directBuffer(1024);
    private final MsrpDecoder decoder = new MsrpDecoder();

    private static ByteBuf chunk(int size) {
        var chunk = Unpooled.directBuffer(size + 1024);
        head(chunk, size);
        var body = new byte[size];
        new Random(size).nextBytes(body);
        chunk.writeBytes(body);
        MsrpEncoder.endBody(chunk, ID, Flag.MORE);
        return chunk;
    }

    private static void head(ByteBuf to, int size) {
        MsrpEncoder.request(to, ID, "SEND", TO, FROM);
        MsrpEncoder.header(to, "Message-ID", "12339sdqwer");
        MsrpEncoder.header(to, "Byte-Range", "1-" + (size > 2048 ? "*" : size) + "/5000303");
        MsrpEncoder.header(to, "Content-Type", "message/cpim");
        MsrpEncoder.beginBody(to);
    }

    @Benchmark
    public int decodeChunkOf2KiB() {
        return decode(small);
    }

    @Benchmark
    public int decodeChunkOf64KiB() {
        return decode(large);
    }

    /** From head to end-line; the bytes of the body are looked at, not copied. */
    private int decode(ByteBuf chunk) {
        var in = chunk.duplicate();
        int bytes = 0;
        for (var part = decoder.next(in); part != null; part = decoder.next(in)) {
            if (part instanceof MsrpDecoder.Part.Body(var body)) {
                bytes += body.readableBytes();
                body.release();
            }
        }
        return bytes;
    }

    @Benchmark
    public int encodeHeadAndEnd() {
        out.clear();
        head(out, 65_536);
        MsrpEncoder.endBody(out, ID, Flag.MORE);
        return out.writerIndex();
    }

    @Benchmark
    public int encodeAnswer() {
        out.clear();
        MsrpEncoder.response(out, ID, 200, FROM, TO);
        return out.writerIndex();
    }

    @Benchmark
    public Object readCpimHead() {
        return Cpim.read(CPIM, false);
    }
}

package io.posthorn.live;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.DiskFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** An open file. */
final class LiveFile implements DiskFile {
    private final Path path;
    private final FileChannel channel;
    private final Lanes lanes;

    LiveFile(Path path, FileChannel channel, Lanes lanes) {
        this.path = path;
        this.channel = channel;
        this.lanes = lanes;
    }

    @Override
    public long size() {
        return LiveDisk.at(lanes, "measure", path, channel::size);
    }

    @Override
    public void write(long at, ByteBuf bytes) {
        LiveDisk.at(
                lanes,
                "write",
                path,
                () -> {
                    writeFully(at, bytes);
                    return true;
                });
    }

    private void writeFully(long at, ByteBuf bytes) throws IOException {
        var offset = at;
        for (var piece : bytes.nioBuffers()) {
            while (piece.hasRemaining()) offset += channel.write(piece, offset);
        }
    }

    @Override
    public int read(long at, ByteBuf into) {
        return LiveDisk.at(lanes, "read", path, () -> readFully(at, into));
    }

    private int readFully(long at, ByteBuf into) throws IOException {
        var total = 0;
        while (into.isWritable()) {
            var n = into.writeBytes(channel, at + total, into.writableBytes());
            if (n < 0) break;
            total += n;
        }
        return total;
    }

    @Override
    public void force() {
        LiveDisk.at(
                lanes,
                "force",
                path,
                () -> {
                    channel.force(false);
                    return true;
                });
    }

    @Override
    public void close() {
        LiveDisk.at(
                lanes,
                "close",
                path,
                () -> {
                    channel.close();
                    return true;
                });
    }
}

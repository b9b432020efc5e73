package io.posthorn.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.strand.Unavailable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * Questions to a running server from its own machine: a Unix socket in the data directory, which
 * only its owner can enter. One line in, a text back, end.
 */
public final class ControlSocket implements AutoCloseable {
    private static final int LONGEST_QUESTION = 4096;

    private final ServerSocketChannel listening;
    private final Path path;

    private ControlSocket(ServerSocketChannel listening, Path path) {
        this.listening = listening;
        this.path = path;
    }

    /**
     * Answers questions until closed, each on a thread of its own.
     *
     * @param answer the text for one question; must not throw
     * @throws Unavailable if the socket cannot be made
     */
    public static ControlSocket listen(Path path, UnaryOperator<String> answer) {
        try {
            Files.deleteIfExists(path); // of a server that was killed: the directory's lock is ours
            var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(path));
            var socket = new ControlSocket(listening, path);
            Thread.ofVirtual().name("control").start(() -> socket.serve(answer));
            return socket;
        } catch (IOException e) {
            throw new Unavailable("control socket " + path, e);
        }
    }

    /**
     * Asks the server that owns {@code path}.
     *
     * @throws Unavailable if no server is there
     */
    public static String ask(Path path, String question) {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap((question + "\n").getBytes(UTF_8)));
            channel.shutdownOutput();
            var answer = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(64 << 10);
            while (channel.read(buffer) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
            return answer.toString(UTF_8);
        } catch (IOException e) {
            throw new Unavailable("no server answers at " + path, e);
        }
    }

    private void serve(UnaryOperator<String> answer) {
        while (listening.isOpen()) {
            try {
                var channel = listening.accept();
                Thread.ofVirtual().name("control question").start(() -> answerOne(channel, answer));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void answerOne(SocketChannel channel, UnaryOperator<String> answer) {
        try (channel) {
            var question = ByteBuffer.allocate(LONGEST_QUESTION);
            while (question.hasRemaining() && channel.read(question) >= 0) {}
            var text = new String(question.array(), 0, question.position(), UTF_8).strip();
            var bytes = ByteBuffer.wrap(answer.apply(text).getBytes(UTF_8));
            while (bytes.hasRemaining()) channel.write(bytes);
        } catch (IOException gone) {
            // whoever asked has left
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new Unavailable("control socket " + path, e);
        }
    }
}

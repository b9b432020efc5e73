package io.posthorn.ladders.sipp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Ports of 127.0.0.1. */
final class Ports {

    private Ports() {}

    /** Free in UDP and TCP alike. */
    static InetSocketAddress free() {
        var loopback = InetAddress.getLoopbackAddress();
        while (true)
            try (var tcp = new ServerSocket(0, 1, loopback);
                    var udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
                return new InetSocketAddress(loopback, udp.getLocalPort());
            } catch (IOException taken) {
                // another one
            }
    }

    /** Whether someone has the UDP port, or listens on the TCP port, as the kernel tells it. */
    static boolean taken(String protocol, int port) {
        // Local addresses look like 0100007F:1F90; 07 is an unconnected UDP socket, 0A is LISTEN.
        var local = ":%04X".formatted(port);
        return lines(Path.of("/proc/net", protocol)).stream()
                .map(line -> line.trim().split("\\s+"))
                .anyMatch(fields ->
                        fields.length > 3
                                && fields[1].endsWith(local)
                                && (fields[3].equals("07") || fields[3].equals("0A")));
    }

    private static List<String> lines(Path table) {
        try {
            return Files.readAllLines(table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

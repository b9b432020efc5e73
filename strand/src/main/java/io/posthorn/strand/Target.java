package io.posthorn.strand;

import java.net.InetSocketAddress;

/**
 * Where to connect or send.
 *
 * @param address resolved; host and port
 * @param name what a certificate there must be valid for
 */
public record Target(InetSocketAddress address, Net.Kind kind, String name) {}

package io.posthorn.sip.transport;

import io.posthorn.sip.wire.SipSyntax;

/** What came out of a stream or a datagram. */
sealed interface Cut {

    /** One message, head and body; not parsed yet. */
    record Whole(byte[] message) implements Cut {}

    /** RFC 5626 section 3.5.1: the double CRLF that wants one back. */
    record Ping() implements Cut {}

    /** RFC 5626 section 4.4.2: a keep-alive among datagrams. */
    record Stun(byte[] message) implements Cut {}

    /**
     * SIP, but not to be read on: answered if it is a request, then closed.
     *
     * @param head what came of it; may end in the middle of a field
     */
    record Refused(SipSyntax why, byte[] head) implements Cut {}

    /** Not SIP: closed or dropped, without an answer. */
    record Garbage(String rule) implements Cut {}

    /** All that came is taken, or more is needed for a message. */
    record More() implements Cut {}
}

package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import java.util.List;

/** Which users may send. Owned by the checks of the procedures; any thread. */
public interface Originators {

    /**
     * @param address the authenticated originator's CPM address
     */
    boolean mayStart(String address);

    /**
     * By lists of addresses and of domains, as configuration names them.
     *
     * @param barred who may not; wins
     * @param allowed who may; if empty everybody who is not barred
     */
    static Originators listed(List<String> barred, List<String> allowed) {
        var no = List.copyOf(barred);
        var yes = List.copyOf(allowed);
        return address ->
                no.stream().noneMatch(entry -> covers(entry, address))
                        && (yes.isEmpty()
                                || yes.stream().anyMatch(entry -> covers(entry, address)));
    }

    private static boolean covers(String entry, String address) {
        try {
            var uri = SipUri.parse(address);
            if (entry.indexOf(':') < 0) return uri.host().equalsIgnoreCase(entry);
            return SipUri.parse(entry).aor().equals(uri.aor());
        } catch (SipSyntax notAnAddress) {
            return entry.equals(address);
        }
    }
}

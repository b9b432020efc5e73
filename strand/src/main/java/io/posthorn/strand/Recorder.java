package io.posthorn.strand;

import java.util.Map;

/** Opens tracks, and keeps them for whoever asks why a message went where it went. */
public interface Recorder {

    /**
     * Opens the history of one call.
     *
     * @param kind what it is, for example {@code "lmm originating"}
     * @param ids what joins it to other calls: Conversation-ID, Contribution-ID, imdn.Message-ID
     */
    Track open(String kind, Map<String, String> ids);

    /** How a link is named in a track: {@code local>remote}. */
    static String link(Object local, Object remote) {
        return local + ">" + remote;
    }
}

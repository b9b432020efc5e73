package io.posthorn.cpm.client;

import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Event;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.strand.Clause;
import java.time.Duration;
import java.util.Map;

/** Large Message Session release: BYE, and what follows its answer. */
@Clause("OMA CPM Conv 7.3.2.2")
final class ReleaseLargeMessage {

    private static final Duration PATIENCE = Duration.ofSeconds(33);

    boolean release(Call call, Leg leg) {
        step(1, "a BYE");
        step(2, "to the contact of the 200 OK");
        step(3, "sent");
        leg.bye(null, Map.of());
        for (var giveUp = call.in(PATIENCE); ; ) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Ended _) -> {
                    upon("200 OK to the BYE");
                    step(1, "user plane released"); // when this procedure has returned
                    return true;
                }
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> {
                    return false;
                }
            }
        }
    }
}

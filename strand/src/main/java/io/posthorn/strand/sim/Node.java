package io.posthorn.strand.sim;

import io.posthorn.strand.Clock;
import io.posthorn.strand.Disk;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import io.posthorn.strand.MemoryRecorder;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net;
import io.posthorn.strand.Recorder;
import io.posthorn.strand.World;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One life of a simulated node: from its start, or its last crash, to its next crash. */
final class Node implements World {

    /** What outlives a crash. */
    record Lasting(String name, int number, MemoryDisk disk, MemoryRecorder recorder, Dice dice) {}

    private final Lasting lasting;
    private final Agenda agenda;
    private final BatonStrands strands;
    private final List<Loop> loops;
    private final Sockets net;
    private final KnownNames names;
    private Duration jump = Duration.ZERO;
    private boolean dead;

    Node(Lasting lasting, Agenda agenda, Network network, KnownNames.Zone zone) {
        this.lasting = lasting;
        this.agenda = agenda;
        this.strands = new BatonStrands(agenda, this);
        this.loops = List.of(new QueuedLoop(agenda, this, 0), new QueuedLoop(agenda, this, 1));
        this.net = new Sockets(network, this);
        this.names = new KnownNames(zone, agenda, this);
    }

    String name() {
        return lasting.name();
    }

    int number() {
        return lasting.number();
    }

    boolean dead() {
        return dead;
    }

    void die() {
        dead = true;
        strands.end();
    }

    void jump(Duration by) {
        jump = jump.plus(by);
    }

    @Override
    public BatonStrands strands() {
        return strands;
    }

    @Override
    public List<Loop> loops() {
        return loops;
    }

    @Override
    public Clock clock() {
        return this::wall;
    }

    private Instant wall() {
        return agenda.instant().plus(jump);
    }

    @Override
    public Entropy entropy() {
        return this::fill;
    }

    private void fill(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) lasting.dice().next();
    }

    @Override
    public Names names() {
        return names;
    }

    @Override
    public Net net() {
        return net;
    }

    @Override
    public Disk disk() {
        return lasting.disk();
    }

    @Override
    public Recorder recorder() {
        return lasting.recorder();
    }
}

package io.posthorn.ladders.storm;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.client.Registered;
import io.posthorn.server.ClientNode;
import io.posthorn.server.Wiring;
import io.posthorn.server.config.ByteSize;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.Config.Role;
import io.posthorn.server.config.HostPort;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.strand.sim.Simulation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The machines of one history: the server as it is wired, on one or two of them, and devices. */
final class Town implements AutoCloseable {

    /**
     * How the server runs.
     *
     * @param apart the core and the participating function are on machines of their own
     * @param transport between the two: {@code udp} or {@code tcp}
     * @param window bytes of a message in memory, before it goes to a file
     * @param chunk bytes of body in one SEND of the server
     */
    record Layout(boolean apart, String transport, PathMode pathMode, int window, int chunk) {
        List<String> machines() {
            return apart ? List.of("core", "pf") : List.of("server");
        }

        String core() {
            return machines().getFirst();
        }

        String function() {
            return machines().getLast();
        }
    }

    private static final String PASSWORD = "everybody's";
    private static final Secrets USERS =
            (name, realm, algorithm) -> Optional.of(algorithm.secret(name, realm, PASSWORD));

    final Simulation s;
    final Layout layout;
    final List<Device> devices = new ArrayList<>();
    private final Map<String, Wiring> servers = new LinkedHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private boolean somethingCrashed;

    Town(Simulation s, Layout layout) {
        this.s = s;
        this.layout = layout;
        layout.machines().forEach(this::start);
    }

    // ---- the server

    private void start(String machine) {
        var wiring = Wiring.start(s.node(machine), config(machine), Path.of("/data"), USERS);
        servers.put(machine, wiring);
    }

    boolean runs(String machine) {
        return servers.containsKey(machine);
    }

    void restart(String machine) {
        if (!runs(machine)) start(machine);
    }

    private Config config(String machine) {
        var by = ";transport=" + layout.transport();
        var core = new HostPort(host(layout.core()), 5_060);
        var function = new HostPort(host(layout.function()), 5_070);
        names.put(core.toString(), "core");
        var d = Config.DEFAULT.at(core, function, new HostPort(function.host(), 2_855));
        var p = d.participating();
        return new Config(
                roles(machine),
                d.sip(),
                d.core()
                        .towards(
                                d.core().participating() + by,
                                layout.apart() ? List.of(function.host()) : List.of()),
                p.behind(p.core() + by, layout.pathMode()),
                new Config.Msrp(
                        d.msrp().listen(),
                        new ByteSize(layout.chunk()),
                        d.msrp().strictPath(),
                        d.msrp().fromOwnPort(),
                        d.msrp().tls()),
                d.outbound(),
                new Config.Custody(
                        new ByteSize(layout.window()),
                        new ByteSize(Math.min(layout.window(), 64 << 10)),
                        d.custody().crowded(),
                        d.custody().delivered(),
                        d.custody().deliveredFor()),
                d.recorder(),
                Config.Tls.NONE);
    }

    private List<Role> roles(String machine) {
        if (!layout.apart()) return List.of(Role.CORE, Role.PARTICIPATING);
        return List.of(machine.equals(layout.core()) ? Role.CORE : Role.PARTICIPATING);
    }

    String host(String machine) {
        return s.address(machine).getHostAddress();
    }

    // ---- the devices

    void add(Device device) {
        s.address(device.node); // its place, whatever happens before it is switched on
        devices.add(device);
    }

    List<Device> devicesOf(String user) {
        return devices.stream().filter(d -> d.user.equals(user)).toList();
    }

    /** Switches a device on, if it is off, and registers it. */
    void register(Device device, Consumer<Registered> then) {
        var client = device.client;
        if (client == null) {
            client =
                    ClientNode.start(
                            s.node(device.node),
                            s.address(device.node),
                            device.user,
                            device.node,
                            host(layout.core()) + ":5060;transport=" + device.transport,
                            PASSWORD,
                            agent -> new Watched(agent, device.legs));
            client.client().onReceive(device.receiving, device);
            device.client = client;
            names.put(client.sip(), device.node);
        }
        client.client()
                .register(answer -> {
                    if (answer.ok()) device.registered = s.now();
                    then.accept(answer);
                });
    }

    void unregister(Device device) {
        device.registered = null;
        var client = device.client;
        if (client != null) client.client().unregister(_ -> {});
    }

    /** Power off: {@code machine} is the server's or a device. */
    void crash(String machine) {
        somethingCrashed = true;
        s.crash(machine);
        servers.remove(machine);
        for (var device : devices) {
            if (!device.node.equals(machine)) continue;
            device.crashed = true;
            device.client = null;
            device.registered = null;
            device.legs.clear();
        }
    }

    // ---- afterwards

    /** What is in use anywhere, a line each; when all calls are over it must be nothing. */
    List<String> open() {
        var open = new ArrayList<String>();
        servers.forEach((machine, wiring) -> tell(open, machine, wiring.open()));
        for (var device : devices) {
            var client = device.client;
            if (client != null) tell(open, device.node, client.open());
            for (var file : s.disk(device.node).open()) open.add(device + ": " + file + " is open");
        }
        // What a crashed machine held is gone with it.
        if (!somethingCrashed && s.unreleased() > 0)
            open.add(s.unreleased() + " buffers are not released");
        return open;
    }

    private void tell(List<String> open, String machine, Map<String, Long> counts) {
        counts.forEach((what, count) -> open.add(machine + ": " + count + " " + what));
        for (var left : s.leftovers(machine))
            if (left.startsWith("strand")) open.add(machine + ": " + left);
    }

    List<String> machines() {
        var machines = new ArrayList<>(layout.machines());
        for (var device : devices) machines.add(device.node);
        return machines;
    }

    /** What addresses are called in ladders. */
    Map<String, String> names() {
        return names;
    }

    @Override
    public void close() {
        s.close();
    }
}

package io.posthorn.bench;

import io.posthorn.server.config.ByteSize;
import io.posthorn.server.config.InvalidConfig;
import io.posthorn.strand.Unavailable;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

@Command(
        name = "posthorn bench",
        description = {
            "Measures a server that runs as a process of its own: messages per second, its CPU time",
            "per message and per gigabyte, its memory. Every byte that arrives is compared: a message",
            "that is lost or differs is counted, named, and makes the exit code 1."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            LmmCommand.class,
            RelayCommand.class,
            SetupCommand.class,
            StartCommand.class,
            FloorCommand.class,
            CodecsCommand.class,
            AllCommand.class,
            HelpCommand.class
        },
        footer = {
            "",
            "Examples:",
            "  posthorn bench lmm --messages 2000 --size 64KiB --parallel 16",
            "  posthorn bench lmm --messages 4 --size 1GB --parallel 1 --devices 3",
            "  posthorn bench relay --chunk 64KiB",
            "  posthorn bench setup --rate 1000",
            "",
            "Exit codes: 0 done, 1 a message failed, 2 wrong usage, 3 no server answers."
        })
final class Bench {

    private static final int USAGE = 2;

    private Bench() {}

    /** Runs the command line and returns its exit code. */
    static int run(String... args) {
        return run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        var line = new CommandLine(new Bench());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(100);
        line.registerConverter(ByteSize.class, ByteSize::parse);
        line.setExecutionExceptionHandler(Bench::failed);
        line.setParameterExceptionHandler(Bench::misused);
        int first = args.length > 0 && args[0].equals("bench") ? 1 : 0; // the launcher's own word
        if (args.length == first) {
            line.usage(err);
            return USAGE;
        }
        return line.execute(java.util.Arrays.copyOfRange(args, first, args.length));
    }

    private static int failed(Exception why, CommandLine line, CommandLine.ParseResult parsed)
            throws Exception {
        switch (why) {
            case Failed failed -> {
                say(line, why);
                return failed.code();
            }
            case InvalidConfig _, Unavailable _ -> say(line, why);
            default -> throw why;
        }
        return Failed.FAILED;
    }

    private static int misused(CommandLine.ParameterException why, String[] args) {
        say(why.getCommandLine(), why);
        return USAGE;
    }

    private static void say(CommandLine line, Exception why) {
        line.getErr().println("posthorn bench: " + why.getMessage());
    }
}

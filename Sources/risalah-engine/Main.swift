internal import CLinux
internal import Glibc

/// Runs a program that hears for us, where it can do no harm: it becomes that program's keeper, because what has to be done
/// between fork and exec cannot be done from a service of many threads.
///
///     risalah-engine probe
///     risalah-engine run MEMORY NICENESS PARENT isolated|open PROGRAM [ARGUMENT…]
///
/// `probe` prints 0 where the kernel lets us take the network away, else the errno with which it does not. It is started
/// by the archive, not by people.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 2, arguments[1] == "probe" {
            print(linux_probe_isolation())
            return
        }
        guard arguments.count > 6, arguments[1] == "run", let memory = Int64(arguments[2]), memory > 0,
            let niceness = Int32(arguments[3]), let parent = Int32(arguments[4]),
            ["isolated", "open"].contains(arguments[5])
        else {
            let message = Array("risalah-engine: this is started by the archive, not by people\n".utf8)
            _ = write(STDERR_FILENO, message, message.count)
            exit(64)
        }
        var confinement = linux_confinement(
            memory: memory,
            niceness: niceness,
            parent: parent,
            isolated: arguments[5] == "isolated" ? 1 : 0
        )
        // The process lives as long as they do, so nobody frees them.
        var program = arguments.dropFirst(6).map { strdup($0) } + [nil]
        exit(linux_run_confined(&confinement, &program))
    }
}

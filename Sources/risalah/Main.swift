internal import CommandShell

/// The program.
@main
enum Main {
    static func main() async { await Shell.main(Risalah.self, cancelsOnSignals: true) }
}

internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// How much of a list is wanted.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(localized("At most so many.", id: "Paling banyak sekian."), valueName: "limit")
    )
    var count: Int?

    func validate() throws {
        guard count ?? 1 >= 1 else { throw ValidationError("The value of '--limit' has to be 1 or more.") }
    }
}

internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah unhold`: takes a hold off.
struct UnholdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unhold",
        abstract: localized("Take a hold off a recording.", id: "Cabut penangguhan sebuah rekaman."),
        discussion: localized(
            "Others on the same recording stay: of one with several name the hold (risalah history).",
            id: "Penangguhan lain pada rekaman itu tetap: bila ada beberapa, sebut penangguhannya (risalah history)."
        )
    )

    @Argument(help: ArgumentHelp(localized("The hold, or the recording.", id: "Penangguhan, atau rekaman.")))
    var hold: HoldID

    @OptionGroup var why: ReasonOptions

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let reason = try why.text()
        let released = try await common.connected { client in
            do {
                return try await client.release(hold, because: reason)
            } catch let error as ArchiveError where error.code == .notFound {
                // Then it is a recording, or nothing.
                guard let recording = RecordingID(hold.description) else { throw error }
                return try await client.release(Self.only(of: client.holds(on: recording)), because: reason)
            }
        }
        if common.json { return try Console.print(json: released) }
        try Console.print("\(released.id) \(localized("released", id: "dicabut"))")
    }

    private static func only(of holds: [HoldReport]) throws -> HoldID {
        let inForce = holds.filter { $0.released == nil }
        guard let hold = inForce.first else {
            throw ArchiveError(.notFound, "no hold is in force on this recording")
        }
        guard inForce.count == 1 else {
            throw ArchiveError(
                .conflict,
                "\(inForce.count) holds are in force on this recording",
                hint: "name one: \(inForce.map(\.id.description).joined(separator: ", "))"
            )
        }
        return hold.id
    }
}

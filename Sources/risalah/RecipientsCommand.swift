internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah recipients`: to whom recordings of each level are sealed, for `age -r` and other programs.
struct RecipientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipients",
        abstract: localized("The age recipients of each level.", id: "Penerima age setiap tingkat.")
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let recipients = try await common.connected { try await $0.recipients() }
        guard !common.json else { return try Console.print(json: recipients) }
        let headings = [
            localized("level", id: "tingkat"), localized("sealed only", id: "tersegel saja"),
            localized("recipient", id: "penerima"),
        ]
        let rows = recipients.levels.map { entry in
            let sealed = entry.sealedOnly ? localized("yes", id: "ya") : localized("no", id: "tidak")
            return [entry.level.name, sealed, entry.x25519 ?? entry.hybrid]
        }
        var table = TextTable(headings, minimum: [0, 0, 0])
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }
}

internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah whoami`: who the archive takes this machine for.
struct WhoAmICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: localized("Who you are to the archive.", id: "Siapa Anda bagi arsip.")
    )

    @OptionGroup var common: CommonOptions

    /// What waits for the caller, and which command shows it; nil where nothing does.
    private func waiting(_ me: WhoAmI) -> String? {
        var parts: [String] = []
        if me.waiting > 0 {
            let requests = me.waiting == 1 ? "1 request" : "\(me.waiting) requests"
            parts.append(localized("\(requests) (risalah requests)", id: "\(me.waiting) permintaan (risalah requests)"))
        }
        if me.grants > 0 {
            let grants = me.grants == 1 ? "1 grant" : "\(me.grants) grants"
            parts.append(localized("\(grants) (risalah confirm)", id: "\(me.grants) hak (risalah confirm)"))
        }
        if me.backdatings > 0 {
            let count = me.backdatings == 1 ? "1 back-dating" : "\(me.backdatings) back-datings"
            let command = "(risalah backdating list)"
            parts.append(localized("\(count) \(command)", id: "\(me.backdatings) penanggalan surut \(command)"))
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    func run() async throws {
        let me = try await common.connected { try await $0.whoAmI() }
        guard !common.json else { return try Console.print(json: me) }
        let lines = TextTable.fields([
            (localized("name", id: "nama"), me.name),
            (localized("principal", id: "pengguna"), me.principal.description),
            (localized("role", id: "peran"), me.role.rawValue),
            (localized("clearance", id: "kewenangan"), me.clearance.description),
            (localized("unit", id: "unit"), me.unit),
            (localized("expires", id: "berlaku sampai"), Timestamp.text(me.expires)),
            (localized("you count until", id: "Anda berlaku sampai"), me.ends.map(Timestamp.text)),
            (localized("waiting for you", id: "menunggu Anda"), waiting(me)),
        ])
        for line in lines { try Console.print(line) }
        guard me.solo else { return }
        try Console.print(
            localized(
                "this archive runs without a second person for grants: for evaluation only",
                id: "arsip ini berjalan tanpa orang kedua untuk pemberian wewenang: hanya untuk evaluasi"
            )
        )
    }
}

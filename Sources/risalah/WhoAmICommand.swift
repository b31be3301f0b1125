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

    private func waiting(_ count: Int) -> String {
        let requests = count == 1 ? "1 request" : "\(count) requests"
        return localized("\(requests) (risalah requests)", id: "\(count) permintaan (risalah requests)")
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
            (localized("waiting for you", id: "menunggu Anda"), me.waiting > 0 ? waiting(me.waiting) : nil),
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

internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd reindex`: makes the search index anew.
struct ReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: localized("Make the search index anew.", id: "Buat ulang indeks pencarian."),
        discussion: localized(
            """
            Searches go on meanwhile and find what they found. It can be stopped: a running service goes on with it by itself. Where \
            'check --deep' says that the file of the index is damaged, stop the service, remove Storage/index.sqlite and start it: \
            it makes another.
            """,
            id: """
                Pencarian tetap berjalan. Dapat dihentikan: layanan yang berjalan akan meneruskannya sendiri. Bila 'check --deep' \
                menyatakan berkas indeks rusak, hentikan layanan, hapus Storage/index.sqlite lalu jalankan lagi: indeks akan dibuat \
                ulang.
                """
        )
    )

    @OptionGroup var options: RootOptions

    private struct Result: Encodable {
        var recordings: Int
    }

    func run() async throws {
        let all = try await options.administering { administer in
            let begun = try await administer(.reindex)
            guard case .indexing(let first) = begun else { throw begun.unexpected }
            let all = first.waiting
            let line = ProgressLine(localized("recordings indexed", id: "rekaman diindeks"), quiet: options.json)
            defer { line.end() }
            var waiting = all
            while waiting > 0 {
                let response = try await administer(.indexSome)
                guard case .indexing(let left) = response else { throw response.unexpected }
                for trouble in left.troubles { Console.note("risalahd: \(Console.clean(trouble))") }
                waiting = left.waiting
                line.show(part: max(0, all - waiting), of: all)
                try Task.checkCancellation()
            }
            return all
        }
        if options.json { return try Console.print(json: Result(recordings: all)) }
        try Console.print(localized("\(all) recordings indexed anew", id: "\(all) rekaman diindeks ulang"))
    }
}

internal import ArchiveClient
internal import CommandShell
internal import Dispatch
internal import Foundation
internal import Synchronization

/// One line on stderr that follows a transfer, where a person sees it; silent otherwise.
final class ProgressLine: Sendable {
    private struct State {
        var shown: DispatchTime?
        var width = 0
    }

    private let verb: String
    private let isSeen: Bool
    private let state = Mutex(State())

    /// A line that begins with `verb`.
    init(_ verb: String, quiet: Bool) {
        self.verb = verb
        isSeen = !quiet && Console.notesAreSeen
    }

    /// To be handed to whatever takes long.
    var progress: TransferProgress {
        TransferProgress { done, total in self.show(done, of: total) }
    }

    /// Clears the line.
    func end() {
        let width = state.withLock { state in
            defer { state.width = 0 }
            return state.width
        }
        if width > 0 { draw(String(repeating: " ", count: width) + "\r") }
    }

    private func show(_ done: Int64, of total: Int64?) {
        guard isSeen else { return }
        let megabytes = Double(done / 100_000) / 10
        let share = total.flatMap { $0 > 0 ? " (\(Int(Double(done) / Double($0) * 100)) %)" : nil } ?? ""
        let text = "\(verb) \(megabytes) MB\(share)"
        state.withLock { state in
            let now = DispatchTime.now()
            if let shown = state.shown, now.uptimeNanoseconds - shown.uptimeNanoseconds < 200_000_000 { return }
            state.shown = now
            draw(text + String(repeating: " ", count: max(0, state.width - text.count)) + "\r")
            state.width = max(state.width, text.count)
        }
    }

    private func draw(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

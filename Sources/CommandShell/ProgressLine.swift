internal import ArchiveCore
internal import Dispatch
internal import Foundation
internal import Synchronization

/// One line on stderr that follows something long, where a person sees it; silent otherwise.
package final class ProgressLine: Sendable {
    private struct State {
        var shown: DispatchTime?
        var width = 0
    }

    private let began = DispatchTime.now()
    private let verb: String
    private let isSeen: Bool
    private let state = Mutex(State())

    /// A line that begins with `verb`.
    package init(_ verb: String, quiet: Bool) {
        self.verb = verb
        isSeen = !quiet && Console.notesAreSeen
    }

    /// Clears the line.
    package func end() {
        let width = state.withLock { state in
            defer { state.width = 0 }
            return state.width
        }
        if width > 0 { draw(String(repeating: " ", count: width) + "\r") }
    }

    /// Shows how many bytes are done, of how many where that is known, and about how long the rest takes.
    package func show(_ done: Int64, of total: Int64?) {
        let megabytes = Double(done / 100_000) / 10
        let share = total.flatMap { $0 > 0 ? " (\(Int(Double(done) / Double($0) * 100)) %)" : nil } ?? ""
        show("\(verb) \(megabytes) MB\(share)\(rest(done, of: total))")
    }

    /// Shows how many of so many things are done, and about how long the rest takes, by their bytes.
    package func show(_ done: Int64, of total: Int64, items: Int, of all: Int) {
        let share = Int(Double(done) / Double(max(1, total)) * 100)
        show("\(verb) \(items)/\(all) (\(share) %)\(rest(done, of: total))")
    }

    /// Shows how many of so many parts are done, which take about as long as each other, and about how long the rest takes.
    package func show(part done: Int, of total: Int) {
        let share = Int(Double(done) / Double(max(1, total)) * 100)
        show("\(verb) \(share) %\(rest(Int64(done), of: Int64(total)))")
    }

    private func show(_ text: String) {
        guard isSeen else { return }
        state.withLock { state in
            let now = DispatchTime.now()
            if let shown = state.shown, now.uptimeNanoseconds - shown.uptimeNanoseconds < 200_000_000 { return }
            state.shown = now
            draw(text + String(repeating: " ", count: max(0, state.width - text.count)) + "\r")
            state.width = max(state.width, text.count)
        }
    }

    private func rest(_ done: Int64, of total: Int64?) -> String {
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) / 1e9
        guard let total, done > 0, total > done, seconds > 5 else { return "" }
        let left = Int(seconds / Double(done) * Double(total - done))
        let text = left < 120 ? "\(left) s" : left < 7200 ? "\(left / 60) min" : "\(left / 3600) h"
        return localized(", about \(text) left", id: ", sisa sekitar \(text)")
    }

    private func draw(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

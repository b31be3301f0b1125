import AccessPolicy
import ArchiveCore
import Catalogue
import Retention

extension Retrieval {
    /// `views` with what else the caller may know of them: announcements of their meetings, and holds.
    func told(_ views: [View], to caller: Caller) async throws -> [View] {
        let views = try await announced(views, to: caller)
        let heard = views.filter { mayHearOfHolds($0.row.visibility, caller) }.map(\.row.id)
        guard !heard.isEmpty else { return views }
        let found = try await catalogue.read { try $0.holdsInForce(on: heard) }
        let all = Set(heard)
        return views.map { view in
            var view = view
            if all.contains(view.row.id) { view.holds = found[view.row.id] ?? 0 }
            return view
        }
    }

    func mayHearOfHolds(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        RecordsDesk.actions.contains { action in
            if case .allow = policy.decide(question(caller, action, visibility)) { return true }
            return false
        }
    }
}

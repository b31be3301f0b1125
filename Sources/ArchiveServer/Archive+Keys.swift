import AccessPolicy
import Age
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Synchronization
import Vault

/// Changing the archive's own keys while it serves.
///
/// Order of each: the new key is durable in the vault, together with a note of the change; then whatever uses it; then its
/// entry; then the note goes. What was cut off is ended by the next start, or by the next change (``finishKeyChanges()``).
extension Archive {
    /// Has another key take the place of one.
    ///
    /// - Throws: `conflict` where another change of keys is at work.
    func rotate(_ rotation: KeyRotation, by actor: Actor) async throws -> KeyChangeReport {
        try await changingKeys {
            switch rotation {
            case .level(let level): try await rotate(level: level, by: actor)
            case .root(let next): try await rotate(root: next, by: actor)
            case .log(let reason): try await rotateLog(because: reason, by: actor)
            case .tls: try await rotateTLS(by: actor)
            case .authority: try await rotateAuthority(by: actor)
            }
        }
    }

    /// Destroys a key that was replaced, when nothing needs it.
    ///
    /// - Throws: `conflict` where something needs it, or another change of keys is at work.
    func retire(_ retirement: KeyRetirement, by actor: Actor) async throws -> KeyChangeReport {
        try await changingKeys {
            switch retirement {
            case .level(let level, let key):
                try vault.retireIdentities(key, of: level, user: actor.user)
                try await finishKeyChanges()
                return KeyChangeReport(kind: "level", level: level, from: key)
            case .authority: return try await retireAuthority(by: actor)
            }
        }
    }

    func changingKeys<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isFree = keyWork.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else { throw ArchiveError(.conflict, "another change of keys is at work", hint: "try again") }
        defer { keyWork.withLock { $0 = false } }
        try await finishKeyChanges()
        return try await body()
    }

    // MARK: Levels

    private func rotate(level: Level, by actor: Actor) async throws -> KeyChangeReport {
        let (old, fresh) = try vault.rotateIdentities(of: level, user: actor.user)
        try await finishKeyChanges()
        let recipients = try vault.recipients(of: level).map { [$0.x25519.description, $0.hybrid.description] }
        return KeyChangeReport(kind: "level", level: level, from: old, to: fresh, publicForms: recipients ?? [])
    }

    // MARK: Root

    private func rotate(root next: NextRootKey, by actor: Actor) async throws -> KeyChangeReport {
        guard let kind = RootKeyKind(parsing: next.kind, separator: " ") else {
            throw ArchiveError(.badRequest, "\(next.kind.prefix(60).debugDescription) is no place of a root key")
        }
        let (key, contents) = (SecretBytes(next.key), Array(next.contents ?? Data()))
        let standing = try vault.rootKeyStanding()
        let place = RootKeyPlace(of: kind, layout, files: files)
        // Once it lies there, the key before may be gone: what comes over the socket is looked at first.
        try place?.check(contents, holding: key)
        let isHere = kind == settings.rootKey && place != nil
        // What an attempt left that was cut off may be replaced.
        if !isHere, try place?.isTaken() ?? false, standing.next?.kind != kind {
            throw ArchiveError(
                .conflict,
                "there is a root key already where the new one should go",
                hint: "remove what lies in \(layout.secrets) and is not used"
            )
        }
        try place?.lay(contents)
        try vault.prepare(rootKey: key, from: kind, inPlaceOf: settings.rootKey, user: actor.user)
        try place?.switchOver()
        // Elsewhere somebody else has to put it in its place; until then both open the vault.
        if isHere {
            try await vault.adopt(rootKey: key)
            try await finishKeyChanges()
        }
        let now = try vault.rootKeyStanding()
        return KeyChangeReport(
            kind: "root",
            from: standing.id,
            to: now.next?.id ?? now.id,
            waiting: now.next != nil,
            publicForms: [kind.description]
        )
    }

    // MARK: The log

    /// Has another key sign the log, under an origin of its own; its entry is the first of that.
    private func rotateLog(because reason: String, by actor: Actor) async throws -> KeyChangeReport {
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= 8192 else {
            throw ArchiveError(.badRequest, "a reason is needed, of 8192 bytes at most")
        }
        let old = try await log.origins().last { !$0.isLost }
        let new = try await log.rotate(because: reason, by: actor)
        try await witnesses.follow()
        try publishLogKey()
        return KeyChangeReport(kind: "log", from: old?.name, to: new.name, publicForms: [new.verificationKey])
    }

    private func logReports() async throws -> [KeyReport] {
        let origins = try await log.origins().filter { !$0.isLost }
        let beginnings = try await catalogue.read { reader in
            try origins.map { origin in
                try reader.leaves(origin.begins..<origin.begins + 1).first.flatMap(LogEntry.init(leaf:))?.time
            }
        }
        let ends: [Date?] = beginnings.dropFirst() + [nil]
        return zip(origins, zip(beginnings, ends)).reversed().map { origin, times in
            KeyReport(
                kind: "log",
                key: origin.name,
                state: origin.name == origins.last?.name ? .current : .former,
                made: times.0,
                replaced: times.1,
                publicForms: [origin.verificationKey]
            )
        }
    }

    // MARK: What was cut off

    /// Ends a change of keys that is durable in the vault and may not be an entry yet.
    func finishKeyChanges() async throws {
        try await finishKeyChange()
        guard try vault.isOpenedByNextRootKey else { return }
        try await vault.adopt()
        try await finishKeyChange()
    }

    private func finishKeyChange() async throws {
        guard let change = try vault.pendingKeyChange() else { return }
        // Also where that failed in the change itself: its entry says that it is used.
        switch change.kind {
        case "tls": try loadTLS()
        case "ca": try takeUpAuthority()
        default: break
        }
        // What was destroyed, or sealed under another root key, is in no copy of a file of Storage any more.
        if change.kind == "root" {
            // Under a new generation it is already.
            try await vault.scrub()
        } else if change.action == .retire || change.kind == "ca" {
            try await vault.renewGeneration()
        }
        // The root key before opens nothing any more.
        if let former = change.place.flatMap({ RootKeyKind(parsing: $0, separator: " ") }), former != settings.rootKey {
            try RootKeyPlace(of: former, layout, files: files)?.clear()
        }
        let details = [
            "kind": change.kind, "level": change.level, "from": change.from, "to": change.to,
        ].compactMapValues(\.self)
        try await catalogue.write { [log] writer in
            let last = try writer.reader.lastLeaf(of: change.action.rawValue).flatMap(LogEntry.init(leaf:))
            // A crash came between the entry and forgetting the change.
            guard last?.details != details else { return }
            try log.append(
                to: writer,
                actor: change.user.map(Actor.hostUser) ?? .service,
                action: change.action.rawValue,
                details: details
            )
        }
        try vault.settleKeyChange()
    }

    // MARK: Listing

    /// The archive's own keys, those in use first of each kind.
    func keys() async throws -> [KeyReport] {
        try levelReports() + rootReports() + (await logReports()) + (await certificateReports())
    }

    private func levelReports() throws -> [KeyReport] {
        let waiting = try vault.unopenedUploads().map { "upload \($0)" }
        let known = policy.levels.map(\.level)
        let keys = try vault.levelKeys().sorted { left, right in
            let places = [left, right].map { known.firstIndex(of: $0.level) ?? known.count }
            return (places[0], left.replaced.map { -$0.timeIntervalSince1970 } ?? -.infinity)
                < (places[1], right.replaced.map { -$0.timeIntervalSince1970 } ?? -.infinity)
        }
        return keys.map { key in
            KeyReport(
                kind: "level",
                level: key.level,
                key: key.id,
                state: key.replaced == nil ? .current : .former,
                made: key.made,
                replaced: key.replaced,
                used: key.used,
                publicForms: [key.x25519.description, key.hybrid.description],
                neededBy: key.replaced == nil ? [] : waiting
            )
        }
    }

    private func rootReports() throws -> [KeyReport] {
        let root = try vault.rootKeyStanding()
        let used = KeyReport(
            kind: "root",
            key: root.id,
            state: .current,
            made: root.made,
            publicForms: [settings.rootKey.description]
        )
        let next = root.next.map {
            KeyReport(
                kind: "root",
                key: $0.id,
                state: .waiting,
                made: $0.prepared,
                publicForms: [$0.kind.description]
            )
        }
        return [used] + (next.map { [$0] } ?? [])
    }
}

extension Actor {
    /// The user of the host that it is.
    var user: UInt32? { name.hasPrefix("uid:") ? UInt32(name.dropFirst(4)) : nil }
}

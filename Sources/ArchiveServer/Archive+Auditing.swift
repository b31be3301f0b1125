import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Retention

/// What auditors need beside the log, and what the log can forget.
extension Archive {
    /// A page of the principals, oldest first, and what is in force beside them.
    ///
    /// - Throws: `bad-request` where there is no principal `last` after which it could begin.
    func auditDirectory(after last: PrincipalID? = nil, limit: Int = 200) async throws -> AuditDirectory {
        let names = try Directory(vault: vault)
        let rows = try await catalogue.read { [clock] reader in
            let now = clock.now
            if let last, try reader.principal(last, at: now) == nil {
                throw ArchiveError(.badRequest, "there is no principal \(last) after which a page could begin")
            }
            return try reader.directory(after: last, limit: limit, at: now)
        }
        return AuditDirectory(
            archive: settings.name,
            timezone: settings.timeZone.identifier,
            office: settings.office,
            levels: policy.levels.map(\.level.name),
            units: policy.units,
            principals: try rows.map { found in
                let row = found.principal
                let entry = row.isErased ? nil : try names.entry(of: row)
                return AuditDirectory.Entry(
                    principal: row.principal.id,
                    name: entry?.name,
                    person: entry?.person,
                    erased: row.isErased,
                    samePersonAs: found.first,
                    role: row.principal.role,
                    clearance: row.principal.clearance,
                    unit: row.principal.unit,
                    floor: row.principal.floor,
                    state: row.principal.state,
                    starts: row.validity.starts,
                    ends: row.validity.ends,
                    created: row.created,
                    addedBy: row.addedBy,
                    confirmedBy: row.confirmedBy,
                    certificates: found.credentials.map { credential in
                        AuditDirectory.Entry.Certificate(
                            certificate: credential.certificate,
                            notBefore: credential.notBefore,
                            notAfter: credential.notAfter,
                            revoked: credential.revoked
                        )
                    }
                )
            },
            next: rows.count == limit ? rows.last?.principal.principal.id : nil
        )
    }

    /// The texts of these entries that are still there, with their salts.
    func texts(of entries: [Int]) async throws -> EntryTexts {
        let found = try await catalogue.read { reader in
            try entries.map { (seq: $0, texts: try reader.texts(of: $0)) }
        }
        return EntryTexts(
            texts: try found.flatMap { seq, texts in
                try texts.map { sealed in
                    let (salt, text) = try log.opened(sealed)
                    return EntryTexts.Text(seq: seq, field: sealed.field, salt: Data(salt), text: text)
                }
            }
        )
    }

    // MARK: Forgetting

    static let textForgotten = "text.forget"
    static let principalForgotten = "principal.forget"
    /// Texts of entries about a principal that name it.
    private static let namingFields = ["name", "person"]

    /// Erases texts beside the log, or names in the directory, with an entry that says so, and then every copy of them in
    /// the database's files. The tree is not touched.
    ///
    /// - Throws: `not-found` where nothing is there to be erased; `conflict` where the principal is not closed.
    func forget(_ request: Forgetting, by actor: Actor) async throws -> Forgotten {
        let reason = request.reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty, reason.utf8.count <= 500 else {
            throw ArchiveError(.badRequest, "forgetting needs a reason of at most 500 bytes")
        }
        return try await retention.scrubbing(by: actor) { [self] in
            try await forget(request.subject, reason, by: actor)
        }
    }

    private func forget(
        _ subject: Forgetting.Subject,
        _ reason: String,
        by actor: Actor
    ) async throws -> Forgotten {
        switch subject {
        case .entry(let seq, let field): return try await forgetTexts(of: seq, field, reason, by: actor)
        case .principal(let id):
            return try await forgetNames(reason, by: actor) { [clock] reader in
                guard let row = try reader.principal(id, at: clock.now) else { throw Self.noPrincipal(id) }
                return [row]
            }
        case .person(let name):
            let tag = try Directory(vault: vault).tag(person: name)
            return try await forgetNames(reason, by: actor) { reader in
                let rows = try reader.principals(ofPerson: tag)
                guard !rows.isEmpty else {
                    throw ArchiveError(
                        .notFound,
                        "there is no principal of this person",
                        hint: "risalahd principal show names the person of a principal"
                    )
                }
                return rows
            }
        }
    }

    private func forgetTexts(
        of seq: Int,
        _ field: String?,
        _ reason: String,
        by actor: Actor
    ) async throws -> Forgotten {
        try await catalogue.write { [log] writer in
            let fields = try writer.eraseTexts(of: seq, field: field)
            guard !fields.isEmpty else {
                throw ArchiveError(
                    .notFound,
                    "entry \(seq) has no text there, or no longer",
                    hint: "risalah audit log shows which texts there are"
                )
            }
            try log.append(
                to: writer,
                actor: actor,
                action: Self.textForgotten,
                details: ["entry": String(seq), "fields": fields.joined(separator: ",")],
                texts: ["reason": reason]
            )
            return Forgotten(texts: fields.count, principals: [])
        }
    }

    private func forgetNames(
        _ reason: String,
        by actor: Actor,
        _ find: @escaping @Sendable (CatalogueReader) throws -> [PrincipalRow]
    ) async throws -> Forgotten {
        try await catalogue.write { [log] writer in
            let rows = try find(writer.reader)
            if let open = rows.first(where: { $0.state != .disabled }) {
                throw ArchiveError(
                    .conflict,
                    "principal \(open.principal.id) is not closed",
                    hint: "risalahd principal disable \(open.principal.id)"
                )
            }
            let named = rows.filter { !$0.isErased }
            guard !named.isEmpty else { throw ArchiveError(.notFound, "the names are erased already") }
            var texts = 0
            for row in named {
                let id = row.principal.id
                try writer.eraseNames(of: id)
                let count = try writer.eraseTexts(about: id.description, fields: Self.namingFields)
                texts += count
                try log.append(
                    to: writer,
                    actor: actor,
                    action: Self.principalForgotten,
                    object: id.description,
                    details: ["texts": String(count)],
                    texts: ["reason": reason]
                )
            }
            return Forgotten(texts: texts, principals: named.map(\.principal.id))
        }
    }
}

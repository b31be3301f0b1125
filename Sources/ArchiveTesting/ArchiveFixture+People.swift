import AccessPolicy
public import Age
public import ArchiveCore
import AuditLog
import Catalogue
public import Foundation
import Vault

extension ArchiveFixture {
    /// Somebody enrolled, with the identities of their machine.
    public struct Member: Sendable {
        /// As requests name them.
        public let caller: Caller
        /// The key of their machine.
        public let identity: Identity
        /// The post-quantum key of their machine.
        public let hybrid: Identity
        /// Who they are.
        public var id: PrincipalID { caller.principal.id }
    }

    /// Enrols somebody.
    ///
    /// - Parameters:
    ///   - person: whose principal that is; somebody new where it is nil.
    ///   - validity: when it counts. The caller that is made stays what it was then; what the archive asks itself is by
    ///     its clock.
    public func member(
        _ role: Role,
        clearance: Label = Label(Level("biasa")),
        unit: String = "umum",
        floor: Label? = nil,
        person: Data? = nil,
        validity: Validity = Validity()
    ) async throws -> Member {
        func principal(_ id: PrincipalID, _ state: PrincipalState) -> Principal {
            Principal(
                id: id,
                role: role,
                clearance: clearance,
                unit: unit,
                state: state,
                floor: floor,
                ends: validity.ends
            )
        }
        let id = PrincipalID()
        let identity = Identity.generateX25519()
        let hybrid = try Identity.generateHybrid()
        let now = clock.now
        let credential = Credential(
            key: Data(Random.bytes(32)),
            principal: id,
            certificate: Random.bytes(32).hexadecimal,
            notBefore: now,
            notAfter: now.addingTimeInterval(365 * 86_400),
            x25519: identity.recipient.description,
            hybrid: hybrid.recipient.description
        )
        let row = PrincipalRow(
            principal: principal(id, .invited),
            validity: validity,
            addedBy: "uid:0",
            person: person ?? Data(Random.bytes(32)),
            created: now,
            sealed: try vault.seal("directory").seal(Data("{}".utf8), context: id.description)
        )
        try await catalogue.write { writer in
            try writer.insert(
                row,
                inviteDigest: Data(Random.bytes(32)),
                inviteExpires: now.addingTimeInterval(86_400)
            )
            try writer.enrol(credential, at: now)
        }
        let caller = Caller(
            principal: principal(id, validity.state(.active, at: now)),
            key: credential.key,
            certificate: credential.certificate
        )
        return Member(caller: caller, identity: identity, hybrid: hybrid)
    }
}

import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import NIOCore
import Retention
import Retrieval

extension Archive {
    /// Everything that is served over TLS.
    func router() -> Router<ArchiveContext> {
        let router = Router(context: ArchiveContext.self)
        router.add(middleware: ProblemMiddleware())
        // The one route that needs no certificate.
        router.post("/v1/enrolments") { request, context in
            let body = try await request.json(EnrolmentRequest.self)
            do {
                return try await Response.json(self.enrol(body), status: .created)
            } catch let error as ArchiveError where error.code == .badInvite {
                self.noteUnknown(context.channel, "bad-invite")
                throw error
            }
        }
        // The one route that takes a certificate whose time is over.
        router.group("/v1").add(middleware: CallerMiddleware(archive: self, isRenewal: true))
            .post("certificates") { request, context in
                let body = try await request.json(RenewalRequest.self)
                return try await Response.json(self.renew(body, by: context.authenticated()), status: .created)
            }
        // The one route that takes a certificate of another CA before it is registered.
        router.post("/v1/registrations") { request, context in
            // Who shows none, or one of no such CA, is not listened to.
            do {
                let shown = try await self.externalCertificate(of: context.channel)
                let body = try await request.json(RegistrationRequest.self)
                return try await Response.json(self.register(body, of: shown), status: .created)
            } catch let error as ArchiveError where error.code == .unauthenticated {
                self.noteUnknown(context.channel, "not-registered")
                throw error
            }
        }
        // The routes that take the two principals that an archive begins with, before they have confirmed each other.
        GrantRoutes(archive: self).add(
            to: router.group("/v1/grants").add(middleware: CallerMiddleware(archive: self, isConfirmation: true))
        )
        let known = router.group("/v1").add(middleware: CallerMiddleware(archive: self))
        known.get("whoami") { _, context in try await Response.json(self.whoAmI(context.authenticated())) }
        known.get("recipients") { _, context in
            _ = try context.authenticated()
            return try Response.json(self.recipients())
        }
        known.get("openapi.yaml") { _, context in
            _ = try context.authenticated()
            return Response(
                status: .ok,
                headers: [.contentType: "application/yaml"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml))
            )
        }
        known.get("receiving") { _, context in
            try await Response.json(self.receiving(context.authenticated()))
        }
        UploadRoutes(archive: self).add(to: known.group("uploads"))
        RecordingRoutes(archive: self).add(to: known.group("recordings"))
        DescriptionRoutes(archive: self).add(to: known.group("recordings"))
        CorrectionRoutes(archive: self).add(toRecordings: known.group("recordings"))
        CorrectionRoutes(archive: self).add(to: known)
        DecisionRoute(archive: self).add(to: known.group("recordings"))
        ProvenanceRoute(archive: self).add(to: known.group("recordings"))
        ExpectationRoutes(archive: self).add(to: known.group("expectations"))
        AccessRoutes(archive: self).add(to: known.group("accesses"))
        TranscriptRoutes(archive: self).add(toRecordings: known.group("recordings"))
        TranscriptRoutes(archive: self).add(toAccesses: known.group("accesses"))
        AttachmentRoutes(archive: self).add(toRecordings: known.group("recordings"))
        AttachmentRoutes(archive: self).add(toAccesses: known.group("accesses"))
        TranscriptionRoutes(archive: self).add(to: known.group("transcriptions"))
        OriginalsRoute(archive: self).add(to: known.group("originals"))
        SearchRoute(archive: self).add(to: known.group("searches"))
        RelabellingRoutes(archive: self).add(to: known.group("relabellings"))
        RelabellingRoutes(archive: self).add(toRecordings: known.group("recordings"))
        BackdatingRoutes(archive: self).add(to: known.group("backdatings"))
        HoldRoutes(archive: self).add(toRecordings: known.group("recordings"))
        HoldRoutes(archive: self).add(to: known.group("holds"))
        RetentionRoutes(archive: self).add(toRecordings: known.group("recordings"))
        RetentionRoutes(archive: self).add(to: known.group("retention"))
        ClockRoutes(archive: self).add(to: known.group("clock"))
        TombstoneRoutes(archive: self).add(to: known.group("tombstones"))
        ListRoutes(archive: self, family: .destructions).add(to: known.group("destructions"))
        ListRoutes(archive: self, family: .transfers).add(to: known.group("transfers"))
        DelegationRoutes(archive: self).add(to: known.group("delegations"))
        AuditRoutes(archive: self).add(to: known.group("audit"))
        CosignedRoute(archive: self).add(to: known.group("audit"))
        return router
    }

    private func whoAmI(_ caller: Caller) async throws -> WhoAmI {
        let directory = try Directory(vault: vault)
        let found = try await catalogue.read { reader -> (PrincipalRow, Credential, grants: Int)? in
            guard let row = try reader.principal(caller.principal.id, at: self.clock.now),
                let credential = try reader.credential(certificate: caller.certificate)
            else { return nil }
            return (row, credential, try self.waitingGrantCount(for: row, directory, reader))
        }
        guard let (row, credential, grants) = found else { throw ArchiveError.notFound }
        return WhoAmI(
            principal: caller.principal.id,
            name: try directory.entry(of: row).name,
            role: caller.principal.role,
            clearance: caller.principal.clearance,
            unit: caller.principal.unit,
            expires: credential.notAfter,
            solo: isSolo,
            waiting: try await retrieval.awaitingCount(caller),
            grants: grants,
            backdatings: try await desk.awaitingBackdatings(caller),
            ends: row.validity.ends,
            authorities: try authorityNotice()
        )
    }

    /// What answers on the health address: nothing that needs a secret, and nothing that is one.
    func healthRouter() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/health/live") { _, _ in try Response.json(["live": true]) }
        router.get("/health/ready") { _, _ in
            do {
                try self.catalogue.assertWritable()
                _ = try await self.catalogue.read { try $0.headCheckpoint() }
                return try Response.json(["ready": true, "solo": self.isSolo])
            } catch {
                return try Response.json(["ready": false], status: .serviceUnavailable)
            }
        }
        return router
    }

    /// What answers users of the host on the Unix socket; the kernel says who they are.
    func administrationRouter(address: @escaping @Sendable () -> String?) -> Router<ArchiveContext> {
        let router = Router(context: ArchiveContext.self)
        router.add(middleware: ProblemMiddleware())
        router.post("/v1/administration") { request, context in
            let actor = Actor.hostUser(try await PeerCredentials.user(of: context.channel))
            // Before anything is decided by a clock that was set since the last look.
            try await self.lookAtClock()
            return try await Response.json(
                self.administer(request.json(AdministrationRequest.self), by: actor, address: address())
            )
        }
        return router
    }
}

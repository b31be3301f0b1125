import ArchiveCore
import Foundation

/// Who may use a route, and what it answers all others. Every route of the service has one here; a route without one
/// fails ``RouteTests``.
struct RouteRule {
    /// Roles that get through; nil for every principal that counts.
    var roles: Set<Role>?
    /// What another role gets that may know of what is asked for.
    var seen = 403
    /// What another role gets that may not; the same where nothing is there to be known.
    var unseen = 403
    /// Whether it asks for no certificate: the enrolment alone.
    var isOpenToAll = false
    /// Whether what it names is the caller's own or of nobody: then it is 404 for all others, whatever their role.
    var isOwn = false
    /// Whether it asks for a certificate of another CA that the archive knows: then it is 401 for everybody with one of ours.
    var isForForeign = false
    /// Whether there is nothing yet: then who gets through gets 404, too.
    var isAbsent = false
    /// What a request needs so that it comes as far as the decision.
    var headers: [String: String] = [:]
    var body: String?
    var query = ""

    private static let senders: Set<Role> = [.recorder, .archivist, .recordsManager]
    private static let finders: Set<Role> = [.archivist, .recordsManager]
    private static let lease = ["Risalah-Lease": String(repeating: "a", count: 26)]
    private static let tus = ["Tus-Resumable": "1.0.0"]
    private static let metadata = uploadMetadata(["level": "biasa", "unit": "umum", "series": "rapat", "title": "t"])
    private static let announcement = """
        {"meeting":"Pleno","starts":"2026-11-21T10:00:00Z","duration":60,"unit":"umum","level":"biasa"}
        """

    private static let refusal = #"{"reason":"Bukan urusannya"}"#
    private static let holding = #"{"matter":"Audit","reason":"Diminta BPK"}"#
    private static let delegation = """
        {"delegate":"aaaaaaaaaaaaaaaaaaaaaaaaaa","starts":"2026-11-21T10:00:00Z","ends":"2027-11-20T10:00:00Z"}
        """

    /// `METHOD /path` → its rule.
    static let all: [String: RouteRule] = [
        "POST /v1/enrolments": RouteRule(isOpenToAll: true, body: "{}"),
        "POST /v1/registrations": RouteRule(isForForeign: true, body: "{}"),
        "GET /v1/grants": RouteRule(roles: [.recordsManager]),
        "POST /v1/grants/{id}/confirmation": RouteRule(isOwn: true, body: #"{"digest":"x"}"#),
        "POST /v1/certificates": RouteRule(body: "{}"),
        "GET /v1/whoami": RouteRule(),
        "GET /v1/recipients": RouteRule(),
        "GET /v1/openapi.yaml": RouteRule(),
        "GET /v1/receiving": RouteRule(roles: finders),
        "OPTIONS /v1/uploads": RouteRule(),
        "POST /v1/uploads": RouteRule(
            roles: senders,
            headers: tus.merging(["Upload-Length": "10", "Upload-Metadata": metadata]) { $1 }
        ),
        "HEAD /v1/uploads/{id}": RouteRule(isOwn: true, headers: tus),
        "PATCH /v1/uploads/{id}": RouteRule(
            isOwn: true,
            headers: tus.merging(["Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"]) { $1 },
            body: "x"
        ),
        "DELETE /v1/uploads/{id}": RouteRule(isOwn: true, headers: tus),
        "POST /v1/uploads/{id}": RouteRule(
            isOwn: true,
            headers: tus.merging(["X-HTTP-Method-Override": "HEAD"]) { $1 }
        ),
        "PUT /v1/recordings": RouteRule(
            roles: senders,
            body: "x",
            query: "?level=biasa&unit=umum&series=rapat&title=t"
        ),
        "GET /v1/recordings": RouteRule(roles: finders),
        "GET /v1/recordings/{id}": RouteRule(roles: finders, unseen: 404),
        "PATCH /v1/recordings/{id}": RouteRule(roles: [.archivist], unseen: 404, body: #"{"title":"Rapat"}"#),
        "GET /v1/recordings/{id}/revisions": RouteRule(roles: finders, unseen: 404),
        "PATCH /v1/recordings/{id}/record": RouteRule(
            roles: [.recordsManager],
            unseen: 404,
            body: #"{"series":"kerja","reason":"Salah jenis"}"#
        ),
        "POST /v1/corrections": RouteRule(
            roles: [.recordsManager],
            body: #"{"corrections":[{"recording":"x","series":"kerja","reason":"Salah jenis"}]}"#
        ),
        "GET /v1/recordings/{id}/transcripts": RouteRule(roles: finders, unseen: 404),
        "PUT /v1/recordings/{id}/transcript": RouteRule(
            roles: [.archivist],
            unseen: 404,
            body: #"{"format":"risalah-transcript 1","segments":[]}"#
        ),
        "POST /v1/recordings/{id}/attachments": RouteRule(
            roles: [.archivist],
            unseen: 404,
            body: "Setuju",
            query: "?name=obrolan.txt"
        ),
        "POST /v1/originals": RouteRule(roles: finders, body: #"{"recordings":["aaaaaaaaaaaaaaaaaaaaaaaaaa"]}"#),
        "POST /v1/searches": RouteRule(roles: finders, body: #"{"query":"anggaran"}"#),
        "POST /v1/transcriptions": RouteRule(isOwn: true, body: #"{"recordings":["aaaaaaaaaaaaaaaaaaaaaaaaaa"]}"#),
        "GET /v1/transcriptions": RouteRule(roles: finders),
        "POST /v1/transcriptions/next": RouteRule(roles: [.transcriber]),
        "GET /v1/transcriptions/{id}": RouteRule(isOwn: true),
        "DELETE /v1/transcriptions/{id}": RouteRule(isOwn: true),
        "GET /v1/transcriptions/{id}/recording.opus.age": RouteRule(isOwn: true, headers: lease),
        "POST /v1/transcriptions/{id}/heartbeat": RouteRule(isOwn: true, headers: lease, body: #"{"heard":1}"#),
        "PUT /v1/transcriptions/{id}/transcript": RouteRule(
            isOwn: true,
            headers: lease,
            body: #"{"format":"risalah-transcript 1","segments":[]}"#
        ),
        "POST /v1/transcriptions/{id}/failure": RouteRule(
            isOwn: true,
            headers: lease,
            body: #"{"problem":"x","final":true}"#
        ),
        "GET /v1/accesses/{id}/attachments/{number}": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.json": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.json.age": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.vtt": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.vtt.age": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.srt": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.srt.age": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.txt": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/transcript.txt.age": RouteRule(isOwn: true),
        "GET /v1/recordings/{id}/provenance": RouteRule(roles: finders, unseen: 404),
        "GET /v1/recordings/{id}/decision": RouteRule(roles: finders, unseen: 404),
        "POST /v1/recordings/{id}/accesses": RouteRule(roles: [.archivist], unseen: 404, body: "{}"),
        "POST /v1/expectations": RouteRule(roles: finders, body: announcement),
        "GET /v1/expectations": RouteRule(roles: finders),
        "GET /v1/accesses/{id}/recording.opus": RouteRule(isOwn: true),
        "GET /v1/accesses/{id}/recording.opus.age": RouteRule(isOwn: true),
        "DELETE /v1/accesses/{id}": RouteRule(isOwn: true),
        "GET /v1/accesses": RouteRule(),
        "GET /v1/accesses/{id}": RouteRule(isOwn: true),
        "POST /v1/accesses/{id}/approval": RouteRule(isOwn: true),
        "POST /v1/accesses/{id}/refusal": RouteRule(isOwn: true, body: refusal),
        "POST /v1/recordings/{id}/label": RouteRule(
            roles: [.recordsManager],
            unseen: 404,
            body: #"{"level":"biasa","reason":"Ditinjau"}"#
        ),
        "GET /v1/relabellings": RouteRule(),
        "POST /v1/relabellings/{id}/approval": RouteRule(isOwn: true),
        "POST /v1/relabellings/{id}/refusal": RouteRule(isOwn: true, body: refusal),
        "DELETE /v1/relabellings/{id}": RouteRule(isOwn: true),
        "POST /v1/backdatings": RouteRule(
            isOwn: true,
            body: #"{"recordings":["aaaaaaaaaaaaaaaaaaaaaaaaaa"],"reason":"Rekaman lama"}"#
        ),
        "GET /v1/backdatings": RouteRule(),
        "POST /v1/backdatings/{id}/approval": RouteRule(isOwn: true),
        "POST /v1/backdatings/{id}/refusal": RouteRule(isOwn: true, body: refusal),
        "POST /v1/recordings/{id}/holds": RouteRule(roles: [.recordsManager], unseen: 404, body: holding),
        "GET /v1/recordings/{id}/holds": RouteRule(roles: [.recordsManager], unseen: 404),
        "POST /v1/holds": RouteRule(
            roles: [.recordsManager],
            body: #"{"level":"biasa","matter":"Audit","reason":"Diminta BPK"}"#
        ),
        "GET /v1/clock": RouteRule(roles: [.recordsManager]),
        "POST /v1/clock/confirmations": RouteRule(
            roles: [.recordsManager],
            body: #"{"time":"2026-11-21T10:00:00Z"}"#
        ),
        "POST /v1/holds/{id}/release": RouteRule(isOwn: true, body: refusal),
        "POST /v1/destructions": RouteRule(
            roles: [.recordsManager],
            body: #"{"series":"rapat","reason":"Jatuh tempo"}"#
        ),
        "GET /v1/destructions": RouteRule(roles: finders),
        "GET /v1/destructions/{id}": RouteRule(isOwn: true),
        "GET /v1/destructions/{id}/items": RouteRule(isOwn: true),
        "POST /v1/destructions/{id}/statements": RouteRule(isOwn: true, body: #"{"kind":"opinion","text":"Setuju"}"#),
        "GET /v1/destructions/{id}/statements/{number}/scan": RouteRule(isOwn: true),
        "POST /v1/destructions/{id}/strikes": RouteRule(
            isOwn: true,
            body: #"{"recordings":["aaaaaaaaaaaaaaaaaaaaaaaaaa"],"reason":"x"}"#
        ),
        "POST /v1/destructions/{id}/approval": RouteRule(isOwn: true, body: #"{"digest":"x"}"#),
        "POST /v1/destructions/{id}/refusal": RouteRule(isOwn: true, body: refusal),
        "POST /v1/destructions/{id}/cancellation": RouteRule(isOwn: true, body: refusal),
        "POST /v1/transfers": RouteRule(roles: [.recordsManager], body: #"{"series":"rapat","reason":"Jatuh tempo"}"#),
        "GET /v1/transfers": RouteRule(roles: finders),
        "GET /v1/transfers/{id}": RouteRule(isOwn: true),
        "GET /v1/transfers/{id}/items": RouteRule(isOwn: true),
        "POST /v1/transfers/{id}/statements": RouteRule(isOwn: true, body: #"{"kind":"opinion","text":"Setuju"}"#),
        "GET /v1/transfers/{id}/statements/{number}/scan": RouteRule(isOwn: true),
        "POST /v1/transfers/{id}/strikes": RouteRule(
            isOwn: true,
            body: #"{"recordings":["aaaaaaaaaaaaaaaaaaaaaaaaaa"],"reason":"x"}"#
        ),
        "POST /v1/transfers/{id}/approval": RouteRule(isOwn: true, body: #"{"digest":"x"}"#),
        "POST /v1/transfers/{id}/refusal": RouteRule(isOwn: true, body: refusal),
        "POST /v1/transfers/{id}/cancellation": RouteRule(isOwn: true, body: refusal),
        "POST /v1/transfers/{id}/record": RouteRule(
            isOwn: true,
            body: #"{"archive":"ANRI","number":"1","date":"2026-11-21"}"#
        ),
        "GET /v1/destructions/{id}/certificate": RouteRule(isOwn: true),
        "GET /v1/transfers/{id}/certificate": RouteRule(isOwn: true),
        "GET /v1/tombstones": RouteRule(roles: [.recordsManager]),
        "GET /v1/tombstones/{id}": RouteRule(isOwn: true),
        "GET /v1/retention/due": RouteRule(roles: [.recordsManager]),
        "GET /v1/recordings/{id}/retention": RouteRule(roles: finders, unseen: 404),
        "POST /v1/recordings/{id}/retention": RouteRule(
            roles: [.recordsManager],
            unseen: 404,
            body: #"{"decision":"permanent","reason":"Bersejarah"}"#
        ),
        "GET /v1/delegations": RouteRule(),
        "POST /v1/delegations": RouteRule(roles: [.recordsManager], body: delegation),
        "DELETE /v1/delegations/{id}": RouteRule(isOwn: true),
        "GET /v1/audit/entries": RouteRule(roles: [.auditor]),
        "GET /v1/audit/checkpoint": RouteRule(roles: [.auditor]),
        "GET /v1/audit/tile/**": RouteRule(roles: [.auditor]),
        "GET /v1/audit/origins": RouteRule(roles: [.auditor]),
        "GET /v1/audit/proof": RouteRule(roles: [.auditor], query: "?seq=0"),
        "GET /v1/audit/consistency": RouteRule(roles: [.auditor], query: "?from=1&to=2"),
        "GET /v1/audit/cosigned": RouteRule(roles: [.auditor], isAbsent: true),
        "GET /v1/audit/verification": RouteRule(roles: [.auditor]),
        "GET /v1/audit/directory": RouteRule(roles: [.auditor]),
        "GET /v1/audit/texts": RouteRule(roles: [.auditor], query: "?seq=0"),
    ]

    /// What a principal of `role` gets who is cleared for everything and does not own what is named; nil for whatever
    /// comes of a request that is let through.
    func refusal(of role: Role) -> Int? {
        if isForForeign { return 401 }
        if isOwn { return 404 }
        guard let roles, !roles.contains(role) else { return nil }
        return Self.finders.contains(role) ? seen : unseen
    }

    /// The request to `route`, about `id`.
    func ask(_ route: String, id: String) -> Peer.Ask {
        let parts = route.split(separator: " ")
        return Peer.Ask(
            method: String(parts[0]),
            path: String(parts[1]).replacing("{id}", with: id).replacing("{number}", with: "1").replacing(
                "**",
                with: "0/000.p/1"
            ) + query,
            headers: headers,
            body: body.map { Data($0.utf8) }
        )
    }
}

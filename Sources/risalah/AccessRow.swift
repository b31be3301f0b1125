internal import ArchiveCore
internal import Auditing
internal import Foundation

/// A step of an access as `risalah audit who` and `exposure` print it.
struct AccessRow: Encodable {
    let seq: Int
    let time: Date
    let what: AccessEvent.Kind
    let action: String
    let actor: String
    let name: String?
    let role: String
    let certificate: String?
    let decidedBy: String?
    let object: String?
    let label: String?
    let access: String?
    let form: String?
    let reasons: String?
    let from: String?
    let to: String?
    let purpose: String?
    /// Whether a purpose was given that is no longer there.
    let erased: Bool

    init(_ event: AccessEvent, _ names: PrincipalNames, purposes: [Int: String]) {
        seq = event.seq
        time = event.time
        what = event.kind
        action = event.action
        actor = event.actor
        name = names.name(of: event.actor)
        role = event.role
        certificate = event.certificate
        decidedBy = event.decidedBy
        object = event.object
        label = event.label
        access = event.access
        form = event.form
        reasons = event.reasons
        from = event.from
        to = event.to
        purpose = event.purpose.flatMap { purposes[$0.seq] }
        erased = event.purpose != nil && purpose == nil
    }

    /// The columns that people read.
    static func table(_ times: LocalTimes, nothing: String) -> AnswerTable<AccessRow> {
        AnswerTable(
            nothing: nothing,
            number: \.seq,
            columns: [
                ("seq", localized("entry", id: "catatan"), { String($0.seq) }),
                ("time", localized("time", id: "waktu"), { times.text($0.time) }),
                (
                    "what", localized("what", id: "apa"),
                    { $0.form.map { form in "delivered, \(form)" } ?? $0.what.rawValue }
                ),
                ("who", localized("who", id: "siapa"), { $0.name ?? $0.actor }),
                ("role", localized("role", id: "peran"), { $0.role }),
                ("object", localized("recording", id: "rekaman"), { $0.object ?? "" }),
                ("label", localized("label", id: "klasifikasi"), { $0.label ?? "" }),
                ("part", localized("part", id: "bagian"), { row in row.from.map { "\($0)–\(row.to ?? "") s" } ?? "" }),
                ("reasons", localized("reasons", id: "alasan"), { $0.reasons ?? "" }),
                (
                    "purpose", localized("purpose", id: "tujuan"),
                    { $0.erased ? localized("(erased)", id: "(dihapus)") : $0.purpose ?? "" }
                ),
            ]
        )
    }
}

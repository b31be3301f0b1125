import ArchiveCore

/// What codes of the log are called in a report for people; the code itself stands for what has no word here.
struct ReportWords: Sendable {
    let language: Language

    func say(_ english: String, _ indonesian: String) -> String { language == .english ? english : indonesian }

    /// A role, as entries have it.
    func role(_ code: String) -> String {
        switch code {
        case "recorder": say("Recorder", "Perekam")
        case "archivist": say("Archivist", "Arsiparis")
        case "records-manager": say("Records manager", "Pengelola arsip")
        case "auditor": say("Auditor", "Auditor")
        case "transcriber": say("Transcriber", "Transkriptor")
        case "administrator": say("Administrator", "Administrator")
        case "service": say("The service itself", "Layanan itu sendiri")
        case "anonymous": say("Nobody known", "Tidak dikenal")
        default: code
        }
    }

    func state(_ state: PrincipalState) -> String {
        switch state {
        case .unconfirmed: say("Waits for a second person", "Menunggu pengesahan")
        case .invited: say("Invited", "Diundang")
        case .active: say("Active", "Aktif")
        case .disabled: say("Closed", "Ditutup")
        case .notYetValid: say("Not yet valid", "Belum berlaku")
        case .expired: say("Expired", "Habis masa")
        }
    }

    func leaver(_ leaver: PrincipalRecord.Leaver) -> String {
        switch leaver {
        case .ended: say("Its time is over, and it was not closed", "Masanya habis, belum ditutup")
        case .personDisabled:
            say("The same person was closed as another", "Orang yang sama sudah ditutup sebagai prinsipal lain")
        }
    }

    func difference(_ difference: PrincipalRecord.Difference) -> String {
        switch difference {
        case .absentFromLog: say("no entry has added it", "tidak ada catatan penambahannya")
        case .absentFromDirectory: say("absent from the directory", "tidak ada di direktori")
        case .role: say("role", "peran")
        case .clearance: say("clearance", "kewenangan")
        case .unit: say("unit", "unit")
        case .floor: say("least label", "klasifikasi terendah")
        case .validity: say("validity", "masa berlaku")
        case .state: say("state", "keadaan")
        case .grantedBy: say("granted by", "pemberi")
        case .confirmedBy: say("confirmed by", "pengesah")
        case .name: say("name", "nama")
        case .person: say("person", "orang")
        }
    }

    func anomaly(_ kind: Anomaly.Kind) -> String {
        switch kind {
        case .outsideHours: say("Outside office hours", "Di luar jam kerja")
        case .burst: say("Many openings within an hour", "Banyak pembukaan dalam satu jam")
        case .firstReader: say("First reader of a level", "Pertama kali membuka klasifikasi ini")
        case .afterRelabelling: say("Delivered after a change of label", "Diserahkan sesudah perubahan klasifikasi")
        }
    }

    /// Codes of reasons by commas, in words.
    func reasons(_ codes: String) -> String {
        guard !codes.isEmpty else { return say("no reason given", "tanpa alasan") }
        return codes.split(separator: ",").map { reason(String($0)) }.joined(separator: ", ")
    }

    private func reason(_ code: String) -> String {
        switch code {
        case "not-found": say("not there, or not to be seen", "tidak ada, atau tidak boleh terlihat")
        case "principal-inactive": say("principal does not count", "prinsipal tidak berlaku")
        case "certificate-invalid": say("certificate does not count", "sertifikat tidak berlaku")
        case "role-lacks-action": say("not for this role", "bukan untuk peran ini")
        case "object-missing": say("nothing was named", "tidak menyebut objek")
        case "level-unknown": say("unknown level", "klasifikasi tak dikenal")
        case "level-too-low": say("clearance too low", "kewenangan terlalu rendah")
        case "compartment-missing": say("compartment missing", "kompartemen tidak dimiliki")
        case "unit-foreign": say("another unit's", "milik unit lain")
        case "purpose-needed": say("no purpose given", "tujuan tidak disebut")
        case "quota-spent": say("quota spent", "kuota habis")
        case "approval-needed": say("not agreed to", "belum disetujui")
        case "same-label": say("the label it has", "klasifikasi tidak berubah")
        case "same-person": say("the same person", "orang yang sama")
        case "clearance": say("above their clearance", "di atas kewenangan")
        case "certificate-expired": say("certificate expired", "sertifikat kedaluwarsa")
        case "certificate-revoked": say("certificate revoked", "sertifikat dicabut")
        case "principal-disabled": say("principal closed", "prinsipal ditutup")
        case "principal-expired": say("principal's time is over", "masa prinsipal habis")
        case "principal-not-yet-valid": say("principal's time has not begun", "masa prinsipal belum mulai")
        case "principal-unconfirmed": say("principal not confirmed", "prinsipal belum disahkan")
        case "seen-before": say("sent before by another", "pernah dikirim pihak lain")
        default: code
        }
    }
}

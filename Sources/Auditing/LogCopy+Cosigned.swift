import ArchiveCore
public import Foundation
public import TransparencyLog

/// How far a witness has seen the log that a copy is of.
public struct WitnessedSize: Sendable, Hashable {
    /// How many entries the newest checkpoint has that it cosigned, as far as the archive shows.
    public let size: Int
    /// When it cosigned that, by its own clock.
    public let time: Date
}

extension LogCopy {
    /// Checks what the archive shows as cosigned by `witness` against this copy, which was brought up to date since.
    ///
    /// - Returns: how far the witness has seen this log; nil where the note does not bear its cosignature.
    /// - Throws: ``LogFault``, kept as evidence, where the note is not of this log's one history, or bears a cosignature of
    ///   the witness that does not verify.
    public func cosigned(_ note: Data, by witness: CosignatureVerifier) throws -> WitnessedSize? {
        let checkpoint = try compare(withNewest: note)
        do {
            let time = try witness.verify(SignedNote(parsing: note))
            return WitnessedSize(size: checkpoint.size, time: Date(timeIntervalSince1970: Double(time)))
        } catch  where error.code == .notSigned {
            return nil
        } catch {
            let fault = LogFault(.unsigned, "the archive shows a cosignature of \(witness.vkey) that is none: \(error)")
            throw try keep(fault, received: note)
        }
    }
}

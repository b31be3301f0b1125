public import Age
public import ArchiveCore
import Foundation
import OggOpus

/// Looks into a stream in this process. Memory is flat: one chunk, and what the validator keeps.
public final class Inspector: StreamInspection {
    private let order: InspectionOrder
    private var decryptor: PayloadDecryptor?
    private var sealer: Sealer?
    private let validator = StreamValidator()
    /// Set where a stream that may have no end was found to have none.
    private var hasBroken = false

    /// Carries out `order`.
    ///
    /// - Throws: `unexpected` for an order without its keys.
    public init(_ order: InspectionOrder) throws(ArchiveError) {
        self.order = order
        do {
            if order.kind != .clear { decryptor = PayloadDecryptor(fileKey: try order.fileKey()) }
            if order.kind == .reseal { sealer = Sealer(fileKey: try order.resealingKey()) }
        } catch {
            throw ArchiveError(.unexpected, "an order to look into a stream without its keys")
        }
    }

    /// See ``StreamInspection``.
    public func consume(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws {
        guard !hasBroken else { return }
        try translating {
            switch order.kind {
            case .clear: try validator.consume(bytes)
            case .sealed: try decryptor?.update(bytes) { try validator.consume($0) }
            case .chunks, .reseal:
                do {
                    try decryptor?.update(bytes) { try take($0, &output) }
                } catch is AgeError {
                    // From here on nothing vouches for what stands there.
                    hasBroken = true
                }
            }
        }
    }

    private func take(_ plaintext: UnsafeRawBufferPointer, _ output: inout [UInt8]) throws {
        if order.kind == .chunks { return }
        try validator.consume(plaintext)
        try sealer?.seal(plaintext, into: &output)
    }

    /// See ``StreamInspection``.
    public func finish(into output: inout [UInt8]) throws -> InspectionResult {
        var isWhole = order.kind == .sealed || order.kind == .clear
        switch order.kind {
        case .clear: break
        case .sealed: try translating(atEnd: true) { try decryptor?.finish { try validator.consume($0) } }
        case .chunks, .reseal:
            try translating {
                do {
                    if !hasBroken { try decryptor?.finish { try take($0, &output) } }
                    isWhole = !hasBroken
                } catch is AgeError {}
            }
        }
        let authenticated = decryptor?.plaintextLength ?? 0
        let hasNothing = order.kind == .chunks || (order.kind == .reseal && authenticated == 0)
        let validated = hasNothing ? nil : try translating { try validator.finish() }
        try sealer?.finish(into: &output)
        return InspectionResult(
            validated: validated,
            nonce: (decryptor?.nonce).map { Data($0.bytes) },
            newNonce: (sealer?.nonce).map { Data($0.bytes) },
            isWhole: isWhole,
            authenticated: authenticated
        )
    }

    /// See ``StreamInspection``.
    public func progress() -> InspectionProgress {
        InspectionProgress(
            seconds: validator.durationSoFar,
            tags: validator.tagsSoFar,
            authenticated: decryptor?.plaintextLength ?? 0
        )
    }

    private func translating<Value>(atEnd: Bool = false, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AgeError {
            // At the end a chunk that does not authenticate is one that was cut, far more often than one that was forged.
            let code: ArchiveError.Code = atEnd ? .truncated : .badEncryption
            throw ArchiveError(code, error.message, offset: error.offset.map { Int64($0 + order.headerLength) })
        } catch let error as OggOpusError {
            throw ArchiveError(.badRecording, error.message, hint: "send Ogg Opus (RFC 7845)", offset: error.offset)
        }
    }
}

/// Looks into streams in this process.
public struct InspectionHere: InspectionPlace {
    /// The place.
    public init() {}

    /// See ``InspectionPlace``.
    public func begin(_ order: InspectionOrder) throws -> any StreamInspection { try Inspector(order) }
}

/// Holds the noncopyable encryptor of a stream that is sealed here.
public final class Sealer {
    private var encryptor: PayloadEncryptor
    /// What the sealed payload begins with.
    public let nonce: PayloadNonce
    /// Whether it has been ended.
    public private(set) var isClosed = false

    /// Seals under `fileKey`, which nothing else may use.
    public init(fileKey: FileKey) {
        encryptor = PayloadEncryptor(fileKey: fileKey)
        nonce = encryptor.nonce
    }

    /// Appends to `output` what of `bytes`, and of those before, is sealed by now.
    public func seal(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws {
        try encryptor.update(bytes, into: &output)
    }

    /// Appends the rest and the end to `output`; once.
    public func finish(into output: inout [UInt8]) throws {
        isClosed = true
        try encryptor.finish(into: &output)
    }
}

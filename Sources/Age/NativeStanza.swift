/// A stanza of a native asymmetric type, with the lengths that its rules demand.
///
/// C2SP age.md: lengths are checked before anything is decrypted, which keeps partitioning oracles out.
struct NativeStanza {
    let kind: Recipient.Kind
    /// X25519: the ephemeral share, 32 bytes. Hybrid: the encapsulated key, 1120 bytes.
    let share: [UInt8]
    /// The sealed file key, 32 bytes with its tag.
    let body: [UInt8]
    /// The place in the header, counted from 1, for messages.
    let number: Int

    /// A file key of 16 bytes and a tag of 16.
    static let bodyLength = 32

    /// Nil for other types.
    ///
    /// - Throws: ``AgeError`` `malformed-stanza`.
    init?(_ stanza: Stanza, number: Int) throws(AgeError) {
        guard let kind = Recipient.Kind(stanzaType: stanza.type) else { return nil }
        guard stanza.arguments.count == 1 else {
            throw AgeError(
                code: .malformedStanza,
                message: "stanza \(number), \(stanza.type), has \(stanza.arguments.count) arguments instead of one"
            )
        }
        guard let share = Base64.decode(stanza.arguments[0]), share.count == kind.shareLength else {
            throw AgeError(
                code: .malformedStanza,
                message: "the share of stanza \(number) is not base64 of \(kind.shareLength) bytes"
            )
        }
        guard stanza.body.count == Self.bodyLength else {
            throw AgeError(
                code: .malformedStanza,
                message: "the body of stanza \(number) has \(stanza.body.count) bytes instead of \(Self.bodyLength)"
            )
        }
        self.kind = kind
        self.share = share
        self.body = stanza.body
        self.number = number
    }

    /// The error for a share of low order, which makes the shared secret known to everyone.
    var lowOrder: AgeError {
        AgeError(code: .malformedStanza, message: "the share of stanza \(number) cannot be agreed with")
    }
}

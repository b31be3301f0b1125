/// What becomes of a value that may be missing: it stays, it is taken away, or it is set. In JSON an absent field, `null`, or
/// the value, as in a JSON merge patch (RFC 7396).
public enum Change<Value: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
    /// It stays as it is.
    case keep
    /// It is taken away.
    case remove
    /// It is this from now on.
    case set(Value)

    /// What `value` becomes.
    public func applied(to value: Value?) -> Value? {
        switch self {
        case .keep: value
        case .remove: nil
        case .set(let new): new
        }
    }

    /// Reads `null` or a value; a field that is absent is read by the container below.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .remove : .set(try container.decode(Value.self))
    }

    /// Writes `null` or the value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .keep, .remove: try container.encodeNil()
        case .set(let value): try container.encode(value)
        }
    }
}

extension KeyedDecodingContainer {
    /// What synthesized decoding calls for a ``Change``: a field that is absent stays as it is.
    public func decode<Value>(_ type: Change<Value>.Type, forKey key: Key) throws -> Change<Value> {
        guard contains(key) else { return .keep }
        return try decodeNil(forKey: key) ? .remove : .set(decode(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    /// What synthesized encoding calls for a ``Change``: what stays as it is is left out.
    public mutating func encode<Value>(_ value: Change<Value>, forKey key: Key) throws {
        switch value {
        case .keep: return
        case .remove: try encodeNil(forKey: key)
        case .set(let new): try encode(new, forKey: key)
        }
    }
}

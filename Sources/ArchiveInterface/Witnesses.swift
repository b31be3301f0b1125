public import Foundation

/// How far a witness is behind the log.
public struct WitnessStanding: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// How many entries the newest checkpoint has that it cosigned; absent where there is none.
    public var size: Int?
    /// When it cosigned that.
    public var time: Date?
    /// What went wrong with it when it was asked last; absent where nothing did.
    public var trouble: String?

    /// A standing with these fields.
    public init(name: String, size: Int?, time: Date?, trouble: String?) {
        self.name = name
        self.size = size
        self.time = time
        self.trouble = trouble
    }
}

/// What happens to one connection through a ``ChaosProxy``, and after how many bytes.
public struct ChaosPlan: Sendable, Equatable {
    /// What happens.
    public enum Fate: String, Sendable, CaseIterable {
        /// Nothing.
        case pass
        /// Both sides are closed.
        case cut
        /// Both sides are reset.
        case reset
        /// What the client sends goes nowhere from then on, until the connection is cut.
        case deafServer
        /// What the server answers goes nowhere from then on, until the connection is cut.
        case deafClient
        /// A byte that the client sends is changed.
        case corruptSent
        /// A byte that the server answers is changed.
        case corruptAnswered
    }

    /// What happens.
    public let fate: Fate
    /// How many bytes pass before; both directions together, or the one that the fate is about.
    public let after: Int
    /// Every piece waits this long, in milliseconds.
    public let delay: Int64
    /// How long a connection of which one half is dead stays, in milliseconds.
    public let patience: Int64

    /// Nothing happens.
    public static let passing = ChaosPlan(fate: .pass, after: 0, delay: 0, patience: 0)

    private init(fate: Fate, after: Int, delay: Int64, patience: Int64) {
        self.fate = fate
        self.after = after
        self.delay = delay
        self.patience = patience
    }

    /// The plan that `generator` has for connection `number`, from 0.
    public init(using generator: inout some RandomNumberGenerator, number: Int) {
        // The first ones always suffer, early, for a client may need no more; half of the others live, for what never gets
        // through proves nothing.
        let isFirst = number < 2
        let fates: [Fate] = isFirst ? [.cut, .reset, .deafServer, .corruptSent] : Array(Fate.allCases.dropFirst())
        let harm = fates.randomElement(using: &generator) ?? .cut
        let isSpared = Bool.random(using: &generator)
        fate = isSpared && !isFirst ? .pass : harm
        // As often within the handshake as within a body; answers are short.
        let scales = isFirst ? [6000] : fate.isAboutAnswers ? [600, 3000, 10_000] : [600, 6000, 60_000, 300_000]
        after = Int.random(in: 0..<(scales.randomElement(using: &generator) ?? 6000), using: &generator)
        delay = Int.random(in: 0..<4, using: &generator) == 0 ? Int64.random(in: 1...5, using: &generator) : 0
        patience = Int64.random(in: 20...200, using: &generator)
    }
}

extension ChaosPlan.Fate {
    /// Whether it counts what the client sends only.
    var isAboutSent: Bool { self == .deafServer || self == .corruptSent }
    /// Whether it counts what the server answers only.
    var isAboutAnswers: Bool { self == .deafClient || self == .corruptAnswered }
    /// Whether one direction goes on.
    var halves: Bool { self == .deafServer || self == .deafClient }
}

public import ArchiveCore
public import Foundation

/// `GET /v1/clock`: the time by which things are destroyed.
public struct ClockReport: Codable, Sendable {
    /// A forward step of the clock that not enough persons have confirmed.
    public struct Doubt: Codable, Sendable {
        /// Somebody who has confirmed the time.
        public struct Confirmation: Codable, Sendable {
            /// Who.
            public var principal: PrincipalID
            /// Their name.
            public var name: String?

            /// A confirmation with these fields.
            public init(principal: PrincipalID, name: String?) {
                self.principal = principal
                self.name = name
            }
        }

        /// By that clock, when the step was noticed.
        public var noticed: Date
        /// How far it went.
        public var seconds: Int
        /// How many persons have to confirm the time.
        public var needed: Int
        /// Those who have.
        public var confirmedBy: [Confirmation]

        /// A doubt with these fields.
        public init(noticed: Date, seconds: Int, needed: Int, confirmedBy: [Confirmation]) {
            self.noticed = noticed
            self.seconds = seconds
            self.needed = needed
            self.confirmedBy = confirmedBy
        }
    }

    /// The archive's time.
    public var now: Date
    /// What is in doubt; absent where the clock is trusted. Nothing is destroyed while it is.
    public var doubt: Doubt?

    /// A report with these fields.
    public init(now: Date, doubt: Doubt?) {
        self.now = now
        self.doubt = doubt
    }
}

/// `POST /v1/clock/confirmations`: what time it is, by another clock than the archive's.
public struct ClockBody: Codable, Sendable {
    /// That time.
    public var time: Date

    /// A body with this time.
    public init(time: Date) { self.time = time }
}

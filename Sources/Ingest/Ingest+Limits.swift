public import Foundation

extension Ingest {
    /// What bounds an upload.
    public struct Limits: Sendable {
        /// Bytes of the longest upload.
        public var maximumLength: Int
        /// How long a payload that could not become a recording is kept.
        public var quarantine: TimeInterval
        /// How long the sender of an unfinished upload may be silent before it is closed as far as it came.
        public var silence: TimeInterval
        /// Unfinished uploads of everybody together.
        public var uploads: Int
        /// Bytes of the disk that ingest leaves free.
        public var reserve: Reserve
        /// Uploads between two requests that are kept in memory: about 0.1 MB each.
        public var restingUploads: Int
        /// How long those beyond a few are kept there when nobody comes.
        public var restingTime: Duration

        /// These limits.
        public init(
            maximumLength: Int,
            quarantine: TimeInterval,
            silence: TimeInterval,
            uploads: Int,
            reserve: Reserve,
            restingUploads: Int = 2500,
            restingTime: Duration = .seconds(60)
        ) {
            self.maximumLength = maximumLength
            self.quarantine = quarantine
            self.silence = silence
            self.uploads = uploads
            self.reserve = reserve
            self.restingUploads = restingUploads
            self.restingTime = restingTime
        }
    }

    /// Bytes of the disk that are left free, so that a meeting that is being recorded outlasts what could be sent later.
    public struct Reserve: Sendable {
        /// Below this nothing begins whose length is known or that comes in one shot.
        public var bulk: Int
        /// Below this no bytes are taken at all.
        public var live: Int

        /// These reserves.
        public init(bulk: Int, live: Int) {
            self.bulk = bulk
            self.live = live
        }
    }
}

/// Something odd in a stream that is kept nevertheless: damage, a broken rule, a thing that a person should know.
public struct Finding: Sendable, Equatable, Codable {
    /// What is odd; stable, for programs.
    public enum Code: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        /// A page whose checksum does not match; its audio is lost (RFC 3533 section 6).
        case crcFailure = "crc-failure"
        /// The stream ends inside a page.
        case truncatedPage = "truncated-page"
        /// Bytes between pages that belong to none.
        case junkBytes = "junk-bytes"
        /// Bytes after the last page that belong to none.
        case trailingBytes = "trailing-bytes"
        /// A page of a version other than 0; it was passed over.
        case pageVersion = "page-version"
        /// Page sequence numbers are missing.
        case pageHole = "page-hole"
        /// The same page twice; the second was passed over.
        case pageDuplicate = "page-duplicate"
        /// A page that comes after a later one; it was passed over.
        case pageOutOfOrder = "page-out-of-order"
        /// A page without any segment in the middle of a stream.
        case nilPage = "nil-page"
        /// A link that ends without an end-of-stream page.
        case missingEOS = "missing-eos"
        /// Pages of a link after its end-of-stream page; they were taken as its continuation.
        case dataAfterEOS = "data-after-eos"
        /// Pages of a logical stream that is not the recording; they were passed over.
        case foreignStream = "foreign-stream"
        /// A chained link with the serial number of an earlier one (RFC 3533 section 4 wants them distinct).
        case serialReused = "serial-reused"
        /// A chained link with another number of channels than the first.
        case channelChange = "channel-change"
        /// A chained link without audio.
        case emptyLink = "empty-link"
        /// A header that can be read but breaks RFC 7845 section 3 or 5.1.
        case headerOddity = "header-oddity"
        /// Audio that should be there and is not, with its place in time.
        case gap
        /// The granule position is further on than the packets account for, and no missing page explains it.
        case granuleJump = "granule-jump"
        /// The granule position is before that of the page before.
        case granuleBackwards = "granule-backwards"
        /// The granule position advances by less than the packets on the page, which only the last page may.
        case granuleShort = "granule-short"
        /// A page completes packets without a granule position, or has one without completing any.
        case granuleMissing = "granule-missing"
        /// The first audio page's granule position is less than its samples, and it is not the last page
        /// (RFC 7845 section 4.5).
        case firstGranule = "first-granule"
        /// The stream begins at a position other than 0, as a joined live stream does (RFC 7845 section 4.5).
        case liveOffset = "live-offset"
        /// The pre-skip is longer than the link.
        case preSkipBeyondEnd = "pre-skip-beyond-end"
        /// Packets that break RFC 6716 section 3.4, or RFC 7845 section 5.1.1 for several streams.
        case invalidPacket = "invalid-packet"
        /// Packets larger than RFC 7845 section 6 recommends to accept; they were not looked into.
        case packetTooLarge = "packet-too-large"
        /// A page does or does not continue a packet where the page before says otherwise.
        case brokenContinuation = "broken-continuation"
    }

    /// What is odd.
    public let code: Code
    /// The byte in the stream at which it was seen.
    public let offset: Int64
    /// How many there were at this place.
    public let count: Int
    /// What and where, in English.
    public let message: String
}

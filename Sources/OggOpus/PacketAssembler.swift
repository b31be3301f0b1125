/// Takes the packets of a logical stream from its pages, without copying those that lie on one page.
final class PacketAssembler {
    struct Packet {
        /// Empty where the packet is larger than the limit.
        let bytes: UnsafeRawBufferPointer
        /// Its length, larger than the limit or not.
        let length: Int
        var isTooLarge: Bool { length > bytes.count }
    }

    /// The packets that the last page completed; their bytes are good until the next page is taken.
    private(set) var packets: [Packet] = []
    /// Whether a packet has begun that has not ended.
    private(set) var isWaiting = false
    /// The length so far of the packet that has not ended.
    private(set) var waitingLength = 0

    private var buffer: UnsafeMutableRawBufferPointer
    private var filled = 0

    init() {
        buffer = .allocate(byteCount: 4096, alignment: 1)
        packets.reserveCapacity(255)
    }

    deinit {
        buffer.deallocate()
    }

    /// Forgets the packet that has not ended.
    func reset() {
        isWaiting = false
        waitingLength = 0
        filled = 0
    }

    /// Takes the packets of `page` into ``packets``; of a packet of more than `limit` bytes only the length is kept.
    ///
    /// - Returns: false where page and stream disagree on whether a packet is continued; its parts are dropped.
    func take(_ page: Page, limit: Int) -> Bool {
        packets.removeAll(keepingCapacity: true)
        guard !page.lacing.isEmpty else { return true }
        var agrees = true
        var isDropping = false
        if page.isContinued != isWaiting {
            agrees = false
            isDropping = page.isContinued
            reset()
        }
        var start = 0
        var end = 0
        for segment in page.lacing {
            end += Int(segment)
            guard segment < 255 else { continue }
            let part = UnsafeRawBufferPointer(rebasing: page.body[start..<end])
            start = end
            if isDropping {
                isDropping = false
            } else if isWaiting {
                packets.append(complete(with: part, limit: limit))
            } else {
                let isWhole = part.count <= limit
                packets.append(Packet(bytes: isWhole ? part : .init(start: nil, count: 0), length: part.count))
            }
        }
        if end > start, !isDropping {
            wait(for: UnsafeRawBufferPointer(rebasing: page.body[start..<end]), limit: limit)
        }
        return agrees
    }

    private func wait(for part: UnsafeRawBufferPointer, limit: Int) {
        if !isWaiting {
            waitingLength = 0
            filled = 0
        }
        isWaiting = true
        waitingLength += part.count
        guard waitingLength <= limit else { return }
        if filled + part.count > buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(filled + part.count, 2 * buffer.count),
                alignment: 1
            )
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            buffer.deallocate()
            buffer = larger
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: part)
        filled += part.count
    }

    private func complete(with part: UnsafeRawBufferPointer, limit: Int) -> Packet {
        wait(for: part, limit: limit)
        isWaiting = false
        let isWhole = waitingLength <= limit
        return Packet(
            bytes: isWhole ? UnsafeRawBufferPointer(rebasing: buffer[..<filled]) : .init(start: nil, count: 0),
            length: waitingLength
        )
    }
}

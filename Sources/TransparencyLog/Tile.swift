/// Where a tile of a log, or the bundle of entries under it, stands (C2SP tlog-tiles).
///
/// A full tile is 256 hashes wide. Those of level 0 are of leaves; each of a higher level is the root of a full tile of the
/// level below. A bundle has the coordinates of the tile of level 0 with its leaves.
public struct Tile: Sendable, Hashable {
    /// Hashes in a full tile.
    public static let fullWidth = 256
    /// The highest level that a log can have: a tree of 2^62 leaves has none above.
    public static let maximumLevel = 7

    /// 0 over leaves, 1 over full tiles of level 0, and so on.
    public let level: Int
    /// Place within the level, from 0.
    public let number: Int
    /// Hashes in it: 256, or fewer at the right edge of the tree.
    public let width: Int

    /// The tile at these coordinates.
    ///
    /// - Throws: ``LogError/Code/tile`` where no log has it.
    public init(level: Int, number: Int, width: Int = Self.fullWidth) throws(LogError) {
        guard (0...Self.maximumLevel).contains(level), (1...Self.fullWidth).contains(width),
            number >= 0, number <= TreeFrontier.maximumSize / Self.fullWidth,
            number * Self.fullWidth + width <= TreeFrontier.maximumSize >> (8 * level)
        else {
            throw LogError(.tile, "there is no tile \(number) of level \(level) and width \(width)")
        }
        self.init(checked: level, number, width)
    }

    private init(checked level: Int, _ number: Int, _ width: Int) {
        self.level = level
        self.number = number
        self.width = width
    }

    /// Whether nothing can be added to it.
    public var isFull: Bool { width == Self.fullWidth }

    /// Which nodes of its level it has: leaves for level 0.
    public var nodes: Range<Int> { number * Self.fullWidth..<number * Self.fullWidth + width }

    /// The tiles of a level of a tree of `size` leaves, from the left; the last may be partial.
    public static func all(level: Int, treeSize size: Int) -> some Sequence<Tile> {
        let nodes = size >> (8 * level)
        return (0..<(nodes + fullWidth - 1) / fullWidth).lazy.map { number in
            Tile(checked: level, number, min(fullWidth, nodes - number * fullWidth))
        }
    }

    /// The levels of a tree of `size` leaves.
    public static func levels(treeSize size: Int) -> Range<Int> {
        var level = 0
        while level <= maximumLevel, size >> (8 * level) > 0 { level += 1 }
        return 0..<level
    }
}

// MARK: Paths

extension Tile {
    /// Below the prefix of a log: `tile/0/x001/234/067.p/5`.
    public var path: String { "tile/\(level)/\(coordinates)" }

    /// Below the prefix of a log, for a tile of level 0: `tile/entries/x001/234/067.p/5`.
    public var bundlePath: String { "tile/entries/\(coordinates)" }

    /// Reads ``path``.
    ///
    /// - Throws: ``LogError/Code/tile`` where it is not the one spelling of a tile.
    public init(path: String) throws(LogError) {
        let level = path.dropFirst("tile/".count).prefix { $0 != "/" }
        try self.init(path: path, level: Int(level) ?? -1)
        guard path.utf8.elementsEqual(self.path.utf8) else { throw Self.malformed(path) }
    }

    /// Reads ``bundlePath``.
    ///
    /// - Throws: ``LogError/Code/tile`` where it is not the one spelling of a bundle.
    public init(bundlePath path: String) throws(LogError) {
        try self.init(path: path, level: 0)
        guard path.utf8.elementsEqual(bundlePath.utf8) else { throw Self.malformed(path) }
    }

    /// Reads what follows the level loosely: whoever calls compares with how it is spelled.
    private init(path: String, level: Int) throws(LogError) {
        var elements = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
        var width = Self.fullWidth
        if let index = elements.indices.dropLast().last, elements[index].hasSuffix(".p"), let last = elements.popLast()
        {
            guard let partial = Int(last), partial < Self.fullWidth else { throw Self.malformed(path) }
            width = partial
            elements[index].removeLast(2)
        }
        // C2SP tlog-tiles, Merkle Tree: three digits an element. Seven of them are more than any log has.
        guard !elements.isEmpty, elements.count <= 7 else { throw Self.malformed(path) }
        var number = 0
        for element in elements {
            guard let digits = Int(element.drop { $0 == "x" }), (0...999).contains(digits) else {
                throw Self.malformed(path)
            }
            number = number * 1000 + digits
        }
        guard let tile = try? Tile(level: level, number: number, width: width) else { throw Self.malformed(path) }
        self = tile
    }

    private static func malformed(_ path: String) -> LogError {
        LogError(.tile, "\(path.prefix(80).debugDescription) is not the path of a tile")
    }

    /// C2SP tlog-tiles, Merkle Tree: three digits a path element, all but the last after an `x`.
    private var coordinates: String {
        var elements: [String] = []
        var rest = number
        repeat {
            let digits = String(rest % 1000)
            let padded = String(repeating: "0", count: 3 - digits.count) + digits
            elements.append(elements.isEmpty ? padded : "x\(padded)")
            rest /= 1000
        } while rest > 0
        return elements.reversed().joined(separator: "/") + (isFull ? "" : ".p/\(width)")
    }
}

/// The head of a log at a certain size (C2SP tlog-checkpoint): what a log signs.
public struct Checkpoint: Sendable {
    /// Which log it is: a unique name in the form of a URL without schema.
    public let origin: String
    /// The number of leaves.
    public let size: Int
    /// The root of the tree with these leaves.
    public let root: TreeHash
    /// Further lines, opaque; the specification advises against them.
    public let extensions: [String]

    /// A checkpoint of a log.
    ///
    /// - Throws: ``LogError/Code/malformedCheckpoint`` where a part cannot be one line of a note;
    ///   ``LogError/Code/treeSize`` where `size` is negative.
    public init(origin: String, size: Int, root: TreeHash, extensions: [String] = []) throws(LogError) {
        guard size >= 0 else { throw LogError(.treeSize, "a tree cannot have \(size) leaves") }
        try Self.check(line: origin, "origin")
        for line in extensions {
            try Self.check(line: line, "extension line")
        }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note.
    ///
    /// - Throws: ``LogError/Code/malformedCheckpoint``.
    public init(parsing body: String) throws(LogError) {
        // C2SP tlog-checkpoint, Note text: at least three lines, none empty, each with its newline.
        var lines = body.utf8.split(separator: NoteSyntax.newline, omittingEmptySubsequences: false)
        guard let rest = lines.popLast(), rest.isEmpty, lines.count >= 3 else {
            throw LogError(.malformedCheckpoint, "a checkpoint has at least three lines, each with its newline")
        }
        guard let size = DecimalSize.read(lines[1]) else {
            throw LogError(
                .malformedCheckpoint,
                "line 2 is not a tree size in decimal without leading zeroes",
                offset: lines[0].count + 1
            )
        }
        guard let bytes = Base64.decode(lines[2]), let root = try? TreeHash(bytes: bytes) else {
            throw LogError(
                .malformedCheckpoint,
                "line 3 is not a root hash of 32 bytes in base64",
                offset: lines[0].count + lines[1].count + 2
            )
        }
        let text = lines.map { String(decoding: $0, as: UTF8.self) }
        try self.init(origin: text[0], size: size, root: root, extensions: Array(text[3...]))
    }

    /// The checkpoint as the text of a note.
    public var body: String {
        ([origin, String(size), root.description] + extensions).map { $0 + "\n" }.joined()
    }

    private static func check(line: String, _ what: String) throws(LogError) {
        guard !line.isEmpty else { throw LogError(.malformedCheckpoint, "the \(what) is empty") }
        guard line.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw LogError(.malformedCheckpoint, "the \(what) contains a control character")
        }
    }
}

extension Checkpoint: Equatable {
    /// Whether both have the same text, byte for byte: strings compare by canonical equivalence, origins must not.
    public static func == (one: Checkpoint, other: Checkpoint) -> Bool {
        one.body.utf8.elementsEqual(other.body.utf8)
    }
}

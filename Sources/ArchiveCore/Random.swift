/// Bytes from the system's secure generator.
public enum Random {
    /// `count` fresh bytes, fit for keys: `SystemRandomNumberGenerator` is getrandom(2) on Linux.
    public static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        // Eight at a time: each number is a call of the kernel.
        while bytes.count < count {
            let number: UInt64 = generator.next()
            withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

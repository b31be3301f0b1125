/// Who wants to know how far a transfer is: called with the bytes so far and, where it is known, of how many.
public struct TransferProgress: Sendable {
    let report: @Sendable (Int64, Int64?) -> Void

    /// Progress told to `report`, from any thread, possibly often.
    public init(_ report: @escaping @Sendable (Int64, Int64?) -> Void) { self.report = report }
}

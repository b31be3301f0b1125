import Dispatch

/// Runs two pieces of work on two threads and returns when both have ended; the error of the first comes before that of
/// the second. They must not share what either changes.
func twoAtOnce(_ first: () throws -> Void, _ second: () throws -> Void) throws {
    try withoutActuallyEscaping(first) { first in
        try withoutActuallyEscaping(second) { second in
            // Unsafe only in name: concurrentPerform returns when both have ended, so neither closure outlives its
            // captures, and each thread writes its own result only.
            nonisolated(unsafe) let (first, second) = (first, second)
            nonisolated(unsafe) var firstResult = Result<Void, any Error>.success(())
            nonisolated(unsafe) var secondResult = Result<Void, any Error>.success(())
            DispatchQueue.concurrentPerform(iterations: 2) { part in
                if part == 0 {
                    firstResult = Result { try first() }
                } else {
                    secondResult = Result { try second() }
                }
            }
            try firstResult.get()
            try secondResult.get()
        }
    }
}

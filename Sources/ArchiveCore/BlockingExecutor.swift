import Dispatch

/// Runs tasks that wait for the disk, or reckon long, on threads of their own, so that those that answer others are never all busy.
public final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// An executor whose threads are called `label`.
    public init(label: String) { queue = DispatchQueue(label: label, attributes: .concurrent) }

    /// See `TaskExecutor`.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

internal import Dispatch

/// Runs tasks that read files and encode on threads of their own, so that those that answer the network are never all busy.
final class BlockingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "risalah.import", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

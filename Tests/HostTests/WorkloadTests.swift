import Testing

@testable import Host

/// How work shares the machine's thread with the guest. Time is the test's.
struct WorkloadTests {
  private final class Clock {
    var now: Int64 = 0
  }

  private final class Job: Worker {
    var isScheduled = false
    var steps = 0
    private let clock: Clock
    private let cost: Int64

    init(_ clock: Clock, cost: Int64) {
      self.clock = clock
      self.cost = cost
    }

    func step() -> Bool {
      clock.now += cost
      steps += 1
      return true
    }
  }

  /// The part of the time that work took while a guest ran slices of a millisecond.
  private func share(_ jobs: Int, cost: Int64, milliseconds: Int) -> (share: Double, steps: [Int]) {
    let clock = Clock()
    let poller = Poller(clock: { clock.now })
    let workers = (0..<jobs).map { _ in Job(clock, cost: cost) }
    for worker in workers { poller.schedule(worker) }
    var guest: Int64 = 0
    for _ in 0..<milliseconds {
      clock.now += 1_000_000
      guest += 1_000_000
      poller.poll(timeout: 0)
    }
    return (1 - Double(guest) / Double(clock.now), workers.map(\.steps))
  }

  @Test(arguments: [(1, 10_000), (50, 3_000), (50, 49_000), (3, 2_000_000)] as [(Int, Int64)])
  func `a flood of work leaves a busy guest nine tenths of its time`(_ jobs: Int, _ cost: Int64) {
    let (share, steps) = share(jobs, cost: cost, milliseconds: 2000)
    #expect(share < 0.06)
    #expect(share > 0.03)
    let most = steps.max() ?? 0
    let least = steps.min() ?? 0
    #expect(most - least <= 1)
  }

  @Test func `work goes on without limit while the guest has nothing to do`() {
    let clock = Clock()
    let poller = Poller(clock: { clock.now })
    let job = Job(clock, cost: 10_000)
    poller.schedule(job)
    poller.poll(timeout: nil)
    #expect(job.steps == 100)
    poller.poll(timeout: 300_000)
    #expect(job.steps == 130)
  }
}

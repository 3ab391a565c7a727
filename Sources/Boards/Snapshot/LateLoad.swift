import Foundation
public import GuestMemory
import Synchronization

/// Memory on its way into a machine that runs already, brought in by a thread of its own.
public final class LateLoad: Sendable {
  private let coming: [AbsentPages]
  private let loss = Mutex<MemoryLoss?>(nil)

  init(_ coming: [AbsentPages]) {
    self.coming = coming
    Thread.detachNewThread { [self] in
      for pages in coming {
        var goesOn = true
        while goesOn {
          do throws(MemoryLoss) {
            goesOn = try pages.fillNext()
          } catch {
            loss.withLock { $0 = $0 ?? error }
          }
        }
      }
    }
  }

  /// Chunks that are not there yet.
  public var missingCount: Int { coming.reduce(0) { $0 + $1.missingCount } }
  /// What was found to be lost first. The machine runs on until it needs that.
  public var firstLoss: MemoryLoss? { loss.withLock { $0 } }
}

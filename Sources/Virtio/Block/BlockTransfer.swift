import DeviceModel

/// A request that a disk's own thread deals with. Guest memory is read before, and written when it is over, by the machine's.
final class BlockTransfer {
  let chain: VirtqueueChain
  let request: BlockRequest
  let buffer: BlockBuffer
  private let job: DiskQueue.Request?
  private let known: BlockResult?

  /// Begins it; `bell` is rung when it is over. Without a queue it is over now.
  init(
    _ chain: VirtqueueChain, _ request: BlockRequest, _ buffer: BlockBuffer, _ disk: any BlockBackend, bell: Doorbell
  ) {
    self.chain = chain
    self.request = request
    self.buffer = buffer
    let room = buffer.bytes(request.transferred)
    guard let queue = disk.queue else {
      job = nil
      known = request.carryOut(disk, room)
      return
    }
    known = nil
    // The buffer outlives the transfer, which may be given up before the disk has seen it.
    let body = { withExtendedLifetime(buffer) { request.carryOut(disk, room) } }
    job = queue.add(ended: { bell.ring() }, body)
  }

  /// How it ended; nil while it is under way.
  var result: BlockResult? { known ?? job?.result }
}

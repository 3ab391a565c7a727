import DeviceModel

/// What devices do with their queues.
extension VirtioDevice {
  /// Whether the driver has taken `feature`.
  func has(_ feature: UInt64) -> Bool { state.transport.has(feature) }

  /// Whether the driver has queue number `queue` running.
  func isUsable(_ queue: Int) -> Bool { state.transport.isLive && state[queue: queue].isReady }

  /// Takes chain after chain and gives each back when `body` has dealt with it: `body` says how many bytes it has
  /// written into it, or nil to leave it, and all behind it, where it is. At most `limit` are taken.
  func drain(_ queue: Int, limit: Int = .max, _ body: (VirtqueueChain) throws(VirtioFault) -> Int?) {
    var given: UInt16 = 0
    var left = limit
    do throws(VirtioFault) {
      while left > 0, isUsable(queue), let chain = try peek(queue), let written = try body(chain) {
        // The body may have found the driver out.
        guard isUsable(queue) else { break }
        take(chain, from: queue)
        left -= 1
        given &+= state[queue: queue].push(chain, written: written, port.memory, state.transport.driverFeatures)
      }
      tell(queue, given)
    } catch {
      tell(queue, given)
      handle(error, queue)
    }
  }

  /// The chain that is next in a queue, nil when there is none; it stays there.
  func peek(_ queue: Int) throws(VirtioFault) -> VirtqueueChain? {
    try state[queue: queue].peek(port.memory, state.transport.driverFeatures)
  }

  /// Takes the chain that `peek` gave.
  func take(_ chain: VirtqueueChain, from queue: Int) {
    state[queue: queue].take(chain, state.transport.driverFeatures)
  }

  /// Gives a chain back that was taken before, and tells the driver if it wants that.
  ///
  /// - Throws: `VirtioFault`; nothing has happened then.
  func give(_ chain: VirtqueueChain, to queue: Int, written: Int) throws(VirtioFault) {
    let features = state.transport.driverFeatures
    try state[queue: queue].prepareToPush(port.memory, features)
    tell(queue, state[queue: queue].push(chain, written: written, port.memory, features))
  }

  /// The driver has got back what `push` said.
  func tell(_ queue: Int, _ given: UInt16) {
    guard given > 0, state.transport.isLive else { return }
    if state[queue: queue].wantsInterrupt(given, port.memory, state.transport.driverFeatures) { interrupt(1) }
  }

  /// Deals with what went wrong with a queue.
  func handle(_ fault: VirtioFault, _ queue: Int) {
    switch fault {
    case .broken(let reason): fail("queue \(queue): \(reason)")
    case .awaited:
      // Where a guest's access brought us here it is made again; where the host did, the timer does it.
      postpone(queue)
    }
  }

  /// Looks at a queue again as soon as the guest has had its turn: there was too much in it for one.
  func postpone(_ queue: Int) {
    state.transport.waiting |= 1 << UInt64(queue)
    port.retrySoon()
  }

  /// Looks at a queue if there may be something in it.
  func look(at queue: Int) {
    guard isUsable(queue) else { return }
    state.transport.waiting &= ~(1 << UInt64(queue))
    service(queue)
  }

  /// Memory may have come.
  func serviceWaiting() {
    let waiting = state.transport.waiting
    state.transport.waiting = 0
    for queue in 0..<queueCount where waiting & 1 << UInt64(queue) != 0 { look(at: queue) }
  }
}

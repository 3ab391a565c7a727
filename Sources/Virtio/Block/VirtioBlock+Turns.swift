import DeviceModel

/// When requests are done.
///
/// A request stays in its queue until it is over. Where the machine's clock does not depend on the host it is done at a time
/// that depends on the request alone, and that of the first of each queue is saved. Else what the host has in memory is read at
/// once, which costs less than to wake another thread; the disk's thread has everything else that there is, each is over when it
/// says so, and what is saved is that the queue has to be looked at again.
extension VirtioBlock {
  private var clock: VirtualClock { port.site.clock }

  public func service(_ queue: Int) {
    if clock.waitsForHost { begin(queue) } else { hand(queue) }
  }

  public func stop() { giveUp() }

  /// What the disk has been told it does, before anything else; nobody hears of it. So nothing of a driver's, however often
  /// that resets the device, is under way behind its back.
  private func giveUp() {
    if work.transfers.contains(where: { !$0.isEmpty }) { disk?.queue?.drain() }
    work.drop()
  }

  public func attach() {
    giveUp()
    work.timer.onFire = { [unowned self] in becameDue() }
    arm()
  }

  /// The timer fires when the first request is due that nothing else will bring on.
  private func arm() {
    var next: Int64?
    for queue in 0..<queueCount where state.due[queue] >= 0 && work.transfers[queue].isEmpty {
      next = min(next ?? .max, state.due[queue])
    }
    work.timer.set(next)
  }

  private func becameDue() {
    for queue in 0..<queueCount {
      while (0...max(0, clock.now)).contains(state.due[queue]), work.transfers[queue].isEmpty {
        guard isUsable(queue) else {
          state.due[queue] = -1
          break
        }
        guard clock.waitsForHost else {
          // It was under way when the machine was saved.
          state.due[queue] = -1
          hand(queue)
          break
        }
        finishFirst(of: queue)
      }
    }
    arm()
  }

  // MARK: By the clock

  /// The first request of a queue is due some time after now, unless one is already.
  private func begin(_ queue: Int) {
    guard state.due[queue] < 0 else { return }
    plan(queue, from: max(0, clock.now))
    arm()
  }

  /// Finds out when the first request of a queue is due that nothing of has been done at `start`.
  private func plan(_ queue: Int, from start: Int64) {
    do throws(VirtioFault) {
      guard let chain = try peek(queue) else { return }
      state.due[queue] = start &+ (try request(chain).duration)
    } catch {
      handle(error, queue)
    }
  }

  private func finishFirst(of queue: Int) {
    let due = state.due[queue]
    do throws(VirtioFault) {
      guard let chain = try peek(queue) else {
        state.due[queue] = -1
        return
      }
      let request = try request(chain)
      let written = carryOut(chain, request)
      take(chain, from: queue)
      let given = state[queue: queue].push(chain, written: written, port.memory, state.transport.driverFeatures)
      state.due[queue] = -1
      plan(queue, from: due)
      tell(queue, given)
    } catch {
      state.due[queue] = -1
      handle(error, queue)
    }
  }

  // MARK: By the disk's thread

  /// Gives the thread all requests of a queue that it has not seen, as far as there is room for them, and gives back what
  /// is over.
  private func hand(_ queue: Int) {
    while isUsable(queue), handSome(queue) {
      giveBack(queue)
      // Those that are under way still ring the bell when they are over: the rest has its turn then.
      guard work.transfers[queue].isEmpty else { return }
    }
    giveBack(queue)
  }

  /// The same without giving back; whether there may be more, which waits for what is under way.
  private func handSome(_ queue: Int) -> Bool {
    let features = state.transport.driverFeatures
    var ahead = work.transfers[queue].isEmpty ? state[queue: queue] : work.ahead[queue]
    var room = BlockWork.atOnce
    defer {
      work.ahead[queue] = ahead
      noteWork(queue)
    }
    do throws(VirtioFault) {
      while true {
        // No more than a driver that keeps to the rules can have under way.
        guard work.hasRoom(queue, size: Int(state[queue: queue].size)) else { return true }
        guard let chain = try ahead.peek(port.memory, features) else { return false }
        let request = try request(chain)
        guard let disk, request.transferred <= BlockWork.largest else {
          // Too long for a buffer, it is done here when all before it are.
          guard work.transfers[queue].isEmpty else { return true }
          disk?.queue?.drain()
          let written = carryOut(chain, request)
          take(chain, from: queue)
          tell(queue, state[queue: queue].push(chain, written: written, port.memory, features))
          ahead = state[queue: queue]
          continue
        }
        let buffer = work.take(request.transferred)
        if case .read = request.kind, work.transfers[queue].isEmpty, room >= request.count,
          disk.readAtOnce(at: request.offset, into: buffer.bytes(request.count))
        {
          try state[queue: queue].prepareToPush(port.memory, features)
          let written = finish(chain, request, .done, buffer.bytes(request.count))
          take(chain, from: queue)
          tell(queue, state[queue: queue].push(chain, written: written, port.memory, features))
          ahead = state[queue: queue]
          room -= request.count
          work.give(buffer)
          continue
        }
        collect(request, chain, buffer.bytes(request.transferred))
        work.add(BlockTransfer(chain, request, buffer, disk, bell: clock.bell), to: queue)
        ahead.take(chain, features)
      }
    } catch {
      // What comes before it is done first; it is found again then.
      guard work.transfers[queue].isEmpty else { return true }
      handle(error, queue)
      return false
    }
  }

  /// A machine that is saved now has to look at a queue again whose requests are under way.
  private func noteWork(_ queue: Int) {
    guard !work.transfers[queue].isEmpty else { return }
    state.transport.waiting |= 1 << UInt64(queue)
  }

  /// The thread has done something: gives back what is over, in the order of each queue, and hands over what had no room.
  func hear() {
    guard !clock.waitsForHost else { return }
    for queue in 0..<queueCount where isUsable(queue) { hand(queue) }
  }

  private func giveBack(_ queue: Int) {
    guard !work.transfers[queue].isEmpty else { return }
    let features = state.transport.driverFeatures
    var given: UInt16 = 0
    while isUsable(queue), let transfer = work.transfers[queue].first, let result = transfer.result {
      do throws(VirtioFault) {
        try state[queue: queue].prepareToPush(port.memory, features)
      } catch {
        tell(queue, given)
        return handle(error, queue)
      }
      let bytes = transfer.buffer.bytes(transfer.request.transferred)
      let written = finish(transfer.chain, transfer.request, result, bytes)
      take(transfer.chain, from: queue)
      given &+= state[queue: queue].push(transfer.chain, written: written, port.memory, features)
      work.removeFirst(of: queue)
    }
    if work.transfers[queue].isEmpty { state.transport.waiting &= ~(1 << UInt64(queue)) }
    tell(queue, given)
  }
}

import DeviceModel

/// When requests are done.
///
/// A request stays in its queue until it is over: all that is saved of those under way is when the first of a queue is
/// due. Where the machine's clock does not depend on the host it is done at that time, which depends on the request alone.
/// Else the disk's thread has all that there are at once, and each is over when the thread says so.
extension VirtioBlock {
  private var clock: VirtualClock { port.site.clock }

  public func service(_ queue: Int) {
    if clock.waitsForHost { begin(queue) } else { hand(queue) }
  }

  public func stop() { work.drop() }

  public func attach() {
    work.drop()
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

  /// Gives the thread all requests of a queue that it has not seen, as far as there is room for them.
  private func hand(_ queue: Int) {
    guard isUsable(queue) else { return }
    let features = state.transport.driverFeatures
    var ahead = work.transfers[queue].isEmpty ? state[queue: queue] : work.ahead[queue]
    do throws(VirtioFault) {
      while work.bytes < BlockWork.window, let chain = try ahead.peek(port.memory, features) {
        let request = try request(chain)
        guard let disk, request.transferred <= BlockWork.largest else {
          // Too long for a buffer, it is done here when all before it are.
          guard work.transfers[queue].isEmpty else { break }
          disk?.queue?.drain()
          let written = carryOut(chain, request)
          take(chain, from: queue)
          tell(queue, state[queue: queue].push(chain, written: written, port.memory, features))
          ahead = state[queue: queue]
          continue
        }
        let buffer = work.take(request.transferred)
        collect(request, chain, buffer.bytes(request.transferred))
        work.add(BlockTransfer(chain, request, buffer, disk, bell: clock.bell), to: queue)
        ahead.take(chain, features)
        if state.due[queue] < 0 { state.due[queue] = max(0, clock.now) }
      }
    } catch {
      // What comes before it is done first; it is found again then.
      if work.transfers[queue].isEmpty { handle(error, queue) }
    }
    work.ahead[queue] = ahead
    giveBack(queue)
  }

  /// The thread has done something: gives back what is over, in the order of the queue.
  func hear() {
    for queue in 0..<queueCount where !work.transfers[queue].isEmpty {
      giveBack(queue)
      hand(queue)
    }
  }

  private func giveBack(_ queue: Int) {
    let features = state.transport.driverFeatures
    var given: UInt16 = 0
    while isUsable(queue), let transfer = work.transfers[queue].first, let result = transfer.result {
      do throws(VirtioFault) {
        try state[queue: queue].prepareToPush(port.memory, features)
      } catch {
        handle(error, queue)
        break
      }
      let bytes = transfer.buffer.bytes(transfer.request.transferred)
      let written = finish(transfer.chain, transfer.request, result, bytes)
      take(transfer.chain, from: queue)
      given &+= state[queue: queue].push(transfer.chain, written: written, port.memory, features)
      work.removeFirst(of: queue)
    }
    if work.transfers[queue].isEmpty { state.due[queue] = -1 }
    tell(queue, given)
  }
}

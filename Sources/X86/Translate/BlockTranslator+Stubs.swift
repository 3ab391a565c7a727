import Emit
import Engine

/// What is seldom run: it is written behind the block.
extension BlockTranslator {
  /// The stubs, and where the block is given up.
  mutating func finish(_ spent: [HostFixup]) -> Int {
    hotEnd = (a.position, a.count)
    var next = 0
    while next < stubs.count {
      let stub = stubs[next]
      next += 1
      switch stub {
      case .call(let fixup, let index, let back, let place, let before):
        a.bind(fixup)
        goBeside(fixup)
        saveRemade(before.maker)
        write(before.record)
        call(index)
        if op(index).pointee.needsX87 {
          a.call(to: thunks.startX87)
          let done = a.jump(if: .equal)
          interpret(from: index + 1)
          a.bind(done)
        }
        if place.isHost { restoreFlags() }
        a.jump(to: back)
      case .alone(let fixup, let index, let back, let wanted, let before):
        a.bind(fixup)
        goBeside(fixup)
        a.arithmetic(.xor, Layout.window, Layout.window)
        isAlone = true
        maker = before.maker
        place = maker == nil ? .saved : .remade
        // Whether they are was asked before the window was.
        known = .all
        record = before.record
        let isOpen = instruction(index)
        isAlone = false
        let end = a.position
        for fixup in slow { stubs.append(.call(fixup, index: index, back: end, place: place, before: self.before)) }
        slow.removeAll(keepingCapacity: true)
        guard isOpen else { continue }
        if wanted.isHost, !place.isHost { if place == .remade { remake() } else { restoreFlags() } }
        if wanted == .saved, place != .saved { saveFlags() }
        a.jump(to: back)
      case .start(let fixup, let index, let back, let isX87, let before):
        a.bind(fixup)
        a.call(to: isX87 ? thunks.startX87 : thunks.startSSE)
        a.jump(if: .equal, to: back)
        saveRemade(before.maker)
        write(before.record)
        interpret(from: index)
      case .exit(let fixup, let target, let left, let place, let maker):
        a.bind(fixup)
        self.place = place
        self.maker = maker
        saveFlags()
        give(back: left)
        goOn(at: target)
      case .skip(let fixup, let index, let left):
        a.bind(fixup)
        give(back: left)
        a.jump(to: labels[index])
      case .spent(let fixup, let index, let maker):
        a.bind(fixup)
        saveRemade(maker)
        a.arithmetic(.add, Layout.budgetRegister, Int32(count - index), width: .double)
        leave(for: pc &+ UInt32(op(index).pointee.offset), TranslatedExit.next)
      case .leave(let fixup, let target, let link):
        a.bind(fixup)
        leave(for: target, link)
      case .miss(let fixup, let target):
        a.bind(fixup)
        a.move(.r11, Layout.jumpIndex(target))
        a.jump(to: thunks.miss)
      case .missCall(let fixup, let target, let back):
        a.bind(fixup)
        if let target { a.move(.r11, Layout.jumpIndex(target)) }
        a.call(to: thunks.miss)
        a.jump(to: back)
      case .stray(let fixup):
        a.bind(fixup)
        stray()
      case .deep(let fixup, let back):
        a.bind(fixup)
        a.load(.rsp, .memory(Layout.core, Layout.hostStack), width: .double)
        a.jump(to: back)
      case .guess(let fixup, let place, let back):
        a.bind(fixup)
        a.load(.r12, entry(Layout.addend), width: .double)
        a.store(.memory(Layout.core, place), .r12, width: .double)
        a.jump(to: back)
      }
    }
    for fixup in spent { a.bind(fixup) }
    a.arithmetic(.add, Layout.budgetRegister, Int32(count), width: .double)
    leave(for: pc, TranslatedExit.next)
    let retreat = a.position
    a.move(.r10, pc)
    a.jump(to: thunks.goOn)
    return retreat
  }

  /// Has the run loop interpret instruction `index` and what follows it in the block.
  mutating func interpret(from index: Int) {
    a.arithmetic(.add, Layout.budgetRegister, Int32(count - index), width: .double)
    let offset = index < count ? UInt32(op(index).pointee.offset) : UInt32(block.pointee.length)
    leave(for: pc &+ offset, TranslatedExit.interpret)
  }

  mutating func leave(for target: UInt32, _ link: Int32) {
    a.move(.r10, target)
    a.store(.memory(Layout.core, Layout.rip), .r10, width: .double)
    a.move(.r10, UInt32(bitPattern: link))
    a.jump(to: thunks.leave)
  }

  /// Gives back what was paid for `left` instructions; no flag changes.
  mutating func give(back left: Int) {
    guard left > 0 else { return }
    a.address(Layout.budgetRegister, .memory(Layout.budgetRegister, left), width: .double)
  }

  /// A jump that can be linked: its number, once it is one.
  mutating func link(_ fixup: HostFixup) -> Int32 {
    links.append(fixup)
    return firstLink &+ Int32(links.count) &- 1
  }
}

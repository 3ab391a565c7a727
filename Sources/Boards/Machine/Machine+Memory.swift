import ARM
import Glibc
import GuestMemory
import X86

/// Putting things into the guest's memory from outside.
extension Machine {
  /// Those of its CPUs that are x86.
  var x86: [X86CPU] { cpuSet.all.compactMap { $0 as? X86CPU } }
  /// Those of its CPUs that are ARM.
  var arm: [ARMCPU] { cpuSet.all.compactMap { $0 as? ARMCPU } }

  /// The RAM or ROM at `range`, whatever lies before it now: the block, and where in it.
  func memory(at range: Range<UInt64>) -> (block: RAMBlock, offset: Int)? {
    for (window, offset, size) in board.memory.parts(of: UInt64(ram.size)) {
      for base in [window.range.base] + window.aliases
      where range.lowerBound >= base && range.upperBound - base <= size {
        return (ram, Int(offset + (range.lowerBound - base)))
      }
    }
    for rom in board.memory.roms
    where range.lowerBound >= rom.range.base && range.upperBound - rom.range.base <= rom.range.size {
      return blocks[rom.name].map { ($0, Int(range.lowerBound - rom.range.base)) }
    }
    return nil
  }

  /// Takes a block into the machine, beside `ram`.
  func adopt(_ block: RAMBlock) {
    blocks[block.name] = block
    watch(block)
  }

  /// Memory that is lost stops the machine: the instruction that touched it has not happened, and running on tries it
  /// again. What may come later is no more than a host's resource that has failed.
  func watch(_ block: RAMBlock) {
    block.onLoss = { [unowned self] loss in
      // It is not here yet, or not here any more: whoever looks does not change that.
      guard !runState.isMoving else { return }
      if !loss.isPassing { tell(.memoryLost(loss.description)) }
      if cpuSet.all.indices.contains(cpuSet.current) { cpuSet.all[cpuSet.current].abandon() }
      guard loss.isPassing else { return pause(.internalError) }
      if isResetting { resetWaits = true }
      guard isRunning else { return }
      pause(.ioError)
      awaitsMemory = true
    }
  }

  /// Puts bytes and the zeros behind them into RAM or ROM.
  ///
  /// - Throws: `BoardError` when they are not all in the same.
  func deposit(_ placement: Placement) throws(BoardError) {
    guard placement.size > 0 else { return }
    guard let (block, offset) = memory(at: placement.range) else {
      throw BoardError("\(BootError.nowhere(what: placement.name, range: placement.range))")
    }
    block.write(offset, count: Int(placement.size)) { place in
      placement.bytes.withUnsafeBytes { bytes in
        if let first = bytes.baseAddress { place.copyMemory(from: first, byteCount: bytes.count) }
      }
      let count = placement.bytes.count
      (place + count).initializeMemory(as: UInt8.self, repeating: 0, count: Int(placement.size) - count)
    }
  }

  /// Does what a boot monitor has done by the time it starts something: RAM answers where flash did at reset.
  func leaveBootMap() {
    for (device, entry) in zip(placed, devices) where device.model.name == "integrator-cm" {
      let control: UInt64 = 0xc
      let remap: UInt64 = 4
      entry.device.busWrite(
        entry.device.busRead(control, width: 4, region: 0) | remap, control, width: 4, region: 0)
    }
  }
}

extension Machine {
  /// Whether RAM has the same contents as `other`'s.
  public func hasSameMemory(as other: Machine) -> Bool {
    guard ram.size == other.ram.size, ram.prepareLoad(0, count: ram.size), other.ram.prepareLoad(0, count: ram.size)
    else { return false }
    return memcmp(ram.unguarded, other.ram.unguarded, ram.size) == 0
  }
}

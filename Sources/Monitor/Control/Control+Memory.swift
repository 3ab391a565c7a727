import Boards
import Engine
import GuestMemory
import Host

/// The guest's memory, read.
extension Control {
  /// The most bytes that one command reads.
  public static let memoryLimit: UInt64 = 1 << 32
  static let pageSize: UInt64 = 4096

  /// `count` bytes of RAM or ROM from the physical address on. Where there is neither they are zeros, so that no
  /// device notices; nil where all of them are such.
  public func physicalMemory(_ address: UInt64, count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var isMemory = false
    while bytes.count < count {
      let at = address &+ UInt64(bytes.count)
      let room = Int(Self.pageSize - at % Self.pageSize)
      let part = min(room, count - bytes.count)
      if let span = machine.memory.span(at: at), case .memory = span.region.content,
        span.last - at >= UInt64(part - 1)
      {
        bytes += machine.memory.bytes(at, count: part)
        isMemory = true
      } else {
        for offset in 0..<part {
          let place = at &+ UInt64(offset)
          if let span = machine.memory.span(at: place), case .memory = span.region.content {
            bytes += machine.memory.bytes(place, count: 1)
            isMemory = true
          } else {
            bytes.append(0)
          }
        }
      }
    }
    return isMemory ? bytes : nil
  }

  /// `count` bytes from the virtual address on, as CPU number `cpu` sees them now.
  public func virtualMemory(_ address: UInt64, count: Int, cpu: Int) throws(CommandError) -> [UInt8] {
    guard machine.cpus.indices.contains(cpu) else { throw noCPU(cpu) }
    guard let debug = machine.cpus[cpu] as? any ProcessorDebug else {
      throw CommandError("CPU \(cpu) does not translate addresses for debuggers")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let at = address &+ UInt64(bytes.count)
      // 1 KiB is the smallest page there is (ARM's tiny pages).
      let part = min(1024 - Int(at % 1024), count - bytes.count)
      guard let place = debug.translate(at), let found = physicalMemory(place, count: part) else {
        throw CommandError("Invalid addr 0x\(String(at, radix: 16))/size \(count) specified")
      }
      bytes += found
    }
    return bytes
  }

  /// Writes `count` bytes of physical memory to the file at `path`.
  public func saveMemory(physical address: UInt64, count: UInt64, to path: String) throws(CommandError) {
    try save(address, count, to: path) { address, count throws(CommandError) in
      guard let bytes = self.physicalMemory(address, count: count) else {
        throw CommandError("There is no memory at 0x\(String(address, radix: 16))")
      }
      return bytes
    }
  }

  /// Writes `count` bytes of memory, as CPU number `cpu` sees it, to the file at `path`.
  public func saveMemory(virtual address: UInt64, count: UInt64, cpu: Int, to path: String) throws(CommandError) {
    try save(address, count, to: path) { address, count throws(CommandError) in
      try self.virtualMemory(address, count: count, cpu: cpu)
    }
  }

  private func save(
    _ address: UInt64, _ count: UInt64, to path: String,
    _ read: (UInt64, Int) throws(CommandError) -> [UInt8]
  ) throws(CommandError) {
    guard count > 0, count <= Self.memoryLimit else {
      throw CommandError("\(count) bytes: expected 1 to \(Self.memoryLimit)")
    }
    let chunk: UInt64 = 1 << 20
    var done: UInt64 = 0
    var failure: CommandError?
    do throws(HostError) {
      try HostFile.write(to: path, what: "memory") {
        let part = min(chunk, count - done)
        guard part > 0, failure == nil else { return [] }
        do throws(CommandError) {
          let bytes = try read(address &+ done, Int(part))
          done += part
          return bytes
        } catch {
          failure = error
          return nil
        }
      }
    } catch {
      throw CommandError("\(error)")
    }
    if let failure { throw failure }
  }
}

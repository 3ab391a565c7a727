import Foundation
import GuestMemory
import SavedState
import Testing

@testable import Boards

/// Whole machines that move while their guests run, beside twins that stay.
struct IntegratorMoveTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func file(_ path: String) throws -> BootRequest.File {
    BootRequest.File(name: path, bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
  }

  private func machine(_ request: BootRequest, memory: UInt64) throws -> Machine {
    let machine = try Integrator.machine { $0.memory = memory }
    try machine.useKernel(request)
    try machine.powerOn()
    return machine
  }

  /// Runs `count` instructions; waiting for an interrupt takes none.
  private func step(_ machine: Machine, _ count: Int) -> Bool {
    let end = machine.cpus[0].executed &+ UInt64(count)
    while machine.cpus[0].executed < end {
      let exit = machine.run(instructions: Int(end &- machine.cpus[0].executed))
      if machine.request != nil { return false }
      guard exit == .halted, let next = machine.clock.nextDeadline else { continue }
      machine.time.skip(to: next)
      machine.clock.runDue()
    }
    return true
  }

  /// Moves a machine into a fresh one every so many instructions; what differs from the one that stayed.
  private func journey(_ request: BootRequest, memory: UInt64, steps: Int, most: UInt64) throws -> [String] {
    let resident = try machine(request, memory: memory)
    var moved = try machine(request, memory: memory)
    var random = SplitMix64(seed: 3)
    for number in 0..<steps {
      let count = Int(random.next() % most) + 1
      let goesOn = step(resident, count)
      guard step(moved, count) == goesOn else { return ["step \(number): one of them has ended"] }
      let here = resident.save()
      let differences = here.differences(to: moved.save()).map { "step \(number): \($0)" }
      guard differences.isEmpty else { return differences }
      guard memcmp(resident.ram.unguarded, moved.ram.unguarded, resident.ram.size) == 0 else {
        return ["step \(number): RAM differs"]
      }
      guard goesOn else { return [] }
      let next = try machine(request, memory: memory)
      try next.load(moved.save())
      moved.ram.unguarded.withMemoryRebound(to: UInt8.self, capacity: moved.ram.size) {
        _ = next.memory.copyIn(0, from: UnsafeRawBufferPointer(start: $0, count: moved.ram.size))
      }
      moved = next
    }
    return []
  }

  @Test func `the built-in guest does not notice that it moves`() throws {
    let image = try file(Self.root.appending(path: "roms/demo/demo-arm.bin").path)
    let request = BootRequest(kernel: image, commandLine: "quiet run=test run=bench~memory~1 run=reboot")
    #expect(try journey(request, memory: 16 << 20, steps: 40, most: 1_000_000) == [])
  }

  private static let guests = ProcessInfo.processInfo.environment["FERRY_GUESTS"] ?? ""

  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: guests + "/arm/vmlinuz"), "FERRY_GUESTS has no arm"))
  func `Linux does not notice that it moves while it boots`() throws {
    let request = BootRequest(
      kernel: try file(Self.guests + "/arm/vmlinuz"), modules: [try file(Self.guests + "/arm/initrd.gz")],
      commandLine: "console=ttyAMA0 console=tty0 panic=-1 run=sha256sum~/bin/busybox run=reboot~-f")
    #expect(try journey(request, memory: 64 << 20, steps: 40, most: 20_000_000) == [])
  }
}

import Boards
import DeviceModel
import Foundation
import Host
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Disks that are copied to the other side while the guest runs.
struct MirrorTests {
  private static let size = 3 << 20

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "disks-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// An image with holes and data; its last page is not whole.
  private func image(_ path: String, seed: UInt64?) throws -> FileDisk {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: UInt64(Self.size + 512))
    if let seed {
      var random = SplitMix64(seed: seed)
      for place in [0, 100_000, 1 << 20, Self.size - 4096] {
        try file.seek(toOffset: UInt64(place))
        try file.write(
          contentsOf: Data(
            (0..<9000).map { _ in UInt8(truncatingIfNeeded: random.next()) }.prefix(Self.size + 512 - place)))
      }
    }
    try file.close()
    return try FileDisk(name: "sd", path: path, isWaiting: seed == nil)
  }

  private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

  @Test(arguments: [[MigrationCapability.block], [.block, .xbzrle, .compress, .verifyMemory], [.block, .postcopyRAM]])
  func `what is on a disk, and what is written meanwhile, is at the other side`(
    capabilities: [MigrationCapability]
  ) throws {
    try withFolder { folder in
      let moves = Moves()
      let near = try image("\(folder)/near", seed: 5)
      let far = try image("\(folder)/far", seed: nil)
      // What was there before goes.
      try Data(repeating: 9, count: 5000).write(to: URL(filePath: "\(folder)/noise"))
      #expect(far.acquire() == nil)
      #expect([UInt8](repeating: 9, count: 5000).withUnsafeBytes { far.write(at: 50_000, from: $0) } == .done)
      #expect(far.release() == .done)
      let machine = try moves.running("integratorcp") { $0.backends["sd0"] = near }
      let other = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
      let sides = try moves.begin(machine, into: other) {
        $0.capabilities = Set(capabilities + [.pauseBeforeSwitchover])
        $0.parameters.bandwidth = 8_000_000
      }
      var random = SplitMix64(seed: 8)
      // As the guest would.
      func write() {
        let count = Int(random.next() % 6000)
        let place = Int64(random.next() % UInt64(Self.size - 6000))
        let data = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        #expect(data.withUnsafeBytes { near.write(at: place, from: $0) } == .done)
        #expect(near.clear(at: place &+ 512, count: 512) == .done)
      }
      // Not for ever: a fast host would write faster than the bandwidth lets go.
      var writes = 0
      moves.go([machine]) {
        if sides.out.progress.status == .active, writes < 400 {
          write()
          writes += 1
        }
        if capabilities.contains(.postcopyRAM), sides.out.progress.rounds == 2 { try? sides.out.startPostcopy() }
        return sides.out.progress.status == .preSwitchover || !sides.isUnderWay
      }
      #expect(sides.out.progress.status == .preSwitchover, "\(sides.out.progress)")
      for _ in 0..<20 { write() }
      try sides.out.goOn()
      moves.go([machine, other]) { !sides.isUnderWay }
      #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
      #expect(other.isRunning)
      #expect(try bytes("\(folder)/near") == (try bytes("\(folder)/far")))
      // Each side has its own from now on, and the machine that runs can write its.
      #expect([UInt8](repeating: 1, count: 512).withUnsafeBytes { near.write(at: 0, from: $0) } == .failed)
      #expect([UInt8](repeating: 1, count: 512).withUnsafeBytes { far.write(at: 0, from: $0) } == .done)
    }
  }

  @Test func `an image that is the source's own does not become its copy, and nothing of it is lost`() throws {
    try withFolder { folder in
      let moves = Moves()
      let near = try image("\(folder)/near", seed: 5)
      let before = try bytes("\(folder)/near")
      let far = try FileDisk(name: "sd", path: "\(folder)/near", isWaiting: true)
      let machine = try moves.running("integratorcp") { $0.backends["sd0"] = near }
      let other = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
      let sides = try moves.move(machine, into: other) { $0.capabilities = [.block] }
      #expect(sides.out.progress.status == .failed)
      #expect(sides.out.progress.error?.description.contains("cannot become its copy") ?? false)
      #expect(machine.isRunning)
      #expect(try bytes("\(folder)/near") == before)
    }
  }

  @Test(arguments: ["copying", "handing", "ready"])
  func `a migration that fails leaves the source its disk`(phase: String) throws {
    try withFolder { folder in
      let moves = Moves()
      let near = try image("\(folder)/near", seed: 5)
      let before = try bytes("\(folder)/near")
      let far = try image("\(folder)/far", seed: nil)
      let machine = try moves.running("integratorcp") { $0.backends["sd0"] = near }
      let other = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
      let sides = try moves.move(machine, into: other, faults: (FaultPlan(.cut, at: .phase(phase)), nil)) {
        $0.capabilities = [.block]
      }
      #expect(sides.out.progress.status == .failed)
      #expect(machine.isRunning)
      #expect(try bytes("\(folder)/near") == before)
      #expect([UInt8](repeating: 1, count: 512).withUnsafeBytes { near.write(at: 0, from: $0) } == .done)
      if sides.into.progress.isUnresolved { try sides.into.resolve(here: false) }
      // And another time it goes.
      let third = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
      #expect(try moves.move(machine, into: third) { $0.capabilities = [.block] }.out.progress.status == .completed)
      #expect(try bytes("\(folder)/near") == (try bytes("\(folder)/far")))
    }
  }
}

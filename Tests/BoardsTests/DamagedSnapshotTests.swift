import Foundation
import MachineSample
import SavedState
import SnapshotSample
import Snapshots
import Testing

@testable import Boards

/// Damaged files of whole machines: none of them changes anything in the machine that was to load it.
struct DamagedSnapshotTests {
  /// A running machine, a file of what it was a little earlier, and what it must still be after all refusals.
  private final class Rig {
    let machine: Machine
    let path: String
    let good: [UInt8]
    let file: SnapshotFile
    private let descriptor: Int32
    private let before: StateNode
    private let memory: [[UInt8]]

    init(_ name: String, _ folder: String, compression: Int32?) throws {
      machine = try SampleMachines.running(name)
      path = folder + "/a.ferry"
      try machine.save(to: path, SnapshotNotes(), SnapshotOptions(compression: compression))
      file = try SnapshotFile(path)
      good = [UInt8](try Data(contentsOf: URL(filePath: path)))
      _ = machine.run(instructions: 10_000)
      before = machine.save()
      memory = machine.allBlocks.map(\.contents)
      descriptor = open(path, O_RDWR)
    }

    deinit { close(descriptor) }

    /// What loading the file says while its bytes from `place` on are `bytes`; "taken" when it is loaded.
    func said(_ bytes: [UInt8], at place: Int) -> String {
      pwrite(descriptor, bytes, bytes.count, place)
      defer { pwrite(descriptor, Array(good[place..<place + bytes.count]), bytes.count, place) }
      return said()
    }

    /// What loading the file says while it ends at `end`.
    func said(endingAt end: Int) -> String {
      ftruncate(descriptor, end)
      defer { pwrite(descriptor, Array(good[end...]), good.count - end, end) }
      return said()
    }

    /// Whether memory may come after the load: its damage is found out later then. Nil: every other time.
    var isLate: Bool?
    private var tries = 0

    private func said() -> String {
      tries += 1
      do throws(SnapshotError) {
        let file = try SnapshotFile(path)
        if isLate ?? (tries % 2 == 0) { try machine.loadLate(file) } else { try machine.load(file) }
        return "taken"
      } catch {
        return "\(error)"
      }
    }

    /// Nothing of all that has changed the machine, and it runs on as one that nobody has tried to load anything into.
    func expectUntouched() throws {
      #expect(machine.save() == before)
      #expect(machine.allBlocks.map(\.contents) == memory)
      // The file is as it was, and loads.
      let twin = try SampleMachines.bare(machine.board.name)
      try twin.load(file)
      _ = twin.run(instructions: 10_000)
      #expect(twin.save() == before)
      _ = twin.run(instructions: 100_000)
      _ = machine.run(instructions: 100_000)
      #expect(twin.save().differences(to: machine.save()).map(\.description) == [])
    }
  }

  @Test(arguments: SampleMachines.boards)
  func `a flipped bit is refused with its place named, and the machine runs on`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let rig = try Rig(name, folder, compression: 3)
      var random = SplitMix64(seed: 2)
      func flip(_ at: Int, _ place: String) {
        let said = rig.said([rig.good[at] ^ UInt8(1 << (random.next() & 7))], at: at)
        #expect(said.contains(place), "byte \(at): \(said)")
      }
      // Every byte is turned in tests of the format; here the machine counts.
      for at in stride(from: 0, to: ForgedSnapshot(rig.good).headerLength, by: 5) { flip(at, "header") }
      for section in rig.file.sections where section.kind != .data {
        let range = section.offset..<section.offset + section.length
        flip(range.lowerBound, section.place)
        flip(range.upperBound - 1, section.place)
        for at in stride(from: range.lowerBound, to: range.upperBound, by: 503) { flip(at, section.place) }
      }
      let data = try #require(rig.file.sections.first { $0.kind == .data })
      rig.isLate = false
      for at in stride(from: data.offset + 9, to: data.offset + data.length, by: data.length / 40 + 1) {
        flip(at, "memory ")
      }
      try rig.expectUntouched()
    }
  }

  @Test func `a file that ends at or beside any border of its sections is refused`() throws {
    try SampleMachines.withFolder { folder in
      let rig = try Rig("microvm", folder, compression: 3)
      let borders = rig.file.sections.flatMap { [$0.offset, $0.offset + $0.length] }
      for end in Set(borders.flatMap { [$0 - 1, $0, $0 + 1] } + [0, 1, 8, 512, 4096]) where end < rig.good.count {
        let said = rig.said(endingAt: end)
        #expect(
          said.contains("header: the file ends in it") || said.contains("file: has \(end) bytes")
            || end < 8 && said.contains("header: "), "\(end): \(said)")
      }
      try rig.expectUntouched()
    }
  }

  @Test(arguments: SampleMachines.boards)
  func `sections that change places, are there twice or are huge are refused by name`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let rig = try Rig(name, folder, compression: 3)
      let header = Array(rig.good[..<ForgedSnapshot(rig.good).headerLength])
      let count = ForgedSnapshot(header).count
      let size = ForgedSnapshot.entry
      func place(_ index: Int) -> Int { ForgedSnapshot.directory + index * size }
      func said(_ change: (inout ForgedSnapshot) -> Void) -> String {
        var forged = ForgedSnapshot(header)
        change(&forged)
        forged.sealHeader()
        return rig.said(forged.bytes, at: 0)
      }
      for a in 0..<count {
        for b in 0..<count where a != b {
          let (one, two) = (header[place(a)..<place(a) + size], header[place(b)..<place(b) + size])
          if a < b {
            let swapped = said {
              $0.bytes.replaceSubrange(place(a)..<place(a) + size, with: two)
              $0.bytes.replaceSubrange(place(b)..<place(b) + size, with: one)
            }
            #expect(swapped.contains("section"), "\(a) and \(b): \(swapped)")
          }
          let doubled = said { $0.bytes.replaceSubrange(place(a)..<place(a) + size, with: two) }
          #expect(doubled.contains("section"), "\(b) in place of \(a): \(doubled)")
        }
        for length in [UInt64.max, 1 << 62, 1 << 40, 1 << 32] {
          let huge = said { $0.set(place(a) + 16, length) }
          #expect(
            huge.contains(rig.file.sections[a].place) || huge.contains("entry \(a) of the directory"), "\(a): \(huge)")
        }
      }
      try rig.expectUntouched()
    }
  }

  @Test func `nodes that have changed places under right checksums are refused, each by its path`() throws {
    try SampleMachines.withFolder { folder in
      let rig = try Rig("microvm", folder, compression: 3)
      let devices = rig.file.sections.filter { $0.kind == .node }.dropFirst()
      for (one, two) in zip(devices, devices.dropFirst()) {
        var forged = ForgedSnapshot(rig.good)
        // Equal lengths need no other places.
        let bytes = rig.good[two.offset..<two.offset + two.length]
        var bodies: [Int: [UInt8]] = [:]
        for (index, section) in rig.file.sections.enumerated() where section == one { bodies[index] = Array(bytes) }
        forged.replace(bodies)
        forged.seal()
        let path = folder + "/b.ferry"
        try Data(forged.bytes).write(to: URL(filePath: path))
        do throws(SnapshotError) {
          try rig.machine.load(try SnapshotFile(path))
          Issue.record("\(two.name) was taken as \(one.name)")
        } catch {
          #expect("\(error)".contains("section node \(one.name): holds \(two.name)"), "\(error)")
        }
      }
      try rig.expectUntouched()
    }
  }

  @Test func `a file that was taken apart and put together again loads as before`() throws {
    try SampleMachines.withFolder { folder in
      let rig = try Rig("microvm", folder, compression: 3)
      var forged = ForgedSnapshot(rig.good)
      var contents = try rig.file.contents()
      contents.tree[child: "pic"]?["unknown"] = .bytes([UInt8](repeating: 1, count: 300_000))
      let index = try #require(rig.file.sections.firstIndex { $0.name == "/machine/pic" })
      forged.replace([index: try #require(contents.tree[child: "pic"]).der()])
      forged.seal()
      let path = folder + "/b.ferry"
      try Data(forged.bytes).write(to: URL(filePath: path))
      let file = try SnapshotFile(path)
      try SnapshotMemory(file).verify()
      let error = #expect(throws: SnapshotError.self) { try rig.machine.load(file) }
      #expect(error?.description.contains("/machine/pic/unknown") == true)
      try rig.expectUntouched()
    }
  }
}

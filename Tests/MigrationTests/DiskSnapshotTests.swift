import Boards
import DeviceModel
import Foundation
import Host
import MachineSample
import SavedState
import Snapshots
import Testing

/// What disks have over their images, in snapshots.
struct DiskSnapshotTests {
  private static let size = 1 << 20

  /// An image in a folder of its own.
  private func withImage(_ body: (_ folder: String, _ image: String) throws -> Void) throws {
    try SampleMachines.withFolder { folder in
      let image = folder + "/image"
      try Data((0..<Self.size).map { UInt8(truncatingIfNeeded: $0 >> 9) }).write(to: URL(filePath: image))
      try body(folder, image)
    }
  }

  private func machine(_ disk: any BlockBackend) throws -> Machine {
    try SampleMachines.running("integratorcp", instructions: 10_000) { $0.backends["sd0"] = disk }
  }

  private func write(_ disk: any BlockBackend, _ block: Int, _ byte: UInt8) {
    let bytes = [UInt8](repeating: byte, count: 512)
    #expect(bytes.withUnsafeBytes { disk.write(at: Int64(block) * 512, from: $0) } == .done)
  }

  private func bytes(_ disk: any BlockBackend) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    #expect(bytes.withUnsafeMutableBytes { disk.read(at: 0, into: $0) } == .done)
    return bytes
  }

  private func reason(_ machine: Machine, _ path: String) -> String {
    do throws(SnapshotError) { try machine.load(try SnapshotFile(path)) } catch { return "\(error)" }
    return "none"
  }

  @Test(arguments: [nil, 3] as [Int32?])
  func `what was written over an image goes along, also to a process that never had it`(level: Int32?) throws {
    try withImage { folder, image in
      let before = try Data(contentsOf: URL(filePath: image))
      let disk = try OverlayDisk(name: "d", base: image, path: nil)
      let machine = try machine(disk)
      let empty = folder + "/empty.ferry"
      try machine.save(to: empty)
      for block in [0, 17, 18, 900, 2047] { write(disk, block, 0x55) }
      let saved = bytes(disk)
      let path = folder + "/a.ferry"
      try machine.save(to: path, SnapshotNotes(), SnapshotOptions(compression: level))
      for block in [1, 17, 1500] { write(disk, block, 0x66) }

      try machine.load(try SnapshotFile(path))
      #expect(bytes(disk) == saved)
      let other = try OverlayDisk(name: "d", base: image, path: nil)
      let fresh = try self.machine(other)
      try fresh.loadLate(try SnapshotFile(path))
      #expect(bytes(other) == saved)
      #expect(other.identity() == disk.identity())
      // Before anything was written there was the image alone.
      try fresh.load(try SnapshotFile(empty))
      #expect(bytes(other) == [UInt8](before))
      #expect(try Data(contentsOf: URL(filePath: image)) == before)
      let deltas = try SnapshotFile(path).deltas()
      #expect(deltas.map(\.name) == ["mmc"] && deltas[0].contents == 4 * 4096)
    }
  }

  @Test func `it is of the moment of the save, however much is written while the file is`() throws {
    try withImage { folder, image in
      let disk = try OverlayDisk(name: "d", base: image, path: nil)
      let machine = try machine(disk)
      for block in 0..<1024 { write(disk, block, UInt8(truncatingIfNeeded: block)) }
      let saved = bytes(disk)
      let path = folder + "/a.ferry"
      let job = try machine.beginSave(to: path)
      for block in stride(from: 0, to: 2048, by: 3) { write(disk, block, 0xee) }
      while job.result == nil { sched_yield() }
      guard case .success? = job.result else { throw HostError("\(String(describing: job.result))") }
      let later = bytes(disk)
      #expect(later != saved)
      try machine.load(try SnapshotFile(path))
      #expect(bytes(disk) == saved)
    }
  }

  @Test func `an overlay with a file of its own has to be as it was, or is asked for`() throws {
    try withImage { folder, image in
      let overlay = folder + "/overlay"
      let plain = folder + "/plain.ferry"
      let whole = folder + "/whole.ferry"
      var saved: [UInt8] = []
      do {
        let disk = try OverlayDisk(name: "d", base: image, path: overlay)
        let machine = try machine(disk)
        write(disk, 5, 0x55)
        saved = bytes(disk)
        try machine.save(to: plain)
        var options = SnapshotOptions()
        options.withOverlays = true
        try machine.save(to: whole, SnapshotNotes(), options)
        #expect(try SnapshotFile(plain).deltas().isEmpty)
        #expect(reason(machine, plain) == "none")
        write(disk, 6, 0x66)
        let refused = reason(machine, plain)
        #expect(refused.contains("drive sd0 of mmc: an image an overlay at "), "\(refused)")
        try machine.load(try SnapshotFile(whole))
        #expect(bytes(disk) == saved)
        // It is where it was.
        #expect(reason(machine, plain) == "none")
      }
      let disk = try OverlayDisk(name: "d", base: image, path: overlay)
      #expect(bytes(disk) == saved)
      #expect(reason(try machine(disk), plain) == "none")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(names == ["image", "overlay", "plain.ferry", "whole.ferry"])
    }
  }

  @Test func `a disk that is written itself is the machine's as it was alone`() throws {
    try withImage { folder, image in
      let path = folder + "/a.ferry"
      do {
        let disk = try FileDisk(name: "d", path: image)
        let machine = try machine(disk)
        write(disk, 3, 1)
        try machine.save(to: path)
        #expect(reason(machine, path) == "none")
        // What is read meanwhile changes nothing; what is written does, and the machine stays as it is.
        _ = bytes(disk)
        #expect(reason(machine, path) == "none")
        write(disk, 2000, 1)
        let tree = machine.save()
        let refused = reason(machine, path)
        #expect(refused.contains("drive sd0 of mmc: an image written last at 2"), "\(refused)")
        #expect(refused.contains("changed=accept"), "\(refused)")
        #expect(machine.save() == tree)
        try machine.load(try SnapshotFile(path), acceptingChanges: true)
        try machine.save(to: path)
      }
      // The same image under an overlay is the same disk, as often as one likes.
      let over = try OverlayDisk(name: "d", base: image, path: nil)
      let machine = try machine(over)
      let before = bytes(over)
      for _ in 0..<2 {
        #expect(reason(machine, path) == "none")
        #expect(bytes(over) == before)
        write(over, 9, 9)
      }
      // And what was written over it has no place in the image.
      let second = folder + "/b.ferry"
      try machine.save(to: second)
      try FileManager.default.copyItem(atPath: image, toPath: folder + "/copy")
      let copy = try FileDisk(name: "d", path: folder + "/copy", acceptsChanges: false)
      let refused = reason(try self.machine(copy), second)
      #expect(refused.contains("snapshot=on, or overlay=FILE, has a place for it"), "\(refused)")
    }
  }

  @Test func `damage of any byte of it is found before anything changes`() throws {
    try withImage { folder, image in
      let disk = try OverlayDisk(name: "d", base: image, path: nil)
      let machine = try machine(disk)
      for block in [0, 17, 900, 2047] { write(disk, block, 0x55) }
      let path = folder + "/a.ferry"
      try machine.save(to: path)
      write(disk, 44, 0x66)
      let now = bytes(disk)
      let file = try Data(contentsOf: URL(filePath: path))
      let sections = try SnapshotFile(path).sections.filter { $0.kind == .disk || $0.kind == .diskData }
      #expect(sections.count == 2)
      var tries = 0
      for section in sections {
        for place in stride(from: section.offset, to: section.offset + section.length, by: max(1, section.length / 60))
        {
          var damaged = file
          damaged[place] ^= 0x10
          try damaged.write(to: URL(filePath: folder + "/damaged.ferry"))
          #expect(reason(machine, folder + "/damaged.ferry") != "none", "\(place)")
          tries += 1
        }
      }
      #expect(tries > 100 && bytes(disk) == now)
      #expect(reason(machine, path) == "none" && bytes(disk) != now)
    }
  }
}

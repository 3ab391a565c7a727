import Foundation
import GuestMemory
import MachineSample
import Snapshots
import Testing

@testable import Boards

/// Saving beside the running guest, and going on before memory has been read.
struct SnapshotJobTests {
  /// Waits for the end of `job`.
  private func wait(_ job: SnapshotJob) throws -> Result<UInt64, SnapshotError> {
    var end = pollfd(fd: job.descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&end, 1, -1) < 0 {}
    return try #require(job.result)
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test(arguments: SampleMachines.boards)
  func `a file that is written while the guest runs on is that of the moment`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running(name)
      let root = try machine.save(to: folder + "/still.ferry")
      let job = try machine.beginSave(to: folder + "/moving.ferry")
      _ = machine.run(instructions: 2_000_000)
      #expect(try wait(job) == .success(root))
      #expect(job.bytesDone == job.total)
      #expect(try bytes(folder + "/still.ferry") == bytes(folder + "/moving.ferry"))
      let next = try machine.beginSave(to: folder + "/moving.ferry", SnapshotNotes(), SnapshotOptions(compression: 3))
      let later = try wait(next).get()
      #expect(later != root)
    }
  }

  @Test func `a job that is cancelled leaves what was there`() throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running("microvm")
      let job = try machine.beginSave(to: folder + "/a.ferry")
      #expect(throws: SnapshotError.self) { try machine.beginSave(to: folder + "/b.ferry") }
      job.cancel()
      if case .success = try wait(job) { return }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      // The guest's memory is its own again.
      let again = try machine.beginSave(to: folder + "/a.ferry")
      _ = try wait(again).get()
    }
  }

  @Test func `a job says what is wrong with its file`() throws {
    let machine = try SampleMachines.running("microvm")
    let job = try machine.beginSave(to: "/nowhere/at/all.ferry")
    guard case .failure(let error) = try wait(job) else {
      Issue.record("it was written")
      return
    }
    #expect("\(error)".contains("/nowhere/at/all.ferry"))
  }

  @Test(arguments: SampleMachines.boards)
  func `a machine goes on before its memory has been read, and can be saved before it has`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running(name)
      let root = try machine.save(to: folder + "/a.ferry")
      let late = try SampleMachines.bare(name)
      try late.loadLate(try SnapshotFile(folder + "/a.ferry"))
      // Also over the file that it comes from.
      let job = try late.beginSave(to: folder + "/a.ferry")
      _ = machine.run(instructions: 500_000)
      _ = late.run(instructions: 500_000)
      #expect(try wait(job) == .success(root))
      #expect(machine.save().differences(to: late.save()).map(\.description) == [])
      #expect(machine.allBlocks.map(\.contents) == late.allBlocks.map(\.contents))
    }
  }

  @Test func `memory that is damaged in the file stops the machine, with the place`() throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      let machine = try SampleMachines.running("microvm")
      try machine.save(to: path)
      // The page that the guest executes.
      let page = Int(machine.x86[0].state.rip) & ~0xfff
      let code = Data(try #require(machine.ram.readable(page, count: 4096)).assumingBytes(4096))
      var file = try bytes(path)
      let place = try #require(file.range(of: code)).lowerBound
      file[place + 5] ^= 1
      try file.write(to: URL(filePath: path))
      let late = try SampleMachines.bare("microvm")
      var told: [String] = []
      late.observe { if case .memoryLost(let why) = $0 { told.append(why) } }
      try late.loadLate(try SnapshotFile(path))
      let before = late.save()
      _ = late.run(instructions: 1000)
      #expect(late.runState == .internalError)
      #expect(late.save() == before)
      let chunk = String(page & ~0xffff, radix: 16)
      #expect(told.count == 1 && told[0].contains("ram at 0x\(chunk)"), "\(told)")
    }
  }
}

extension UnsafeRawPointer {
  fileprivate func assumingBytes(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: self, count: count)
  }
}

import Boards
import DeviceModel
import Foundation
import Testing

/// The boards that are controlled here, with the built-in guest.
enum QMPBoard: String, CaseIterable, CustomTestStringConvertible {
  case microvm, integratorcp

  var testDescription: String { rawValue }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  var versions: [BoardDescription] {
    get throws {
      let file = "\(rawValue).yaml"
      let text = try String(contentsOf: Self.root.appending(path: "machines/\(file)"), encoding: .utf8)
      return try BoardReader(text, file: file).versions()
    }
  }

  /// A machine at power on whose guest has not begun.
  func machine(host: any HostEvents, commandLine: String = "") throws -> Machine {
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    setup.noReboot = true
    let machine = try MachineBuilder(board: try versions[0], setup: setup, host: host).build()
    let image = self == .microvm ? "demo.elf" : "demo-arm.bin"
    let bytes = [UInt8](try Data(contentsOf: Self.root.appending(path: "roms/demo/\(image)")))
    let kernel = BootRequest.File(name: image, bytes: bytes)
    try machine.useKernel(BootRequest(kernel: kernel, commandLine: commandLine))
    try machine.powerOn()
    machine.pause(.prelaunch)
    return machine
  }
}

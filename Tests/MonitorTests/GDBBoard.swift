import DeviceModel
import Foundation
import GuestMemory
import Monitor
import Testing

@testable import Boards

/// The boards whose guests are debugged here, with a loop that stores, loads and counts for each.
enum GDBBoard: String, CaseIterable, CustomTestStringConvertible {
  case microvm, integratorcp

  var testDescription: String { rawValue }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// A machine with the built-in guest that has not begun.
  func machine(
    host: any HostEvents, commandLine: String = "quiet run=reboot", _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    setup.noReboot = true
    equip(&setup)
    let text = try String(contentsOf: Self.root.appending(path: "machines/\(rawValue).yaml"), encoding: .utf8)
    let board = try BoardReader(text, file: "\(rawValue).yaml").versions()[0]
    let machine = try MachineBuilder(board: board, setup: setup, host: host).build()
    let image = self == .microvm ? "demo.elf" : "demo-arm.bin"
    let bytes = [UInt8](try Data(contentsOf: Self.root.appending(path: "roms/demo/\(image)")))
    try machine.useKernel(
      BootRequest(kernel: BootRequest.File(name: image, bytes: bytes), commandLine: commandLine))
    try machine.powerOn()
    machine.pause(.prelaunch)
    return machine
  }

  /// The loop, for address 0x8000, as the digits of an `M` packet.
  var program: String {
    switch self {
    // mov eax, 1; l: mov [0x9000], eax; mov ebx, [0x9000]; inc eax; jmp l
    case .microvm: "b801000000" + "a300900000" + "8b1d00900000" + "40" + "ebf2"
    // mov r0, #1; mov r1, #0x9000; l: str r0, [r1]; ldr r2, [r1]; add r0, r0, #1; b l
    case .integratorcp: "0100a0e3" + "091aa0e3" + "000081e5" + "002091e5" + "010080e2" + "fbffffea"
    }
  }

  /// The addresses of its instructions, from 0x8000 on.
  var addresses: [UInt64] {
    switch self {
    case .microvm: [0x8000, 0x8005, 0x800a, 0x8010, 0x8011]
    case .integratorcp: [0x8000, 0x8004, 0x8008, 0x800c, 0x8010, 0x8014]
    }
  }

  /// Where the loop begins, which is the instruction that stores; the one that loads comes next.
  var store: UInt64 { self == .microvm ? 0x8005 : 0x8008 }
  var load: UInt64 { self == .microvm ? 0x800a : 0x800c }
  var count: UInt64 { self == .microvm ? 0x8010 : 0x8010 }

  /// The packet's number of the program counter, and of the register that counts.
  var counter: Int { self == .microvm ? 8 : 15 }
  var counting: Int { 0 }

  /// Where a write watchpoint stops: x86 after the instruction, ARM before it.
  var afterStore: UInt64 { self == .microvm ? load : store }
  var afterLoad: UInt64 { self == .microvm ? count : load }
}

import DeviceAudit
import DeviceModel
import GuestMemory
import Testing

@testable import ARMDevices

/// A PL110 with 4 MiB of memory at 0, of which the last MiB is there again at 0x80000000.
final class PL110Rig {
  let memory = AddressSpace(name: "memory")
  let ram: RAMBlock
  let desk: Desk<PL110>
  lazy var picture = desk.device.makePicture()

  init(_ parameters: [String: String] = [:]) throws {
    ram = try RAMBlock(name: "ram", size: 4 << 20)
    memory.map([
      Region("ram", base: 0, size: 4 << 20, content: .memory(ram, offset: 0)),
      Region("alias", base: 0x8000_0000, size: 1 << 20, content: .memory(ram, offset: 3 << 20)),
    ])
    desk = Desk<PL110>(parameters: parameters, memory: memory)
  }

  /// Panel timing in dots and lines: 640 by 480 is the VGA's, at 25.175 MHz 59.94 Hz.
  func time(width: UInt32, lines: UInt32) {
    desk.writeWord((width / 16 - 1) << 2 | 95 << 8 | 23 << 16 | 39 << 24, 0x00)
    desk.writeWord((lines - 1) | 1 << 10 | 11 << 16 | 32 << 24, 0x04)
    desk.writeWord((width - 1) << 16 | 1 << 26, 0x08)
  }

  /// A panel of that size that shows memory from `base` on with `control` besides enable and power.
  func show(width: UInt32 = 32, lines: UInt32 = 2, control: UInt32, base: UInt32 = 0x1000, lower: UInt32 = 0) {
    time(width: width, lines: lines)
    desk.writeWord(base, 0x10)
    desk.writeWord(lower, 0x14)
    desk.writeWord(control | 0x801, 0x1c)
  }

  func colour(_ index: Int, _ entry: UInt32) {
    let place = UInt64(0x200 + index / 2 * 4)
    let shift = UInt32(index & 1) * 16
    desk.writeWord(desk.readWord(place) & ~(0xffff << shift) | entry << shift, place)
  }

  /// The dots, brought to the present.
  func dots() -> [UInt32] {
    _ = picture.update(0)
    return picture.pixels
  }
}

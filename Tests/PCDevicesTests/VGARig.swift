import DeviceAudit
import DeviceModel
import GuestMemory
import Testing

@testable import PCDevices

/// A VGA with its memory on a bus of its own.
final class VGARig {
  let space = AddressSpace(name: "memory")
  let memory: RAMBlock
  let desk: Desk<VGA>
  lazy var picture = desk.device.makePicture()

  var device: VGA { desk.device }

  init() throws {
    let memory = try RAMBlock(name: "vga.memory", size: VGA.memorySize)
    self.memory = memory
    desk = Desk<VGA>(memory: space) { $0.blocks["memory"] = memory }
    space.map([
      Region("vga.window", base: 0xa0000, size: 0x20000, content: .device(desk.device, region: 2, widths: 1...8)),
      Region("vga.memory", base: 0xe000_0000, size: UInt64(VGA.memorySize), content: .memory(memory, offset: 0)),
    ])
  }

  // MARK: Registers

  func out(_ port: UInt64, _ value: UInt8) { device.busWrite(UInt64(value), port - 0x3b0, width: 1, region: 0) }
  func `in`(_ port: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: device.busRead(port - 0x3b0, width: 1, region: 0)) }

  private func indexed(_ port: UInt64, _ index: UInt8, _ value: UInt8) {
    out(port, index)
    out(port + 1, value)
  }

  func crtc(_ index: UInt8, _ value: UInt8) { indexed(0x3d4, index, value) }
  func sequencer(_ index: UInt8, _ value: UInt8) { indexed(0x3c4, index, value) }
  func graphics(_ index: UInt8, _ value: UInt8) { indexed(0x3ce, index, value) }

  func attribute(_ index: UInt8, _ value: UInt8) {
    _ = self.in(0x3da)
    indexedAttribute(index, value)
    out(0x3c0, 0x20)
    _ = self.in(0x3da)
  }

  private func indexedAttribute(_ index: UInt8, _ value: UInt8) {
    out(0x3c0, index)
    out(0x3c0, value)
  }

  func dispi(_ index: UInt16, _ value: UInt16) {
    device.busWrite(UInt64(index), 0, width: 2, region: 1)
    device.busWrite(UInt64(value), 1, width: 2, region: 1)
  }

  func dispi(_ index: UInt16) -> UInt16 {
    device.busWrite(UInt64(index), 0, width: 2, region: 1)
    return UInt16(truncatingIfNeeded: device.busRead(1, width: 2, region: 1))
  }

  /// Writes the registers of a mode.
  func set(_ mode: VGAMode) {
    out(0x3c2, mode.misc)
    for (index, value) in mode.sequencer.enumerated() { sequencer(UInt8(index), value) }
    crtc(0x11, 0)
    for (index, value) in mode.crtc.enumerated() { crtc(UInt8(index), value) }
    for (index, value) in mode.graphics.enumerated() { graphics(UInt8(index), value) }
    for (index, value) in mode.attribute.enumerated() { attribute(UInt8(index), value) }
  }

  /// A VBE mode with a linear frame buffer.
  func set(width: UInt16, height: UInt16, depth: UInt16, flags: UInt16 = 0) {
    for (index, value) in [(4, 0), (1, width), (2, height), (3, depth), (4, 0x41 | flags)] as [(UInt16, UInt16)] {
      dispi(index, value)
    }
  }

  /// Colour `index` of the DAC.
  func colour(_ index: UInt8, _ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    out(0x3c8, index)
    for value in [red, green, blue] { out(0x3c9, value) }
  }

  /// Each DAC colour is its number in six-bit red and the two bits above that in green.
  func numberColours() { for index in 0...255 as ClosedRange<UInt8> { colour(index, index & 63, index >> 6, 0) } }

  /// What `numberColours` makes of colour `index`.
  static func numbered(_ index: Int) -> UInt32 {
    let (red, green) = (UInt32(index & 63), UInt32(index >> 6))
    return (red << 2 | red >> 4) << 16 | (green << 2) << 8
  }

  // MARK: Memory

  func store(_ bytes: [UInt8], at offset: UInt64 = 0) { space.store(bytes, at: 0xa0000 + offset) }
  func byte(_ offset: UInt64 = 0) -> UInt8 { UInt8(truncatingIfNeeded: space.read(0xa0000 + offset, width: 1)) }

  /// Characters with their attribute at a place on the screen of text.
  func print(_ text: [UInt8], attribute: UInt8 = 7, at cell: Int = 0) {
    for (index, character) in text.enumerated() {
      space.write(UInt64(attribute) << 8 | UInt64(character), 0xb8000 + UInt64(cell + index) * 2, width: 2)
    }
  }

  /// The bytes of the four planes at a plane's address.
  func planes(_ address: Int) -> [UInt8] {
    (0..<4).map { memory.unguarded.load(fromByteOffset: address * 4 + $0, as: UInt8.self) }
  }

  // MARK: Dots

  /// The dots, brought to the present.
  func dots() -> [UInt32] {
    _ = picture.update(0)
    return picture.pixels
  }

  /// `count` dots of a row, brought to the present.
  func dots(row: Int, from x: Int = 0, _ count: Int) -> [UInt32] {
    let dots = dots()
    return Array(dots[row * picture.width + x..<row * picture.width + x + count])
  }

  /// A machine that has taken over this one's state and memory.
  func moved() throws -> VGARig {
    let other = try VGARig()
    let table = VGA.State.table
    other.device.state = try table.load(table.save(device.state), over: other.device.state)
    other.memory.write(0, count: memory.size) { $0.copyMemory(from: memory.unguarded, byteCount: memory.size) }
    other.desk.jump(to: desk.now)
    other.device.settle()
    return other
  }
}

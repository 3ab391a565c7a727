import Boards
import Engine
import GuestMemory

/// Memory, ports and expressions.
extension HumanMonitor {
  /// `print`.
  func print(_ value: UInt64, _ format: DumpFormat) throws(CommandError) -> String {
    if let form = format.form { lastForm = form }
    guard lastForm != .instruction else { throw CommandError("A value is no instruction: x/i shows one") }
    let text =
      switch lastForm {
      case .hexadecimal: "0x" + String(value, radix: 16)
      default: DumpFormat.show(value, lastForm, width: 8)
      }
    return text.drop { $0 == " " } + "\n"
  }

  /// `x` and `xp`.
  func dump(_ address: UInt64, _ format: DumpFormat, isPhysical: Bool) throws(CommandError) -> String {
    if let form = format.form { lastForm = form }
    if lastForm == .instruction { return try disassemble(address, count: format.count, isPhysical: isPhysical) }
    if let width = format.width { lastWidth = width }
    let width = lastForm == .character ? 1 : lastWidth
    let perLine = (width == 1 ? 8 : 16) / width
    var text = ""
    for index in 0..<format.count {
      let place = address &+ UInt64(index &* width)
      let value: UInt64
      do throws(CommandError) {
        value = try unit(place, width: width, isPhysical: isPhysical)
      } catch {
        // What could be read is worth more than the reason alone.
        return text + (index % perLine == 0 ? "" : "\n") + "\(error)\n"
      }
      if index % perLine == 0 {
        text += isPhysical ? Columns.hex(place, digits: 16) : Columns.address(place)
        text += ":"
      }
      text += " " + DumpFormat.show(value, lastForm, width: width)
      if index % perLine == perLine - 1 || index == format.count - 1 { text += "\n" }
    }
    return text
  }

  /// One value of memory, by physical address or as the CPU sees it.
  private func unit(_ address: UInt64, width: Int, isPhysical: Bool) throws(CommandError) -> UInt64 {
    guard !isPhysical else { return try read(address, width: width) }
    // A value may lie in two pages, which may be as small as ARM's tiny ones.
    guard address % 1024 + UInt64(width) > 1024 else { return try read(physical(address), width: width) }
    var value: UInt64 = 0
    for index in 0..<width {
      value |= try read(physical(address &+ UInt64(index)), width: 1) << UInt64(index * 8)
    }
    return value
  }

  private func physical(_ address: UInt64) throws(CommandError) -> UInt64 {
    guard let place = try debug().translate(address) else {
      throw CommandError("Cannot access memory at 0x\(Columns.address(address)): CPU \(cpu) has no mapping there")
    }
    return place
  }

  /// Memory, or a register of a device, by physical address.
  private func read(_ address: UInt64, width: Int) throws(CommandError) -> UInt64 {
    let space = control.machine.memory
    guard let span = space.span(at: address), !span.region.isHole else {
      throw CommandError(
        "Cannot access memory at 0x\(Columns.address(address)): nothing answers there (\(space.place(of: address)))")
    }
    return space.read(address, width: width)
  }

  private func disassemble(_ address: UInt64, count: Int, isPhysical: Bool) throws(CommandError) -> String {
    let debug = try debug()
    var text = ""
    var place = address
    for _ in 0..<count {
      var bytes: [UInt8] = []
      var failure: CommandError?
      while bytes.count < 16, failure == nil {
        do throws(CommandError) {
          bytes.append(codeByte(try location(place &+ UInt64(bytes.count), isPhysical)))
        } catch {
          failure = error
        }
      }
      if bytes.isEmpty, let failure { return text + "\(failure)\n" }
      let (words, length) = debug.disassemble(bytes, at: place)
      let code = bytes.prefix(max(1, length)).map { Columns.hex(UInt64($0), digits: 2) }
      text += "0x\(Columns.address(place)):  \(Columns.left(code.joined(separator: " "), 24))\(words)\n"
      place &+= UInt64(max(1, length))
    }
    return text
  }

  /// The physical address of a byte of code; no device is looked into.
  private func location(_ address: UInt64, _ isPhysical: Bool) throws(CommandError) -> UInt64 {
    let place = isPhysical ? address : try physical(address)
    guard let span = control.machine.memory.span(at: place), case .memory = span.region.content else {
      throw CommandError("Cannot access memory at 0x\(Columns.address(place)): there is no RAM or ROM")
    }
    return place
  }

  private func codeByte(_ address: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: control.machine.memory.read(address, width: 1))
  }

  // MARK: Ports

  private static let portNames = [1: "b", 2: "w", 4: "l"]

  private func portWidth(_ format: DumpFormat) throws(CommandError) -> Int {
    let width = format.width ?? 1
    guard width <= 4, format.count == 1, format.form == nil else {
      throw CommandError("A port is read and written /b, /h or /w wide")
    }
    guard !control.machine.ports.spans.isEmpty else {
      throw CommandError("The board \(control.machine.board.name) has no I/O ports")
    }
    return width
  }

  /// `i`.
  func readPort(_ port: Int64, _ format: DumpFormat) throws(CommandError) -> String {
    let width = try portWidth(format)
    let value = control.machine.ports.read(UInt64(port), width: width)
    let name = "port" + (Self.portNames[width] ?? "")
    return "\(name)[0x\(Columns.hex(UInt64(port), digits: 4))] = 0x\(Columns.hex(value, digits: width * 2))\n"
  }

  /// `o`.
  func writePort(_ port: Int64, _ value: UInt64, _ format: DumpFormat) throws(CommandError) -> String {
    let width = try portWidth(format)
    guard value >> UInt64(width * 8) == 0 else {
      throw CommandError("0x\(String(value, radix: 16)) is wider than \(width) bytes")
    }
    control.machine.ports.write(value, UInt64(port), width: width)
    return ""
  }
}

extension Region {
  fileprivate var isHole: Bool { if case .hole = content { true } else { false } }
}

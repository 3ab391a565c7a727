import Engine
import Logging

/// What CPUs tell.
extension MachineLog {
  /// Hooks into the CPUs as the selection has it; `before` is what it was.
  func selectProcessors(_ before: LogSelection) {
    var isCodeNew = false
    for cpu in machine.cpus {
      guard let told = cpu as? any Processor & ProcessorLog else { continue }
      let name = machine.name(of: cpu)
      var kinds: ProcessorEvent.Kinds = []
      if selection.contains(.inAsm, of: name) { kinds.insert(.code) }
      if selection.contains(.outAsm, of: name) { kinds.insert(.hostCode) }
      if selection.contains(.int, of: name) { kinds.insert(.interrupts) }
      if selection.contains(.mmu, of: name) { kinds.insert(.translations) }
      let blocks = LogItem.ofBlocks.filter { selection.contains($0, of: name) }
      if !blocks.isEmpty { kinds.insert(.blocks) }
      if kinds.contains(.code), !before.contains(.inAsm, of: name) { isCodeNew = true }
      if kinds.contains(.hostCode), !before.contains(.outAsm, of: name) { isCodeNew = true }
      let debug = cpu as? any ProcessorDebug
      told.log(kinds) { [weak self] event in
        guard let self else { return }
        if case .block(let address, let count) = event {
          if blocks.contains(.exec) { block(name, address, count) }
          if let debug, blocks.contains(where: { $0 != .exec }) { registers(name, debug, blocks) }
        } else {
          write(name, event)
        }
      }
    }
    // What is decoded already would not be told.
    if isCodeNew { for cpu in machine.cpus { cpu.flushCode() } }
  }

  private func block(_ cpu: String, _ address: UInt64, _ count: Int) {
    write(
      .exec, cpu, "\(Address.hex(address)), \(count) instruction\(count == 1 ? "" : "s")",
      ["address": .hex(address), "instructions": .stringConvertible(count)])
  }

  private func registers(_ cpu: String, _ debug: any ProcessorDebug, _ items: [LogItem]) {
    var text = ""
    var fields: Logger.Metadata = [:]
    for register in debug.debugRegisters {
      let isFloat = register.group == .float || register.group == .vector
      guard items.contains(isFloat ? .fpu : .cpu) else { continue }
      let digits = String(register.value, radix: 16)
      let value = String(repeating: "0", count: max(0, (register.bits + 3) / 4 - digits.count)) + digits
      if !text.isEmpty { text += " " }
      text += "\(register.name)=\(value)"
      fields[register.name] = .string("0x\(value)")
    }
    write(.cpu, cpu, text, fields)
  }

  private func write(_ cpu: String, _ event: ProcessorEvent) {
    switch event {
    case .code(let address, let bytes, let text):
      let code = bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
      let line = "\(Address.hex(address)): \(code.joined(separator: " "))"
      let gap = String(repeating: " ", count: max(1, 36 - line.count))
      write(
        .inAsm, cpu, line + gap + text,
        ["address": .hex(address), "bytes": .string(code.joined()), "instruction": .string(text)])
    case .hostCode(let address, let text, let host, let bytes):
      let code = bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
      write(
        .outAsm, cpu,
        "\(Address.hex(address)) \(text ?? "(seldom run)") is at \(Address.hex(host)): \(code.joined(separator: " "))",
        [
          "address": .hex(address), "instruction": .string(text ?? ""), "host": .hex(host),
          "bytes": .string(code.joined()),
        ])
    case .interrupt(let taken): write(cpu, taken)
    case .walkFailed(let address, let access, let status):
      write(
        .mmu, cpu, "no \(access) at \(Address.hex(address)), status \(Address.hex(UInt64(status)))",
        ["access": .string(access), "address": .hex(address), "status": .hex(UInt64(status))])
    case .flush(let page?):
      write(.mmu, cpu, "page \(Address.hex(page)) is forgotten", ["page": .hex(page)])
    case .flush(nil): write(.mmu, cpu, "translations are forgotten")
    case .control(let register, let value):
      write(.mmu, cpu, "\(register) = \(Address.hex(value))", ["register": .string(register), "value": .hex(value)])
    case .block: break
    }
  }

  private func write(_ cpu: String, _ taken: ProcessorEvent.Interrupt) {
    var text = "\(taken.kind.rawValue) \(Address.hex(UInt64(taken.number)))"
    var fields: Logger.Metadata = [
      "kind": .string(taken.kind.rawValue), "number": .stringConvertible(taken.number),
      "pc": .hex(taken.programCounter),
    ]
    if let name = taken.name {
      text += " \(name)"
      fields["name"] = .string(name)
    }
    if let code = taken.code {
      text += ", code \(Address.hex(UInt64(code)))"
      fields["code"] = .hex(UInt64(code))
    }
    if let address = taken.address {
      text += ", address \(Address.hex(address))"
      fields["address"] = .hex(address)
    }
    write(.int, cpu, text + ", at \(Address.hex(taken.programCounter))", fields)
  }
}

extension LogItem {
  /// Those that are told before each block.
  static let ofBlocks: [LogItem] = [.exec, .cpu, .fpu]
}

extension Processor {
  /// Forgets all decoded code of CPUs of its kind.
  func flushCode() { code.flush() }
}

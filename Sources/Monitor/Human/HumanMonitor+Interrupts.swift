import Boards
import DeviceModel
import SavedState

/// Interrupt controllers: `info pic`, `lapic`, `ioapic`, `irq`.
extension HumanMonitor {
  private func devices(_ model: String) -> [PlacedDevice] {
    control.machine.placed.filter { $0.model.name == model }
  }

  private func lack(_ what: String) -> String { "The board \(control.machine.board.name) has no \(what)\n" }

  private static func bits(_ value: UInt64) -> String { Columns.hex(value, digits: 2) }

  /// `info pic`.
  var controllerText: String {
    var text = ""
    for device in devices("i8259") {
      guard let view = RegisterView(device, control.machine), let node = control.machine.show(device.name) else {
        continue
      }
      for (title, unit, number) in [("master", "MASTER", 1), ("slave", "SLAVE", 2)] {
        func state(_ name: String) -> StateValue? {
          node.value(at: StatePath([.name(device.name), .name(title), .name(name)]))
        }
        func word(_ name: String) -> String { state(name)?.summary ?? "?" }
        var base: UInt64 = 0
        if case .integer(let value)? = state("icw2") { base = UInt64(truncatingIfNeeded: value) }
        func register(_ name: String) -> String { Columns.hex(view.value("\(unit)_\(name)") ?? 0, digits: 2) }
        text += "\(device.name).\(title): irr=\(register("IRR")) imr=\(register("MASK")) isr=\(register("ISR")) "
        text += "elcr=\(Columns.hex(view.value("ELCR\(number)") ?? 0, digits: 2)) irq_base=\(Self.bits(base)) "
        text +=
          "phase=\(word("phase")) lowest=\(word("lowest")) poll=\(word("polled")) smm=\(word("specialMask"))\n"
      }
    }
    for device in devices("integrator-pic") + devices("integrator-cm") {
      guard let view = RegisterView(device, control.machine) else { continue }
      let prefix = device.model.name == "integrator-cm" ? "CM_" : ""
      let names =
        prefix.isEmpty
        ? ["IRQ_RAWSTAT", "IRQ_ENSET", "IRQ_STATUS", "FIQ_ENSET", "FIQ_STATUS"]
        : ["CM_IRQ_RSTAT", "CM_IRQ_ENSET", "CM_IRQ_STAT", "CM_FIQ_ENSET", "CM_FIQ_STAT"]
      let titles = ["raw", "irq-enable", "irq", "fiq-enable", "fiq"]
      let values = zip(titles, names).map { "\($0)=\(Columns.hex(view.value($1) ?? 0, digits: 8))" }
      text += "\(device.name): \(values.joined(separator: " "))\n"
    }
    return text.isEmpty ? lack("interrupt controller") : text
  }

  /// `info lapic`.
  var localAPICText: String {
    guard let device = devices("lapic").first(where: { $0.cpu == cpu }),
      let view = RegisterView(device, control.machine)
    else { return lack("local APIC") }
    var text = "\(device.name), CPU \(cpu)\n"
    for name in [
      "ID", "VERSION", "TPR", "PPR", "LDR", "DFR", "SVR", "ESR", "ICR_LOW", "ICR_HIGH", "LVT_TIMER", "LVT_THERMAL",
      "LVT_PERFORMANCE", "LVT_LINT0", "LVT_LINT1", "LVT_ERROR", "INITIAL_COUNT", "CURRENT_COUNT", "DCR",
    ] {
      text += view.line(name)
    }
    for name in ["ISR", "TMR", "IRR"] {
      var vectors: [String] = []
      for word in 0..<8 {
        let value = view.value("\(name)\(word)") ?? 0
        for bit in 0..<32 where value >> UInt64(bit) & 1 == 1 {
          vectors.append(Columns.hex(UInt64(word * 32 + bit), digits: 2))
        }
      }
      text += "  \(Columns.left(name, 17))\(vectors.isEmpty ? "(none)" : vectors.joined(separator: " "))\n"
    }
    return text
  }

  /// `info ioapic`.
  var ioapicText: String {
    var text = ""
    for device in devices("ioapic") {
      guard let view = RegisterView(device, control.machine) else { continue }
      text +=
        "\(device.name): ID=\(view.field("IOAPICID", "ID") ?? 0) IOREGSEL=\(Self.bits(view.value("IOREGSEL") ?? 0))\n"
      for pin in 0..<device.model.inputs.count {
        let name = "IOREDTBL\(pin)"
        func field(_ field: String) -> UInt64 { view.field(name, field) ?? 0 }
        let modes = ["fixed", "lowest", "SMI", "reserved", "NMI", "INIT", "reserved", "ExtINT"]
        let entry = (view.value(name + "_HIGH") ?? 0) << 32 | (view.value(name) ?? 0)
        text += "  pin \(Columns.left("\(pin)", 3))\(Columns.hex(entry, digits: 16)) "
        text += "dest=\(view.field(name + "_HIGH", "DESTINATION") ?? 0) vec=\(Self.bits(field("VECTOR"))) "
        text += "\(modes[Int(field("DELIVERY_MODE"))]) \(field("DESTINATION_MODE") == 1 ? "logical" : "physical") "
        text += "\(field("TRIGGER_MODE") == 1 ? "level" : "edge") \(field("POLARITY") == 1 ? "low" : "high")"
        text += field("MASK") == 1 ? " masked" : ""
        text += field("REMOTE_IRR") == 1 ? " remote-irr" : ""
        text += (field("DELIVERY_STATUS") == 1 ? " pending" : "") + "\n"
      }
    }
    return text.isEmpty ? lack("I/O APIC") : text
  }

  // MARK: Lines

  /// Where a controller's state has the levels of its inputs: bits of these values, in the inputs' order.
  private static let levels: [String: [(path: [String], count: Int)]] = [
    "i8259": [(["master", "lines"], 8), (["slave", "lines"], 8)],
    "ioapic": [(["pins"], 24)],
    "integrator-pic": [(["levels"], 32)],
  ]

  /// `info irq`.
  var interruptText: String {
    var text = ""
    for device in control.machine.placed {
      guard let parts = Self.levels[device.model.name], let node = control.machine.show(device.name) else { continue }
      var high: UInt64 = 0
      var shift = 0
      for part in parts {
        let path = StatePath([.name(device.name)] + part.path.map { .name($0) })
        if case .integer(let value)? = node.value(at: path) {
          high |= UInt64(truncatingIfNeeded: value) << UInt64(shift)
        }
        shift += part.count
      }
      text += "\(device.name) (\(device.model.name))\n"
      for (index, input) in device.model.inputs.enumerated() {
        let drivers = drivers(of: device, input: input, index)
        let level = high >> UInt64(index) & 1 == 1
        guard level || !drivers.isEmpty else { continue }
        text += "  \(Columns.left(input, 8))\(level ? "high" : "low ")  \(drivers.joined(separator: " "))\n"
      }
    }
    return text
  }

  private func drivers(of device: PlacedDevice, input: String, _ index: Int) -> [String] {
    control.machine.placed.flatMap { source in
      source.model.outputs.filter { output in
        (source.wires[output] ?? []).contains {
          $0.device == device.name && ($0.input == input || $0.input == "\(index)")
        }
      }.map { "\(source.name).\($0)" }
    }
  }
}

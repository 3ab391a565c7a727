import DeviceModel
import Engine
import GuestMemory
public import Logging

/// What a machine tells of itself, as far as somebody wants to know: hooks into CPUs, buses, wires and devices that are
/// there only while their item is.
///
/// Each entry is one call of the item's logger, with metadata `time` (the guest's, in nanoseconds), `device` (whose
/// entry it is) and the entry's own fields.
public final class MachineLog {
  /// Of entries of the machine as a whole.
  static let machineName = "machine"
  let machine: Machine
  private let loggers: [LogItem: Logger]
  /// What is logged.
  public private(set) var selection = LogSelection()

  /// A log of `machine`, of nothing yet; `logger` makes where an item's entries go.
  public init(_ machine: Machine, logger: (LogItem) -> Logger) {
    self.machine = machine
    loggers = Dictionary(uniqueKeysWithValues: LogItem.allCases.map { ($0, logger($0)) })
    machine.observe { [weak self] event in
      guard case .reset(let reason, _) = event, let self, selection.contains(.reset) else { return }
      write(.reset, Self.machineName, reason)
    }
  }

  /// Names that can stand behind an item: devices, and what else entries are of.
  public var names: [String] {
    machine.devices.map(\.name) + [machine.memory.name, machine.ports.name, APICBusLog.name, Self.machineName]
  }

  /// Logs what `selection` says, and nothing else from now on. Not to be called while a CPU executes.
  public func select(_ selection: LogSelection) {
    let before = self.selection
    self.selection = selection
    selectProcessors(before)
    for space in [machine.memory, machine.ports] {
      space.onUnmapped =
        selection.contains(.unmapped, of: space.name)
        ? { [weak self, unowned space] in self?.unmapped(space, $0, $1, $2) } : nil
    }
    selectWires()
    for site in machine.sites { select(site) }
    for place in machine.registers { select(place) }
  }

  /// One entry.
  func write(_ item: LogItem, _ device: String, _ text: String, _ fields: Logger.Metadata = [:]) {
    var metadata = fields
    metadata["time"] = .stringConvertible(machine.clock.now)
    metadata["device"] = .string(device)
    loggers[item]?.info("\(text)", metadata: metadata)
  }

  // MARK: Buses

  private func unmapped(_ space: AddressSpace, _ address: UInt64, _ width: Int, _ written: UInt64?) {
    let what = written.map { "write \(Address.hex($0))," } ?? "read"
    let place = space.place(of: address)
    var fields: Logger.Metadata = [
      "access": .string(written == nil ? "read" : "write"), "address": .hex(address),
      "width": .stringConvertible(width), "place": .string(place),
    ]
    if let written { fields["value"] = .hex(written) }
    write(.unmapped, space.name, "\(what) \(width) bytes at \(Address.hex(address)) (\(place))", fields)
  }

  // MARK: Devices

  private func select(_ site: Site) {
    let name = site.name
    func tell(_ item: LogItem) -> ((String) -> Void)? {
      guard selection.contains(item, of: name) else { return nil }
      return { [weak self] in self?.write(item, name, $0) }
    }
    site.onGuestError = tell(.guestErrors)
    site.onUnimplemented = tell(.unimp)
  }

  /// Accesses that fit no register: told without the device's help.
  private func select(_ place: RegisterPlace) {
    guard selection.contains(.guestErrors, of: place.device),
      let map = RegisterMap(place.type.model, registers: place.type.registers, region: place.number)
    else { return place.region.observe(nil) }
    place.region.observe { [weak self] offset, width, written in
      guard let self, let mistake = map.mistake(offset, width: width, written: written) else { return }
      var fields: Logger.Metadata = [
        "access": .string(written == nil ? "read" : "write"), "offset": .hex(offset),
        "width": .stringConvertible(width),
      ]
      if let written { fields["value"] = .hex(written) }
      write(.guestErrors, place.device, mistake, fields)
    }
  }

  // MARK: Wires

  private func selectWires() {
    let isOn = selection.contains(.irq)
    for wire in machine.wires {
      let isWanted = selection.contains(.irq, of: wire.from) || selection.contains(.irq, of: wire.to.device)
      wire.gate.taps[wire.number] =
        isWanted
        ? { [weak self] level in self?.changed(wire.from, "\(wire.from).\(wire.output)", wire.to.text, level) } : nil
    }
    for pins in machine.pins {
      let (from, to) = pins.names
      let isWanted = selection.contains(.irq, of: from) || selection.contains(.irq, of: to)
      pins.tap = isWanted ? { [weak self] in self?.changed(from, "\(from).\($0)", "\(to).\($0)", $1) } : nil
    }
    machine.apicBus?.onMessage =
      isOn && selection.contains(.irq, of: APICBusLog.name)
      ? { [weak self] in self?.write(.irq, APICBusLog.name, APICBusLog.text($0), APICBusLog.fields($0)) } : nil
  }

  private func changed(_ device: String, _ from: String, _ to: String, _ level: Bool) {
    write(
      .irq, device, "\(from) to \(to): \(level ? "high" : "low")",
      ["from": .string(from), "to": .string(to), "level": .stringConvertible(level)])
  }
}

extension Logger.MetadataValue {
  /// An address or a register's value: a string, so that all 64 bits arrive wherever it is read.
  static func hex(_ value: UInt64) -> Self { .string(Address.hex(value)) }
}

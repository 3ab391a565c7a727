import ARMDevices
import Boards
import DeviceModel
import Host
import Virtio

/// Which devices the networks of a run are at.
struct NetworkPlan {
  /// The devices that the options ask for, and those that `-nic` does.
  private(set) var devices: [DeviceRequest] = []
  /// What the machine calls a network, by its name in the options, where that is another.
  private(set) var slots: [String: String] = [:]

  private static let virtio = VirtioNet.model.name
  /// Where Ethernet addresses begin that nobody has chosen: the last byte counts up.
  private static let firstAddress = "52:54:00:12:34:"

  /// Plans for `board`, or for the one that `saved` brings, which has its devices.
  init(_ options: RunOptions, _ saved: SavedBoard?, _ board: inout BoardDescription) throws {
    devices = options.devices
    if let saved {
      let names = saved.networkNames
      for (index, nic) in options.nics.enumerated() {
        guard let netdev = nic.netdev else { continue }
        guard names.indices.contains(index) else {
          throw OptionError("-nic: the machine that was saved has \(names.count) networks")
        }
        slots[netdev.id] = names[index]
      }
      return
    }
    let ends = devices.compactMap { $0.properties["netdev"] }
    // A name is one network's: the board's own does not have that of another device.
    for index in board.devices.indices {
      guard let name = board.devices[index].backends["net"], ends.contains(name) else { continue }
      board.devices[index].backends["net"] = nil
    }
    for nic in options.nics { try add(nic, &board, options) }
    giveAddresses(&board)
  }

  private mutating func add(_ nic: NICOption, _ board: inout BoardDescription, _ options: RunOptions)
    throws(OptionError)
  {
    guard let netdev = nic.netdev else { return }
    let models = board.devices.filter { $0.backends["net"] != nil }.map(\.model)
    let names = Array(Set(models)) + [Self.virtio]
    let model = nic.model.map { ["virtio", "virtio-net"].contains($0) ? Self.virtio : $0 }
    if let model, !names.contains(model) { throw OptionError.unknown("-nic model", model, among: names) }
    if let address = nic.address, EthernetAddress(address) == nil {
      throw OptionError("mac=\(address): expected one interface's address, such as 52:54:00:12:34:56")
    }
    let own = board.devices.indices.first { index in
      guard let name = board.devices[index].backends["net"], model == nil || model == board.devices[index].model else {
        return false
      }
      return !slots.values.contains(name) && !options.netdevs.contains { $0.id == name }
    }
    if let own, let name = board.devices[own].backends["net"] {
      slots[netdev.id] = name
      if let address = nic.address { board.devices[own].parameters["mac"] = (address, board.devices[own].place) }
      return
    }
    guard model == nil || model == Self.virtio else {
      throw OptionError("-nic: \(board.name) has no other \(model ?? "")")
    }
    var properties = ["netdev": netdev.id]
    properties["mac"] = nic.address
    devices.append(DeviceRequest(model: Self.virtio, properties: properties))
  }

  /// Interfaces without an address of their own get the next that none has.
  private mutating func giveAddresses(_ board: inout BoardDescription) {
    var taken = Set(devices.compactMap { $0.properties["mac"]?.lowercased() })
    for device in board.devices where device.backends["net"] != nil {
      taken.insert(device.parameters["mac"]?.value.lowercased() ?? SMC91C111.usualAddress)
    }
    var last = 0x56
    devices = devices.map { request in
      guard request.model == Self.virtio, request.properties["mac"] == nil else { return request }
      var address: String
      repeat {
        address = Self.firstAddress + String(last & 0xff | 0x100, radix: 16).dropFirst()
        last += 1
      } while taken.contains(address) && last < 0x156
      taken.insert(address)
      var properties = request.properties
      properties["mac"] = address
      return DeviceRequest(model: request.model, id: request.id, properties: properties)
    }
  }
}

extension Networks {
  /// Goes by the time of `machine` from now on.
  func follow(_ machine: Machine) {
    time.clock = { [weak machine] in machine?.clock.now ?? 0 }
    time.epoch = { [weak machine] in machine?.epoch ?? 0 }
    time.isStanding = { [weak machine] in machine?.isRunning != true }
  }
}

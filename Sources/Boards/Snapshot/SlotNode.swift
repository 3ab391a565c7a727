import DeviceModel
import SavedState

/// The host resources of a machine, as a node of a snapshot: what has to be there again, or something like it.
enum SlotNode {
  static let name = "slots"

  /// One resource that a device uses.
  struct Slot: Equatable {
    /// What the machine calls it.
    let name: String
    /// What it is to the device: `chardev`, `drive`, `net`.
    let kind: String
    let device: String
    let isPresent: Bool
    /// Of a disk: bytes.
    var size: Int64?
    var isReadOnly = false
    /// Of a disk: what it is recognised by, as far as that was saved.
    var mark = DiskMark()
    /// Of a disk of this machine: it may have changed.
    var acceptsChanges = false
    /// Of a disk of this machine: where what is written goes.
    var overlay = DiskOverlay.none
    /// Of a character device: what has come in and the device has not read yet.
    var input: [UInt8] = []
    /// Of a network: what it knows of the guest.
    var memory: [UInt8] = []
  }

  /// A resource that is not as it was.
  struct Misfit {
    let path: String
    let file: String
    let here: String
    /// What can be done.
    let advice: String

    init(_ path: String, _ file: String, _ here: String, _ advice: String = "") {
      (self.path, self.file, self.here, self.advice) = (path, file, here, advice)
    }
  }

  /// Whether what a device calls `kind` is a character back end: a device with several of them numbers them.
  static func isCharacterKind(_ kind: String) -> Bool { kind.hasPrefix("chardev") }

  /// Whether what a device calls `kind` is the end of a network.
  static func isNetworkKind(_ kind: String) -> Bool { kind == "net" || kind == "netdev" }

  /// Who uses what a device calls `kind`: the device, or one of its ends.
  static func user(_ device: String, _ kind: String) -> String {
    isCharacterKind(kind) && kind != "chardev" ? "\(device).\(kind)" : device
  }

  /// The slots of `machine`, in the order of its devices; disks are recognised by what `use` needs.
  static func slots(of machine: Machine, for use: DiskMark.Use) -> [Slot] {
    let input = machine.waitingInput
    return machine.placed.flatMap { device in
      device.backends.sorted { $0.key < $1.key }.map { kind, name in
        let resource = machine.setup.backends[name]
        let user = user(device.name, kind)
        var slot = Slot(
          name: name, kind: isCharacterKind(kind) ? "chardev" : kind, device: user, isPresent: resource != nil)
        if let disk = resource as? any BlockBackend {
          slot.size = disk.size
          slot.isReadOnly = disk.isReadOnly
          slot.mark = DiskMark(disk, for: use)
          slot.acceptsChanges = disk.acceptsChanges
          slot.overlay = disk.overlay
        }
        if resource is any CharacterBackend { slot.input = input[user] ?? [] }
        if resource is any NetworkMemory { slot.memory = input[user] ?? [] }
        return slot
      }
    }
  }

  static func save(_ machine: Machine, for use: DiskMark.Use) -> StateNode {
    var node = StateNode(name)
    node["slots"] = .list(
      slots(of: machine, for: use).map { slot in
        var group = StateGroup()
        group["name"] = .text(slot.name)
        group["kind"] = .text(slot.kind)
        group["device"] = .text(slot.device)
        group["present"] = .bool(slot.isPresent)
        if let size = slot.size {
          group["size"] = .integer(Int128(size))
          group["readonly"] = .bool(slot.isReadOnly)
          slot.mark.save(to: &group)
        }
        if !slot.input.isEmpty { group["input"] = .bytes(slot.input) }
        if !slot.memory.isEmpty { group["memory"] = .bytes(slot.memory) }
        return .group(group)
      })
    return node
  }

  /// The slots that `node` lists; nil when it is of another form.
  static func load(_ node: StateNode) -> [Slot]? {
    guard node.name == name, node.version == 1, case .list(let values)? = node["slots"] else { return nil }
    var slots: [Slot] = []
    for value in values {
      guard case .group(let group) = value, case .text(let name)? = group["name"],
        case .text(let kind)? = group["kind"], case .text(let device)? = group["device"],
        case .bool(let isPresent)? = group["present"]
      else { return nil }
      var slot = Slot(name: name, kind: kind, device: device, isPresent: isPresent)
      if case .integer(let size)? = group["size"], case .bool(let isReadOnly)? = group["readonly"] {
        guard let size = Int64(exactly: size) else { return nil }
        slot.size = size
        slot.isReadOnly = isReadOnly
        guard let mark = DiskMark(group) else { return nil }
        slot.mark = mark
      }
      if case .bytes(let input)? = group["input"] {
        guard input.count <= Machine.inputLimit else { return nil }
        slot.input = input
      }
      if case .bytes(let memory)? = group["memory"] {
        guard memory.count <= Machine.inputLimit else { return nil }
        slot.memory = memory
      }
      slots.append(slot)
    }
    return slots
  }

  /// The input that the devices of `slots` had not read.
  static func input(of slots: [Slot]) -> [String: [UInt8]] {
    Dictionary(slots.filter { !$0.input.isEmpty }.map { ($0.device, $0.input) }) { first, _ in first }
  }

  /// What the networks of `slots` knew.
  static func memory(of slots: [Slot]) -> [String: [UInt8]] {
    Dictionary(slots.filter { !$0.memory.isEmpty }.map { ($0.device, $0.memory) }) { first, _ in first }
  }

  /// What of a file's slots does not fit `mine`. A disk has to be there as it was: guests remember what is on it, unless
  /// the user says that it may have changed; `deltas` are the devices for whose disks the file has what was over them. Who is at the other end of a line or a network may change.
  static func misfits(
    _ file: [Slot], _ mine: [Slot], deltas: [String], acceptingChanges: Bool
  ) -> [Misfit] {
    file.compactMap { slot in
      let here = mine.first { $0.device == slot.device && $0.kind == slot.kind }
      guard slot.size != nil || here?.size != nil else { return nil }
      func text(_ slot: Slot?) -> String {
        guard let size = slot?.size else { return "no disk" }
        return "a disk of \(size) bytes" + (slot?.isReadOnly == true ? ", read-only" : "")
      }
      let path = "\(slot.kind) \(slot.name) of \(slot.device)"
      guard text(slot) == text(here), let here else { return Misfit(path, text(slot), text(here)) }
      guard !acceptingChanges, !here.acceptsChanges else { return nil }
      var mark = slot.mark
      // What was over the image is put back.
      let isHere = deltas.contains(slot.device)
      if isHere ? here.overlay != .none : mark.position == 0 && here.overlay == .temporary { mark.position = nil }
      return mark.difference(to: here.mark).map { Misfit(path, $0.file, $0.here, $0.advice) }
    }
  }
}

import Boards
import DeviceModel
import Host
import Migration
import Monitor

/// The options of `ferry run`, read and checked as far as they can be without a board.
struct RunOptions {
  var board = "microvm"
  var memory: UInt64?
  var cpus = 1
  var cpuModel: String?
  /// Nil where `-accel` was not given.
  var accelerator: Accelerator?
  /// CPUs execute at once.
  var isParallel = false
  /// Linux perf is told of host code.
  var hasPerfMap = false
  /// The file with the guest's symbols.
  var symbols: String?
  var clock = ClockMode.host
  /// Whether `-clock` was given.
  private(set) var isClockChosen = false
  /// The snapshot to go on from.
  var loadvm: String?
  /// Where a machine comes in.
  var incoming: MigrationAddress?
  /// `-object`.
  var credentials: [TLSOption] = []
  /// `-migration`.
  var migration: OptionText?
  /// A fault that the next migration has, for tests; in no list.
  private(set) var migrationFault: FaultPlan?
  /// Whether the options say what board it is.
  var namesBoard: Bool { !boardOptions.isEmpty }
  /// What this run calls host resources that the machine it goes on with has other names for.
  var rebinds: [(old: String, new: String)] = []
  /// Whether something is named for the machine to start.
  var namesGuest: Bool { kernel != nil || bios != nil || !loaders.isEmpty }
  /// Options given that say what a snapshot says.
  private var boardOptions: [String] = []
  /// What is saved without being asked for.
  var autosave = AutosaveOption()
  var kernel: String?
  var initrd: String?
  var append: String?
  var bios: String?
  var dtb: String?
  /// `-device loader`, which is no device.
  var loaders: [DeviceRequest] = []
  var devices: [DeviceRequest] = []
  var serials: [BackendKind] = []
  var chardevs: [(id: String, kind: BackendKind)] = []
  var drives: [DriveOption] = []
  var netdevs: [NetdevOption] = []
  var nics: [NICOption] = []
  /// Files of what passes networks.
  var dumps: [DumpOption] = []
  var controls: [ControlOption] = []
  /// `-monitor` was given: nothing else is made for the human monitor.
  var isMonitorChosen = false
  var uuid: String?
  /// Where GDB connects to.
  var debugServer: String?
  var display = DisplayOption()
  /// Nil takes the board as it is.
  var vga: VGAOption?
  private var isDisplayChosen = false
  var isNographic = false
  var hasDefaults = true
  var startsPaused = false
  var noReboot = false
  var name: String?
  var logItems = LogSelection()
  var logFile: String?
  var folders: [String] = []
  /// Where the client of the device test protocol is.
  var qtest: BackendKind?
  /// Where all that is said goes; nil is standard error.
  var qtestLog: String?
  /// No guest executes, and the time moves as the client of the device test protocol says.
  var isUnderTest: Bool { clock == .commanded }
  /// A list that was asked for instead of a run.
  var answer: String?
  /// `-cpu help`: the answer depends on the board.
  var asksForCPUs = false

  init(_ arguments: [String]) throws(OptionError) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        throw OptionError("\"\(word)\" is no option; ferry run -help lists them")
      }
      var name = String(word.dropFirst(word.hasPrefix("--") ? 2 : 1))
      var value: String?
      if word.hasPrefix("--"), let equals = name.firstIndex(of: "=") {
        value = String(name[name.index(after: equals)...])
        name = String(name[..<equals])
      }
      if name == "x-migration-fault", let text = value ?? rest.popFirst() {
        do throws(MigrationError) { migrationFault = try FaultPlan(text) } catch { throw OptionError("\(error)") }
        continue
      }
      guard let option = RunOption.named(name) else {
        throw OptionError.unknown("option", "-" + name, among: RunOption.names.map { "-" + $0 })
      }
      if option.argument == nil {
        guard value == nil else { throw OptionError("-\(name) takes no argument") }
      } else if value == nil {
        guard let next = rest.popFirst() else {
          throw OptionError("-\(name) needs \(option.argument ?? "an argument")")
        }
        value = next
      }
      try take(option.name, value ?? "")
    }
    guard loadvm == nil || incoming == nil else {
      throw OptionError("-loadvm and -incoming exclude each other: a machine comes from one place")
    }
    guard !hasPerfMap || accelerator != .interpreter else {
      throw OptionError("-perfmap and -accel interpreter exclude each other: it names host code")
    }
    guard symbols == nil || hasPerfMap else { throw OptionError("-symbols needs -perfmap") }
    guard kernel != nil || initrd == nil else { throw OptionError("-initrd needs -kernel") }
    if let first = boardOptions.first, loadvm != nil {
      throw OptionError("-\(first) and -loadvm exclude each other: the board comes with the snapshot")
    }
    guard rebinds.isEmpty || loadvm != nil || incoming != nil && !namesBoard else {
      throw OptionError("-rebind goes with -loadvm, or with -incoming where no board is named")
    }
    // The built-in guest has something to show.
    if !namesGuest, !isUnderTest, loadvm == nil, incoming == nil, !isDisplayChosen, hasDefaults {
      display = DisplayOption(.windowIfPossible)
    }
  }

  private mutating func take(_ name: String, _ value: String) throws(OptionError) {
    if ["M", "m", "smp", "cpu", "vga"].contains(name) { boardOptions.append(name) }
    switch name {
    case "loadvm": loadvm = value
    case "incoming":
      do throws(MigrationError) {
        // A machine in a file was saved: there is nobody to wait for.
        switch try MigrationAddress(value) {
        case .file(let path): loadvm = path
        case let address: incoming = address
        }
      } catch {
        throw OptionError("-incoming: \(error)")
      }
    case "object":
      if OptionText(value).kind == DumpOption.kind {
        dumps.append(try DumpOption(value))
      } else {
        credentials.append(try TLSOption(value))
      }
    case "netdev": netdevs.append(try NetdevOption(value))
    case "nic": nics.append(try NICOption(value, number: nics.count))
    case "migration":
      let text = OptionText(value)
      let known = ["tls-creds", "tls-hostname", "tls-local"]
      for key in [text.kind].filter({ !$0.isEmpty }) + text.pairs.map(\.key) where !known.contains(key) {
        throw OptionError.unknown("property of -migration", key, among: known)
      }
      guard ["on", "off", nil].contains(text["tls-local"]) else { throw OptionError("tls-local=: expected on or off") }
      migration = text
    case "rebind": rebinds += try Self.rebinds(value)
    case "autosave": autosave = try AutosaveOption(value)
    case "M": board = value
    case "m": memory = try Self.size(value)
    case "smp": cpus = try Self.count(value)
    case "cpu":
      if Self.asksForHelp(value) { asksForCPUs = true } else { cpuModel = value }
    case "accel":
      let text = OptionText(value)
      let kind = text.kind
      if let threads = text["thread"] {
        guard ["single", "multi"].contains(threads) else {
          throw OptionError.unknown("-accel thread=", threads, among: ["single", "multi"])
        }
        guard kind == "jit" || threads == "single" else {
          throw OptionError("-accel \(kind),thread=multi: CPUs execute at once with jit only")
        }
        isParallel = threads == "multi"
      }
      switch kind {
      case "interpreter": accelerator = .interpreter
      case "jit": accelerator = .jit
      case "qtest":
        guard isUnderTest || !isClockChosen else {
          throw OptionError("-accel qtest has a clock of its own: -clock does not go with it")
        }
        clock = .commanded
        isClockChosen = true
      default: throw OptionError.unknown("-accel", kind, among: ["interpreter", "jit", "qtest"])
      }
    case "perfmap": hasPerfMap = true
    case "symbols": symbols = value
    case "clock":
      guard !isUnderTest else { throw OptionError("-accel qtest has a clock of its own: -clock does not go with it") }
      clock = try Self.clock(value)
      isClockChosen = true
    case "qtest": qtest = try BackendKind(serial: value)
    case "qtest-log": qtestLog = value
    case "kernel": kernel = value
    case "initrd": initrd = value
    case "append": append = value
    case "bios": bios = value
    case "dtb": dtb = value
    case "device":
      if Self.asksForHelp(value) {
        answer = Lists.devices
      } else {
        let request = try Self.device(value)
        if request.model == "loader" { loaders.append(request) } else { devices.append(request) }
        if request.model != "loader" { boardOptions.append(name) }
      }
    case "serial": serials.append(try BackendKind(serial: value))
    case "chardev": chardevs.append(try BackendKind.chardev(value))
    case "qmp": controls.append(try ControlOption(.control, value))
    case "qmp-pretty": controls.append(try ControlOption(.control, value, pretty: true))
    case "monitor":
      isMonitorChosen = true
      let control = try ControlOption(.readline, value)
      if control.kind != .null { controls.append(control) }
    case "mon": controls.append(try ControlOption(mon: value))
    case "uuid": uuid = try Self.uuid(value)
    case "drive":
      let drive = try DriveOption(value)
      drives.append(drive)
      guard drive.slot == .virtio else { break }
      devices.append(DeviceRequest(model: "virtio-blk-device", properties: ["drive": drive.id]))
      boardOptions.append("drive if=virtio")
    case "display":
      isDisplayChosen = true
      display = try DisplayOption(value)
    case "vga": vga = try VGAOption.read(value)
    case "nographic":
      isNographic = true
      isDisplayChosen = true
      display.kind = .none
    case "nodefaults": hasDefaults = false
    case "S": startsPaused = true
    case "s": debugServer = GDBHost.usualPlace
    case "gdb": debugServer = value
    case "no-reboot": noReboot = true
    case "name": self.name = value
    case "d":
      if Self.asksForHelp(value) { answer = LogSelection.help } else { logItems.formUnion(try LogSelection(value)) }
    case "D": logFile = value
    case "L": folders.append(value)
    default: answer = RunOption.help
    }
  }

  private static func rebinds(_ value: String) throws(OptionError) -> [(old: String, new: String)] {
    try value.split(separator: ",", omittingEmptySubsequences: false).map { part throws(OptionError) in
      let names = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard names.count == 2 else { throw OptionError("-rebind \(value): expected OLD=NEW") }
      return (names[0], names[1])
    }
  }

  private static func asksForHelp(_ value: String) -> Bool { value == "help" || value == "?" }

  private static func size(_ value: String) throws(OptionError) -> UInt64 {
    let option = OptionText(value)
    for (key, _) in option.pairs where key != "size" {
      throw OptionError.unknown("property of -m", key, among: ["size"])
    }
    let text = option["size"] ?? option.kind
    guard let size = SizeText.parse(text, unit: 1 << 20), size > 0 else {
      throw OptionError("-m \(value): expected a size such as 256M or 1G")
    }
    let host = HostFile.physicalMemory
    guard size <= host else {
      throw OptionError("-m \(value): more than this host's \(host >> 20) MiB of memory")
    }
    return size
  }

  private static func count(_ value: String) throws(OptionError) -> Int {
    let option = OptionText(value)
    for (key, _) in option.pairs where key != "cpus" {
      throw OptionError.unknown("property of -smp", key, among: ["cpus"])
    }
    guard let count = Int(option["cpus"] ?? option.kind), count > 0 else {
      throw OptionError("-smp \(value): expected a number of CPUs")
    }
    return count
  }

  /// The canonical form of a UUID (RFC 9562, section 4), in lower case.
  private static func uuid(_ value: String) throws(OptionError) -> String {
    let text = value.lowercased()
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ $0.utf8.allSatisfy(isHexDigit) }) else {
      throw OptionError("-uuid \(value): expected one such as 550e8400-e29b-41d4-a716-446655440000")
    }
    return text
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func clock(_ value: String) throws(OptionError) -> ClockMode {
    let option = OptionText(value)
    switch option.kind {
    case "host":
      guard option.pairs.isEmpty else { throw OptionError("-clock host takes no properties") }
      return .host
    case "instructions":
      var rate = ClockMode.defaultRate
      var isPaced = false
      for (key, text) in option.pairs {
        switch key {
        case "ips":
          guard let number = UInt64(text), (1_000...1_000_000_000_000).contains(number) else {
            throw OptionError("-clock ips=\(text): expected instructions a second, 1000 to 1000000000000")
          }
          rate = number
        case "sleep":
          guard ["on", "off"].contains(text) else { throw OptionError("-clock sleep=\(text): expected on or off") }
          isPaced = text == "on"
        default: throw OptionError.unknown("property of -clock", key, among: ["ips", "sleep"])
        }
      }
      return .instructions(rate: rate, paced: isPaced)
    default: throw OptionError.unknown("-clock", option.kind, among: ["host", "instructions"])
    }
  }

  private static func device(_ value: String) throws(OptionError) -> DeviceRequest {
    let option = OptionText(value)
    guard !option.kind.isEmpty else { throw OptionError("-device \(value): begins with a model") }
    var properties: [String: String] = [:]
    var id: String?
    for (key, text) in option.pairs {
      if key == "id" { id = text } else { properties[key] = text }
    }
    return DeviceRequest(model: option.kind, id: id, properties: properties)
  }
}

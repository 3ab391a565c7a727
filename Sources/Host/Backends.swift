public import DeviceModel
import Glibc

/// Makes the character back ends that options ask for, and keeps them.
public final class Backends {
  /// What the back ends' descriptors are watched by.
  public let poller: Poller
  /// Ctrl-A commands of whoever sits at the terminal.
  public var onCommand: ((EscapeDecoder.Event) -> Void)?
  /// Notes for the user, such as where a pty is; on standard error unless set.
  public var note: (String) -> Void = { StandardError.write("ferry: \($0)\n") }
  /// Standard input and output, once somebody has asked for them.
  public private(set) var stdio: StdioBackend?
  /// What was made, by what it is for.
  public private(set) var all: [(name: String, kind: BackendKind)] = []
  private var named: [String: BackendKind] = [:]
  private var taken = Set<String>()

  /// None made yet.
  public init(poller: Poller) { self.poller = poller }

  /// Names a back end for later use.
  public func define(_ id: String, _ kind: BackendKind) throws(OptionError) {
    guard named[id] == nil else { throw OptionError("-chardev id=\(id) is given twice") }
    named[id] = kind
  }

  /// What `-chardev` has named `id`, for `user` alone; of other kinds themselves.
  public func resolve(_ kind: BackendKind, for user: String) throws(OptionError) -> BackendKind {
    guard case .named(let id) = kind else { return kind }
    guard let kind = named[id] else { throw OptionError.unknown("chardev", id, among: named.keys.sorted()) }
    guard taken.insert(id).inserted else { throw OptionError("\(user): chardev \"\(id)\" is already in use") }
    return kind
  }

  /// Makes one; `name` is what it is for.
  public func make(_ kind: BackendKind, name: String) throws -> any CharacterBackend {
    if case .named(let id) = kind { return try make(try resolve(kind, for: name), name: id) }
    let backend = try open(kind, name: name)
    all.append((name, kind))
    return backend
  }

  private func open(_ kind: BackendKind, name: String) throws -> any CharacterBackend {
    switch kind {
    case .null: return NullBackend()
    case .stdio(let escapes):
      guard stdio == nil else { throw OptionError("\(name): stdio is already in use") }
      let made = try StdioBackend(name: name, poller: poller, escapes: escapes ?? (isatty(0) == 1))
      made.onCommand = { [weak self] in self?.onCommand?($0) }
      stdio = made
      return made
    case .file(let path, let append): return try FileBackend(name: name, poller: poller, path: path, append: append)
    case .pty:
      let made = try PTYBackend(name: name, poller: poller)
      note("\(name) is at \(made.path)")
      return made
    case .server(let address, let wait):
      let made = try SocketBackend(name: name, poller: poller, listeningAt: address)
      if wait {
        note("\(name) waits for a connection to \(address)")
        made.waitForClient()
      }
      return made
    case .client(let address, let reconnect):
      return try SocketBackend(name: name, poller: poller, connectingTo: address, reconnect: reconnect)
    case .descriptor(let descriptor, let isServer):
      return try SocketBackend(name: name, poller: poller, descriptor: descriptor, isServer: isServer)
    case .named(let id): throw OptionError("\(name): chardev \"\(id)\" names another")
    }
  }
}

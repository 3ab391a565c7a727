/// The network ends of a run, and what is done with them by name.
public final class Networks {
  /// The time that all of them go by.
  public let time = NetworkTime()
  /// In the order of the options.
  public private(set) var all: [NetworkEnd] = []
  private let poller: Poller

  /// None.
  public init(poller: Poller) { self.poller = poller }

  /// Makes the ends that `options` describe, and the files that `dumps` do.
  public init(poller: Poller, _ options: [NetdevOption], dumps: [DumpOption]) throws {
    self.poller = poller
    for option in options { _ = try make(option) }
    for dump in dumps {
      guard let end = self[dump.netdev] else {
        throw OptionError.unknown("netdev", dump.netdev, among: all.map(\.name))
      }
      end.dump(to: try PacketDump(dump.path, length: dump.length))
    }
  }

  /// The one of that name.
  public subscript(name: String) -> NetworkEnd? { all.first { $0.name == name } }

  /// Makes one more.
  public func make(_ option: NetdevOption) throws -> NetworkEnd {
    guard self[option.id] == nil else { throw OptionError("-netdev id=\(option.id) is given twice") }
    let end: NetworkEnd =
      switch option.kind {
      case .user(let user): try UserNetwork(name: option.id, poller: poller, time: time, user)
      case .server(let address):
        try SocketNetwork(name: option.id, poller: poller, time: time, listeningAt: address)
      case .client(let address, let reconnect):
        try SocketNetwork(name: option.id, poller: poller, time: time, connectingTo: address, reconnect: reconnect)
      }
    all.append(end)
    return end
  }

  /// An end to nowhere, called `name`.
  public func makeNothing(_ name: String) -> NetworkEnd {
    let end = NoNetwork(name: name, poller: poller, time: time)
    all.append(end)
    return end
  }

  /// The user network of that name; with nil, the only one.
  public func user(_ name: String?) throws(OptionError) -> UserNetwork {
    if let name {
      guard let end = self[name] else { throw OptionError.unknown("netdev", name, among: all.map(\.name)) }
      guard let user = end as? UserNetwork else { throw OptionError("netdev \(name) is no user network") }
      return user
    }
    guard let user = all.lazy.compactMap({ $0 as? UserNetwork }).first else {
      throw OptionError("there is no user network: -netdev user,id=NAME makes one")
    }
    return user
  }
}

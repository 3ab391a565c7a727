public import Host

/// GDB's server at its socket: `-gdb`, and the monitor's `gdbserver`.
public final class GDBHost {
  /// Where `-s` and a `gdbserver` without a place listen.
  public static let usualPlace = "tcp::1234"

  private let control: Control
  private let poller: Poller
  private var server: GDBServer?
  private var socket: ControlSocket?

  /// Nothing is listened to yet.
  public init(_ control: Control, poller: Poller) {
    self.control = control
    self.poller = poller
  }

  /// What `-gdb TEXT` means: `tcp:[HOST]:PORT`, `unix:PATH`, or a `chardev:ID` that `resolve` knows; nil for `none`.
  /// GDB connects to us, whatever `server` says, and the guest does not wait for it.
  public static func place(
    _ text: String, resolve: (BackendKind) throws(OptionError) -> BackendKind = { kind throws(OptionError) in kind }
  ) throws(OptionError) -> BackendKind? {
    if text == "none" { return nil }
    let kind = try resolve(try BackendKind(serial: text))
    switch kind {
    case .server(let address, _), .client(let address, _): return .server(address, wait: false)
    case .descriptor, .pty: return kind
    case .null, .stdio, .file, .named:
      throw OptionError("-gdb \(text): expected tcp:[HOST]:PORT, unix:PATH or none")
    }
  }

  /// Listens at `place`, and nowhere else from now on; a client that is there is cut off, and its guest runs on.
  ///
  /// - Throws: `HostError` when the place cannot be listened at.
  public func listen(at place: BackendKind?) throws {
    socket = nil
    guard let place else { return }
    let server = server ?? makeServer()
    self.server = server
    socket = try ControlSocket(name: "gdb", poller: poller, place) { GDBPeer(server, $0) }
  }

  private func makeServer() -> GDBServer {
    let server = GDBServer(control.machine)
    server.monitor = { [unowned control] line, cpu in
      do throws(CommandError) {
        let text = try control.humanMonitor?(line, cpu) ?? "There is no monitor\n"
        return control.takeAwaited() == nil ? text : text + "It goes on while the guest runs: see info jobs\n"
      } catch {
        return "\(error)\n"
      }
    }
    return server
  }

  /// The port that a TCP server listens at.
  public var port: UInt16? { socket?.port }
}

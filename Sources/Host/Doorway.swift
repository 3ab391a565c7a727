import Glibc

/// A socket that listens for one peer after the other, on the machine's thread.
public final class Doorway {
  private let poller: Poller
  private var watch: Watch?
  private var path: String?
  /// Which file it is: another may have taken its place.
  private var file: ino_t = 0

  /// Listens at `address`; `name` is what for. `body` gets each connection's descriptor, which is the caller's.
  ///
  /// - Throws: `HostError` when it cannot.
  public init(
    _ address: SocketAddress, name: String, poller: Poller, _ body: @escaping (Int32) -> Void
  ) throws(HostError) {
    self.poller = poller
    let descriptor: Int32
    do throws(HostError) {
      descriptor = try ListeningSocket.open(address, name: name)
    } catch {
      throw HostError("\(name): \(error)")
    }
    if case .unix(let path) = address {
      self.path = path
      file = Self.file(at: path)
    }
    watch = poller.watch(descriptor, .read) { _ in
      let peer = accept(descriptor, nil, nil)
      guard peer >= 0 else { return }
      _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
      body(peer)
    }
  }

  deinit {
    if let watch {
      poller.remove(watch)
      close(watch.descriptor)
    }
    if let path, file == Self.file(at: path) { unlink(path) }
  }

  private static func file(at path: String) -> ino_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_ino : 0
  }

  /// Whether peers are let in; others wait.
  public var isOpen: Bool {
    get { watch?.wants == .read }
    set { watch?.wants = newValue ? .read : [] }
  }

  /// The port, of TCP.
  public var port: UInt16? { watch.flatMap { ListeningSocket.port(of: $0.descriptor) } }
}

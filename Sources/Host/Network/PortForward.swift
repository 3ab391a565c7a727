/// A port of the host that leads to one of the guest, as `hostfwd=` has it.
public struct PortForward: Equatable, Sendable, CustomStringConvertible {
  public let isUDP: Bool
  /// Where the host listens; 0.0.0.0 is everywhere.
  public let host: IPv4Address
  public let hostPort: UInt16
  /// 0.0.0.0 is the first address that the DHCP server gives.
  public let guest: IPv4Address
  public let guestPort: UInt16

  /// `[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT`.
  public init(_ text: String) throws(OptionError) {
    let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let refusal = OptionError("hostfwd=\(text): expected [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT")
    guard halves.count == 2, let (isUDP, host, hostPort) = Self.host(halves[0]) else { throw refusal }
    let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let guest = Self.address(parts[0]), let guestPort = UInt16(parts[1]), guestPort > 0 else {
      throw refusal
    }
    (self.isUDP, self.host, self.hostPort, self.guest, self.guestPort) = (isUDP, host, hostPort, guest, guestPort)
  }

  /// The host's side alone: `[tcp|udp]:[HOSTADDR]:HOSTPORT`.
  static func host(_ text: some StringProtocol) -> (isUDP: Bool, host: IPv4Address, port: UInt16)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, ["", "tcp", "udp"].contains(parts[0]), let host = address(parts[1]),
      let port = UInt16(parts[2]), port > 0
    else { return nil }
    return (parts[0] == "udp", host, port)
  }

  private static func address(_ text: some StringProtocol) -> IPv4Address? {
    text.isEmpty ? IPv4Address(0) : IPv4Address(text)
  }

  /// Whether it is the one that begins there.
  func begins(_ isUDP: Bool, _ host: IPv4Address, _ port: UInt16) -> Bool {
    self.isUDP == isUDP && self.host == host && hostPort == port
  }

  public var description: String { "\(isUDP ? "udp" : "tcp"):\(host):\(hostPort)-\(guest):\(guestPort)" }
}

/// What `-netdev user` says: a network of the guest's own behind the host, with a router, a DHCP, a DNS and a TFTP
/// server in it.
public struct UserNetworkOption: Equatable, Sendable {
  public var network = IPv4Address(0x0a00_0200)
  public var mask = IPv4Address(0xffff_ff00)
  /// The router, which is the host to the guest.
  public var host: IPv4Address
  public var dns: IPv4Address
  /// The first of the 16 addresses that the DHCP server gives.
  public var dhcpStart: IPv4Address
  /// The guest reaches nothing but this network, and forwarded ports reach the guest.
  public var isRestricted = false
  public var hasIPv4 = true
  public var hasIPv6 = true
  /// What the DHCP server says of names.
  public var hostName: String?
  public var domainName: String?
  public var searchList: [String] = []
  /// The folder whose files the TFTP server gives.
  public var tftp: String?
  public var tftpServerName: String?
  public var bootFile: String?
  public var forwards: [PortForward] = []

  /// The properties, beside `id`.
  static let keys = [
    "net", "host", "dns", "dhcpstart", "restrict", "ipv4", "ipv6", "hostname", "domainname", "dnssearch", "tftp",
    "tftp-server-name", "bootfile", "hostfwd",
  ]

  /// What `pairs` say.
  init(_ pairs: [(key: String, value: String)]) throws(OptionError) {
    var values: [String: String] = [:]
    for (key, value) in pairs {
      switch key {
      case "hostfwd": forwards.append(try PortForward(value))
      case "dnssearch": searchList.append(value)
      default: values[key] = value
      }
    }
    if let text = values["net"] { (network, mask) = try Self.network(text) }
    // The bits below the mask, as in 10.0.2.2.
    let base = network.number & mask.number
    let hostBits = ~mask.number
    host = IPv4Address(base | 0x0202 & hostBits)
    dhcpStart = IPv4Address(base | 0x020f & hostBits)
    dns = IPv4Address(base | 0x0203 & hostBits)
    for (key, place) in [("host", \Self.host), ("dns", \Self.dns), ("dhcpstart", \Self.dhcpStart)] {
      guard let text = values[key] else { continue }
      guard let address = IPv4Address(text) else { throw OptionError("\(key)=\(text): expected an IPv4 address") }
      self[keyPath: place] = address
    }
    for (key, address) in [("host", host), ("dns", dns), ("dhcpstart", dhcpStart)] {
      guard address.number & mask.number == base, address.number & hostBits != 0, address.number & hostBits != hostBits
      else { throw OptionError("\(key)=\(address) is no address of a host in net=\(networkText)") }
    }
    guard host != dns else { throw OptionError("host=\(host) and dns=\(dns) are the same") }
    guard dhcpStart.number & hostBits <= hostBits - 16 else {
      throw OptionError("dhcpstart=\(dhcpStart): there are no 16 addresses from there on in net=\(networkText)")
    }
    let given = dhcpStart.number..<dhcpStart.number + 16
    guard !given.contains(host.number), !given.contains(dns.number) else {
      throw OptionError("dhcpstart=\(dhcpStart): the 16 addresses from there on have host= or dns= among them")
    }
    isRestricted = try Self.flag(values, "restrict") ?? false
    hasIPv4 = try Self.flag(values, "ipv4") ?? true
    hasIPv6 = try Self.flag(values, "ipv6") ?? true
    guard hasIPv4 || hasIPv6 else { throw OptionError("ipv4=off,ipv6=off leaves no network") }
    (hostName, domainName, tftp) = (values["hostname"], values["domainname"], values["tftp"])
    (tftpServerName, bootFile) = (values["tftp-server-name"], values["bootfile"])
    // What a DHCP option holds.
    for (key, text) in [("hostname", hostName), ("domainname", domainName), ("tftp-server-name", tftpServerName)] {
      guard let text else { continue }
      guard (1...255).contains(text.utf8.count) else { throw OptionError("\(key)=: expected 1 to 255 bytes") }
    }
    if let bootFile, bootFile.utf8.count > 127 { throw OptionError("bootfile=: expected at most 127 bytes") }
  }

  /// As `net=` has it.
  public var networkText: String { "\(network)/\(mask.number.nonzeroBitCount)" }

  /// `ADDRESS[/BITS|/MASK]`.
  private static func network(_ text: String) throws(OptionError) -> (IPv4Address, IPv4Address) {
    let refusal = OptionError("net=\(text): expected a network such as 10.0.2.0/24")
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPv4Address(parts[0]) else { throw refusal }
    var mask = IPv4Address(0xffff_ff00)
    if parts.count == 2 {
      if let bits = Int(parts[1]), (1...27).contains(bits) {
        mask = IPv4Address(~(UInt32.max >> UInt32(bits)))
      } else if let dotted = IPv4Address(parts[1]), (1...27).contains(dotted.number.nonzeroBitCount),
        (~dotted.number).leadingZeroBitCount == dotted.number.nonzeroBitCount
      {
        mask = dotted
      } else {
        throw refusal
      }
    }
    return (IPv4Address(address.number & mask.number), mask)
  }

  private static func flag(_ values: [String: String], _ key: String) throws(OptionError) -> Bool? {
    switch values[key] {
    case nil: nil
    case "on", "yes", "true", "y": true
    case "off", "no", "false", "n": false
    case let value?: throw OptionError("\(key)=\(value): expected on or off")
    }
  }
}

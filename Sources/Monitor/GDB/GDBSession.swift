/// What belongs to one connection of a GDB.
struct GDBSession {
  /// A packet's data may be that long, both ways.
  static let packetSize = 0x4000

  let link: any GDBLink
  var reader = GDBPacketReader(limit: packetSize)
  /// Whether each packet is acknowledged.
  var acknowledges = true
  /// The last packet sent, for a client that did not get it.
  var lastSent: [UInt8] = []
  /// Whether GDB debugs the machine: from its connection to a detach.
  var isAttached = true
  /// Whether GDB has let the guest run and will be told when it stops.
  var awaitsStop = false
  /// Whether an interrupt came while the guest stood still: for a GDB that sends it before the packet that lets the
  /// guest run, which its user saw the other way round. Forgotten once GDB looks at the registers.
  var isInterrupted = false
  /// The steps that were asked for and are not done.
  var step: GDBStep?
  /// The CPU of `g`, `m` and their like.
  var cpu = 0
  /// The CPU of `s` and `c`; nil: the one that stopped.
  var runner: Int?
  /// Why the guest is stopped.
  var stop = GDBStop()
  /// Whether the client knows these reasons of a stop.
  var knowsSoftware = false
  var knowsHardware = false
  /// Whether addresses are physical.
  var isPhysical = false
  /// What came behind a packet that waits for a reset to have happened.
  var held: [UInt8] = []
  var waitsForReset = false

  init(_ link: any GDBLink) { self.link = link }
}

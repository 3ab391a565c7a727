/// One interrupt message between APICs (Intel SDM volume 3, 11.6 and 11.11).
public struct APICMessage: Sendable {
  /// How the destination takes the message; raw values as in the registers' delivery mode fields.
  public enum Delivery: UInt8, Sendable {
    case fixed = 0
    case lowestPriority = 1
    case systemManagement = 2
    case nonMaskable = 4
    case initialize = 5
    case startUp = 6
    case external = 7
  }

  /// A destination that every local APIC takes for itself.
  public static let broadcast: UInt32 = .max

  /// An APIC ID, or a set of them in logical mode; `broadcast` for all.
  public var destination: UInt32
  /// Whether `destination` is a logical one, a set, rather than an ID.
  public var isLogical: Bool
  /// The delivery mode.
  public var delivery: Delivery
  /// The vector; ignored for those delivery modes that have none.
  public var vector: UInt8
  /// Level triggered: the end of the interrupt is told to the IOAPICs.
  public var isLevel: Bool
  /// False only in the obsolete "INIT level de-assert", which changes nothing.
  public var isAssert: Bool

  /// A message as the ICR or a redirection entry spells it.
  public init(
    destination: UInt32, isLogical: Bool = false, delivery: Delivery = .fixed, vector: UInt8, isLevel: Bool = false,
    isAssert: Bool = true
  ) {
    self.destination = destination
    self.isLogical = isLogical
    self.delivery = delivery
    self.vector = vector
    self.isLevel = isLevel
    self.isAssert = isAssert
  }

  /// Widens the eight destination bits of an IOAPIC entry or of an xAPIC command; all ones is everybody.
  public static func wide(_ destination: UInt8) -> UInt32 {
    destination == 0xff ? broadcast : UInt32(destination)
  }
}

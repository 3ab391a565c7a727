public import DeviceModel

/// What connects local APICs and IOAPICs: carries messages, arbitrates for lowest priority, tells IOAPICs of
/// the end of level-triggered interrupts. It has no state of its own.
public final class APICBus: HostSide {
  /// An APIC that is on the bus as long as it lives; its identity is what its `deinit` can still ask for.
  private struct Local {
    unowned let apic: LocalAPIC
    let identity: ObjectIdentifier
  }
  private struct Input {
    unowned let apic: IOAPIC
    let identity: ObjectIdentifier
  }
  private var locals: [Local] = []
  private var inputs: [Input] = []

  /// Told of each message, while a log wants to know of them.
  public var onMessage: ((APICMessage) -> Void)?

  public init() {}

  func attach(_ apic: LocalAPIC) { locals.append(Local(apic: apic, identity: ObjectIdentifier(apic))) }
  func attach(_ apic: IOAPIC) { inputs.append(Input(apic: apic, identity: ObjectIdentifier(apic))) }
  func detach(_ apic: LocalAPIC) { locals.removeAll { $0.identity == ObjectIdentifier(apic) } }
  func detach(_ apic: IOAPIC) { inputs.removeAll { $0.identity == ObjectIdentifier(apic) } }

  /// Hands `message` to every local APIC that it is meant for but `sender`; of those that lowest priority
  /// allows, to one. False when nobody took it.
  @discardableResult
  public func deliver(_ message: APICMessage, except sender: LocalAPIC? = nil) -> Bool {
    onMessage?(message)
    if message.delivery == .lowestPriority {
      guard let winner = arbitrate(message, except: sender) else { return false }
      return winner.receive(message)
    }
    var taken = false
    for local in locals where local.apic !== sender && local.apic.matches(message) {
      if local.apic.receive(message) { taken = true }
    }
    return taken
  }

  /// The focus processor if there is one, else the lowest arbitration priority, and of equals the lowest ID
  /// (Intel SDM volume 3, 11.6.2.4: the tie break is the model's choice).
  private func arbitrate(_ message: APICMessage, except sender: LocalAPIC?) -> LocalAPIC? {
    var best: LocalAPIC?
    for local in locals {
      let apic = local.apic
      guard apic !== sender, apic.matches(message), apic.acceptsFixed else { continue }
      if apic.isFocus(of: message.vector) { return apic }
      guard let other = best else {
        best = apic
        continue
      }
      let mine = (apic.arbitrationPriority, apic.identifier)
      if mine < (other.arbitrationPriority, other.identifier) { best = apic }
    }
    return best
  }

  /// A CPU has ended the level-triggered interrupt `vector`.
  public func endOfInterrupt(_ vector: UInt8) {
    for input in inputs { input.apic.endOfInterrupt(vector) }
  }
}

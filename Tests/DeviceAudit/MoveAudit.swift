public import DeviceModel
import GuestMemory
import SavedState

/// Runs one device beside a twin that is moved into a new device at random moments, and tells where they part: in
/// what a guest reads, in a line, or in the state at the end.
///
/// Both see the same accesses, changes of input lines and steps of the clock.
///
/// - Parameters:
///   - steps: how many accesses are made.
///   - pause: the longest time between two, in nanoseconds.
///   - prepare: fills a site: parameters, back ends (each device gets a site of its own).
public func auditMoves<D: Device>(
  of _: D.Type, seed: UInt64 = 1, steps: Int = 5000, pause: Int64 = 1_000_000, prepare: (Site) -> Void = { _ in }
) -> [String] {
  let table = D.State.table
  var random = SplitMix64(seed: seed)
  var now: Int64 = 0
  let resident = Seat<D>(now: { now }, prepare)
  var moved = Seat<D>(now: { now }, prepare)
  // A site must outlive its device, and nothing below names it.
  defer { withExtendedLifetime((resident.site, moved.site)) {} }
  for step in 0..<steps {
    let place = "\(D.model.name): step \(step) from seed \(seed)"
    if random.next() % 16 == 0 {
      let seat = Seat<D>(now: { now }, prepare)
      do {
        seat.device.state = try table.load(table.save(moved.device.state), over: seat.device.state)
      } catch {
        return ["\(place): \(error)"]
      }
      table.scrambleDerived(&seat.device.state, using: &random)
      seat.device.settle()
      moved = seat
    }
    switch random.next() % 8 {
    case 0, 1:
      now += Int64(random.next() % UInt64(max(pause, 1)))
      resident.clock.runDue()
      moved.clock.runDue()
    case 2 where !D.model.inputs.isEmpty:
      let input = Int(random.next() % UInt64(D.model.inputs.count))
      let level = random.next() & 1 == 0
      resident.device.input(input, level)
      moved.device.input(input, level)
    default:
      guard !D.model.regions.isEmpty else { continue }
      let index = Int(random.next() % UInt64(D.model.regions.count))
      // Both draw the same access.
      var same = random
      let stayed = randomAccess(resident.device, D.model.regions[index], index, &random)
      let went = randomAccess(moved.device, D.model.regions[index], index, &same)
      if stayed != went { return ["\(place): a read gives \(went) after a move, \(stayed) without"] }
    }
    for name in D.model.outputs where resident.levels.level(name) != moved.levels.level(name) {
      return [
        "\(place): line \(name) is \(moved.levels.level(name)) after a move, \(resident.levels.level(name)) without"
      ]
    }
  }
  return table.save(resident.device.state).differences(to: table.save(moved.device.state)).map {
    "\(D.model.name): after \(steps) steps from seed \(seed) \($0)"
  }
}

/// A device with all that it hangs on.
private struct Seat<D: Device> {
  let clock: VirtualClock
  let site: Site
  let device: D
  let levels = Levels()

  init(now: @escaping () -> Int64, _ prepare: (Site) -> Void) {
    clock = VirtualClock(now)
    site = Site(name: D.model.name, clock: clock, memory: AddressSpace(name: "none"))
    prepare(site)
    for name in D.model.outputs {
      site.line(name).connect { [levels] in levels.set(name, $0) }
    }
    device = D(site)
  }
}

/// What lines were last driven to.
private final class Levels {
  private var levels: [String: Bool] = [:]

  func set(_ name: String, _ level: Bool) { levels[name] = level }

  func level(_ name: String) -> Bool { levels[name] ?? false }
}

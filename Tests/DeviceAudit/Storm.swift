public import DeviceModel
import SavedState

/// Drives a device with random accesses of every width, input lines and steps of the clock, as a mad guest and a
/// mad board would; what is wrong with the state that it ends in, empty when it can be saved and loaded.
///
/// - Parameters:
///   - accesses: how many bus accesses are made.
///   - prepare: fills the site: parameters and back ends.
public func auditStorm<D: Device>(
  of _: D.Type, seed: UInt64 = 7, accesses: Int = 1_000_000, prepare: (Site) -> Void = { _ in }
) -> [String] {
  let desk = Desk<D>(prepare: prepare)
  defer { withExtendedLifetime(desk.site) {} }
  let regions = D.model.regions
  guard !regions.isEmpty else { return [] }
  var random = SplitMix64(seed: seed)
  for access in 0..<accesses {
    let index = access % regions.count
    randomAccess(desk.device, regions[index], index, &random)
    let word = random.next()
    if access % 64 == 0, !D.model.inputs.isEmpty {
      desk.device.input(Int(word >> 40 & 0xff) % D.model.inputs.count, word & 2 == 0)
    }
    if access % 256 == 0 {
      desk.jump(to: desk.now + Int64(word >> 44))
      desk.clock.runDue()
    }
  }
  let table = D.State.table
  let tree = table.save(desk.device.state)
  do {
    let loaded = try table.load(tree, over: desk.device.state)
    return tree.differences(to: table.save(loaded)).map { "after \(accesses) accesses a load changes \($0)" }
  } catch {
    return ["\(D.model.name): after \(accesses) accesses (seed \(seed)) the state does not load: \(error)"]
  }
}

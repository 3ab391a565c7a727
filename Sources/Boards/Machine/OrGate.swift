import DeviceModel

/// One input that several lines drive: high while any of them is.
final class OrGate {
  private var levels: [Bool] = []
  /// Told of a line's changes before the input is, by the line's number.
  var taps: [((Bool) -> Void)?] = []
  private let sink: (Bool) -> Void
  /// Told before the input is, each time it is driven.
  var tap: ((Bool) -> Void)?
  /// While a state is loaded: lines are noted, and the input is not driven.
  private var isHeld = false
  private var wasDriven = false

  init(_ sink: @escaping (Bool) -> Void) { self.sink = sink }

  /// Adds a line; a gate with one line hands it through.
  ///
  /// - Returns: the line's number.
  func connect(_ line: Line) -> Int {
    let index = levels.count
    levels.append(false)
    taps.append(nil)
    line.connect { [self] level in
      if let tap = taps[index], levels[index] != level { tap(level) }
      levels[index] = level
      if isHeld { wasDriven = true } else { drive(levels.contains(true)) }
    }
    return index
  }

  /// Drives the input, whatever its lines say, until one of them is driven again.
  func drive(_ level: Bool) {
    tap?(level)
    sink(level)
  }

  /// A state is about to be loaded: what lines were driven to before is another machine's.
  func hold() {
    isHeld = true
    wasDriven = false
    for index in levels.indices { levels[index] = false }
  }

  /// All devices have settled: the input is driven once, where it is driven at all. One that saw each line by itself
  /// would see edges that never were.
  func release() {
    isHeld = false
    if wasDriven { drive(levels.contains(true)) }
  }
}

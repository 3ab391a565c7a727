import DeviceModel

/// Wires and time from outside, for who tests devices without a guest.
extension Machine {
  /// Moves the time on to `target` nanoseconds since power on: every timer that is due by then fires, in order, at
  /// its own deadline. The clock must be `ClockMode.commanded`. A time that has passed changes nothing.
  ///
  /// - Returns: whether it is there; false when `limit` timers have fired and some of the way is left.
  public func advance(to target: Int64, firing limit: Int = .max) -> Bool {
    precondition(time.mode == .commanded, "a clock that goes by itself")
    var left = limit
    while let next = clock.nextDeadline, next <= target {
      guard left > 0 else { return false }
      time.set(max(next, time.now))
      clock.runNext()
      left -= 1
    }
    time.set(max(target, time.now))
    return true
  }

  /// Whether time moves by `advance(to:firing:)` alone.
  public var isCommanded: Bool { time.mode == .commanded }

  /// Whether a reset or the end has been asked for, and `run` has not got to it yet.
  public var hasRequest: Bool { request != nil }

  /// From now on `tap` is told, before the device is, each time one of the inputs of `devices[index]` is driven (the
  /// input's number in the model, and its level, which may be what it was); nil ends that.
  public func tapInputs(of index: Int, _ tap: ((_ input: Int, _ level: Bool) -> Void)?) {
    for input in type(of: devices[index].device).model.inputs.indices {
      let pin = InputPin(device: index, input: input)
      if tap == nil, inputs[pin] == nil { continue }
      gate(of: pin).tap = tap.map { tap in { tap(input, $0) } }
    }
  }

  /// From now on `tap` is told each time `devices[index]` drives one of its outputs, by their number in the model;
  /// with `name`, that one only. nil ends it.
  public func tapOutputs(of index: Int, named name: String? = nil, _ tap: ((_ output: Int, _ level: Bool) -> Void)?) {
    for (number, output) in type(of: devices[index].device).model.outputs.enumerated()
    where name == nil || output == name {
      sites[index].line(output).tap = tap.map { tap in { tap(number, $0) } }
    }
  }

  /// Drives an input of `devices[index]`, until a line that is connected to it is driven again.
  public func drive(input: Int, of index: Int, _ level: Bool) {
    gate(of: InputPin(device: index, input: input)).drive(level)
  }

  /// What drives that input.
  func gate(of pin: InputPin) -> OrGate {
    if let gate = inputs[pin] { return gate }
    let gate = OrGate { [unowned device = devices[pin.device].device] in device.input(pin.input, $0) }
    inputs[pin] = gate
    return gate
  }
}

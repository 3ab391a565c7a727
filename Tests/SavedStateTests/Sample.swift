import Bits
public import SavedState

/// A state with a row of every kind.
struct Sample: DeviceState {
  enum Mode: UInt8, Wire {
    case idle, busy
    case done = 7
  }

  struct Flags: OptionSet, Wire {
    let rawValue: UInt16
    static let ready = Flags(rawValue: 1)
  }

  struct Timer: DeviceState {
    var reload: UInt32 = 100
    var left: UInt32 = 100
    var running = false
    var next: UInt64 = 0

    static let table = StateTable<Timer>("sample-timer", version: 2) {
      saved(\.reload)
      saved(\.left)
      saved(\.running, since: 2)
      derived(\.next)
    } validate: {
      $0.left <= $0.reload ? nil : "left \($0.left) is more than reload \($0.reload)"
    }
  }

  var wide: UInt64 = 0
  var small: Int8 = 0
  var level: UInt8 = 3
  var even: UInt16 = 0
  var mode = Mode.idle
  var flags = Flags()
  var real: Double = 1
  var extended: Float80 = 0
  var vector: UInt128 = 0
  var cells = InlineArray<20, UInt8>(repeating: 0)
  var words = InlineArray<3, UInt16>(repeating: 5)
  var maybe: UInt8?
  var queue = FixedQueue<16, UInt8>(filler: 0)
  var jobs = FixedQueue<4, Timer>(filler: Timer())
  var timer = Timer()
  var timers = InlineArray<2, Timer>(repeating: Timer())
  var fifoOn = false
  var fifoLevel: UInt8 = 1
  var hint: UInt32 = 0
  var serial: UInt32 = 1234
  var line = false

  static let table = StateTable<Sample>("sample", version: 3) {
    saved(\.wide)
    saved(\.small)
    saved(\.level, in: 0...7, doc: "how full it is")
    saved(\.even, where: { $0 % 2 == 0 })
    saved(\.mode)
    saved(\.flags)
    saved(\.real)
    saved(\.extended)
    saved(\.vector)
    saved(\.cells)
    saved(\.words, in: 0...9)
    saved(\.maybe)
    list(\.queue, max: 8)
    list(\.jobs)
    nested(\.timer, versions: [1: 1, 2: 2])
    nested(\.timers)
    subsection("fifo", since: 2) {
      saved(\.fifoOn)
      saved(\.fifoLevel, in: 1...4, named: "depth")
    } when: {
      $0.fifoOn
    }
    saved(\.hint, since: 3, mustUnderstand: false)
    fixed(\.serial)
    derived(\.line)
  }

  /// One whose every row differs from reset.
  static func busy() -> Sample {
    var sample = Sample()
    sample.wide = .max
    sample.small = -5
    sample.level = 7
    sample.even = 8
    sample.mode = .done
    sample.flags = .ready
    sample.real = -0.5
    sample.extended = 3
    sample.vector = 0x0123_4567_89ab_cdef_0011_2233_4455_6677
    sample.cells[19] = 0xff
    sample.words[1] = 9
    sample.maybe = 4
    for byte in [9, 8, 7] as [UInt8] { sample.queue.append(byte) }
    sample.jobs.append(Timer(reload: 8, left: 3, running: true))
    sample.timer = Timer(reload: 50, left: 20, running: true)
    sample.timers[1].left = 1
    sample.fifoOn = true
    sample.fifoLevel = 4
    sample.hint = 77
    return sample
  }
}

extension Sample.Timer {
  init(reload: UInt32, left: UInt32, running: Bool) {
    self.init()
    self.reload = reload
    self.left = left
    self.running = running
  }
}

/// A small machine's tree.
func machine() -> StateNode {
  var root = StateNode("machine", model: "board")
  root["ram"] = .integer(1 << 20)
  root.add(Sample.table.save(.busy(), as: "sample0"))
  root.add(Sample.table.save(Sample(), as: "sample1"))
  return root
}

/// The faults that a load of `change`d tree of `Sample.busy()` ends with.
func faults(_ change: (inout StateNode) -> Void) -> [StateFault] {
  var tree = Sample.table.save(.busy())
  change(&tree)
  do {
    _ = try Sample.table.load(tree, over: Sample())
    return []
  } catch {
    return error.faults
  }
}

extension StatePath: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self = StatePath(text) ?? StatePath() }
}

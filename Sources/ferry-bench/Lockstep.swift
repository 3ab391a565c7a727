import Boards
import DeviceModel
import Host

/// Runs a subject twice, with the interpreter and with the translator, and compares the machines as a whole after every
/// so many instructions.
struct Lockstep {
  private let subject: Subject
  private let target: Target
  private let interval: UInt64
  private let limit: UInt64

  /// Compares every `interval` instructions, up to `limit` of them or the subject's end.
  init(_ subject: Subject, on target: Target, interval: UInt64, limit: UInt64) {
    self.subject = subject
    self.target = target
    self.interval = interval
    self.limit = limit
  }

  /// Has a machine return from `run` when it has made its steps.
  private final class Host: HostEvents {
    weak var machine: Machine?
    var monotonic: Int64 = 0
    var isCongested: Bool { false }

    func poll(timeout: Int64?) {
      monotonic += 1_000_000
      if let machine, !machine.isRunning { machine.quit() }
    }
  }

  /// One of the two.
  private final class Side {
    let host = Host()
    let output = Transcript()
    let machine: Machine
    private(set) var isOver = false

    init(_ subject: Subject, _ target: Target, _ accelerator: Accelerator) throws {
      var setup = MachineSetup()
      setup.clock = .instructions(rate: ClockMode.defaultRate, paced: false)
      setup.accelerator = accelerator
      machine = try FerryRunner(subject, on: target).machine(&setup, output, host)
      host.machine = machine
      if let mark = subject.endMark {
        output.onMark(mark) { [unowned self] in isOver = true }
      }
      try machine.powerOn()
    }

    func advance(_ count: UInt64) {
      machine.step(cpu: 0, count: count)
      if machine.run() != .quit { isOver = true }
    }
  }

  /// Throws where the two differ.
  func run() throws {
    let a = try Side(subject, target, .interpreter)
    let b = try Side(subject, target, .translator(threshold: 0))
    var done: UInt64 = 0
    while done < limit, !a.isOver {
      a.advance(interval)
      b.advance(interval)
      done += interval
      guard a.isOver == b.isOver, a.output.bytes == b.output.bytes else {
        throw HostError("after \(done) instructions the output differs")
      }
      let (left, right) = (a.machine.save().der(), b.machine.save().der())
      guard left == right else { throw HostError("after \(done) instructions the machines' states differ") }
      guard a.machine.hasSameMemory(as: b.machine) else {
        throw HostError("after \(done) instructions the machines' memories differ")
      }
    }
    print("lockstep: equal after \(done) instructions, every \(interval)\(a.isOver ? ", to the end" : "")")
  }
}

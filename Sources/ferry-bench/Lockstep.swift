import ARM
import Boards
import DeviceModel
import Engine
import Glibc
import Host
import X86

/// Runs a subject twice, with the interpreter and with the translator, and compares the machines as a whole after every
/// so many instructions, and the CPU's registers more often.
struct Lockstep {
  private let subject: Subject
  private let target: Target
  private let interval: UInt64
  private let step: UInt64

  /// Compares every `interval` instructions until the subject's end, and what the first CPU holds after every 1 to `step`
  /// of them, where that is not 0.
  init(_ subject: Subject, on target: Target, interval: UInt64, step: UInt64 = 0) {
    self.subject = subject
    self.target = target
    self.interval = interval
    self.step = step
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
    var compared = 0
    var random = SystemRandomNumberGenerator()
    while !a.isOver {
      let end = done + interval
      while step > 0, done < end, !a.isOver {
        let count = min(end - done, UInt64.random(in: 1...step, using: &random))
        a.advance(count)
        b.advance(count)
        done += count
        compared += 1
        guard isSameCPU(a.machine, b.machine) else {
          throw HostError(
            "after \(done) instructions, the last \(count) of them since they were equal, the CPUs' states differ")
        }
      }
      if done < end, !a.isOver {
        a.advance(end - done)
        b.advance(end - done)
        done = end
      }
      guard a.isOver == b.isOver, a.output.bytes == b.output.bytes else {
        throw HostError("after \(done) instructions the output differs")
      }
      let (left, right) = (a.machine.save().der(), b.machine.save().der())
      guard left == right else { throw HostError("after \(done) instructions the machines' states differ") }
      guard a.machine.hasSameMemory(as: b.machine) else {
        throw HostError("after \(done) instructions the machines' memories differ")
      }
    }
    let steps = step > 0 ? ", the CPU's registers \(compared) times" : ""
    print("lockstep: equal after \(done) instructions, every \(interval), to the end\(steps)")
  }

  /// Whether the first CPU of both holds the same.
  private func isSameCPU(_ a: Machine, _ b: Machine) -> Bool {
    let isSame =
      switch (a.cpus[0], b.cpus[0]) {
      case (let a as X86CPU, let b as X86CPU): isSame(a.state, b.state)
      case (let a as ARMCPU, let b as ARMCPU): isSame(a.state, b.state)
      default: false
      }
    // What lies between fields means nothing.
    return isSame || a.save().der() == b.save().der()
  }

  private func isSame<T: BitwiseCopyable>(_ a: T, _ b: T) -> Bool {
    withUnsafeBytes(of: a) { a in
      withUnsafeBytes(of: b) { b in
        guard let one = a.baseAddress, let other = b.baseAddress else { return a.isEmpty && b.isEmpty }
        return memcmp(one, other, a.count) == 0
      }
    }
  }
}

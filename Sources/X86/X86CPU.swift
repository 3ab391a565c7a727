public import DeviceModel
public import Engine
public import GuestMemory

/// One x86 CPU.
///
/// Its state lives in a `Core` at a fixed address; the run loop and all instructions work on that through
/// `CPU`. Boards connect interrupts, memory and ports.
public final class X86CPU: Processor {
  public static let model = Model(
    "x86-cpu", "x86 CPU", outputs: ["ferr"], inputs: ["intr", "nmi", "init", "a20"],
    parameters: [
      ParameterModel("cpu", .choice(CPUModel.all.map(\.name)), default: "max", "CPU model"),
      ParameterModel("index", .integer(0...255), default: "0", "number, from 0; 0 is the bootstrap processor"),
    ], backends: ["ports", "code"])

  /// Where the stages of an engine find what belongs to the CPU.
  let storage: CoreStorage
  /// What CPUID says and what instructions there are.
  public let cpuModel: CPUModel
  /// Counted from 0; 0 is the bootstrap processor.
  public var index: Int { Int(storage.core.pointee.state.index) }
  /// The physical address space.
  public let memory: AddressSpace
  /// The I/O address space.
  public let ports: AddressSpace
  /// What the time stamp counter is made of.
  public let clock: VirtualClock
  /// The machine's decoded blocks.
  public let code: CodeCache<Instruction>
  /// The local APIC and whatever stands behind it.
  public var interrupts: (any X86InterruptController)?
  /// FERR#: raised by an unmasked x87 exception while CR0.NE is clear.
  public let ferr: Line
  public let debugPoints = DebugPoints()
  /// What a log wants to be told, and how.
  var logged: ProcessorEvent.Kinds = []
  var tell: (ProcessorEvent) -> Void = { _ in }
  let decoders: [Decoder]
  /// A block of one instruction that is not in RAM: fetched and decoded each time.
  let scratch: ScratchBlock<Instruction>
  /// The part of a block that is run when less than all of it may be.
  let part: ScratchBlock<Instruction>
  /// A block for one instruction of a translation, and the mark of its end.
  let single: ScratchBlock<Instruction>
  /// Its host code, where there is any.
  var translator: Translator?
  /// The lock that it has while it is not in host code, where CPUs execute on threads of their own.
  var gate: ProcessorGate?
  private let listener = Listener()

  /// What the memory tells. A weak reference to the CPU would make each use of it dear.
  private final class Listener: HostSide {
    unowned(unsafe) var cpu: X86CPU?
  }

  /// The engine's view.
  var view: CPU { CPU(storage.core) }

  /// - Parameters:
  ///   - ports: the I/O address space.
  ///   - code: the machine's decoded blocks, shared by all its CPUs.
  public init(
    model: CPUModel, index: Int, memory: AddressSpace, ports: AddressSpace, code: CodeCache<Instruction>, site: Site
  ) {
    storage = CoreStorage()
    cpuModel = model
    storage.core.pointee.state.index = UInt8(truncatingIfNeeded: index)
    storage.core.pointee.state.features = model.features.rawValue
    self.memory = memory
    self.ports = ports
    self.code = code
    clock = site.clock
    ferr = site.line("ferr")
    decoders = [
      Decoder(size: .bits16, instructionSet: model.instructionSet),
      Decoder(size: .bits32, instructionSet: model.instructionSet),
      Decoder(size: .bits64, instructionSet: model.instructionSet),
    ]
    scratch = ScratchBlock(capacity: 1, end: Instruction(handler: Self.endOfBlock))
    part = ScratchBlock(capacity: CPU.longestBlock, end: Instruction(handler: Self.endOfBlock))
    single = ScratchBlock(capacity: 1, end: Instruction(handler: Self.endOfBlock))
    storage.core.pointee.single = single.block
    storage.core.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    code.add(self)
    let told = memory.onRemap
    memory.onRemap = { [listener] in
      told?()
      listener.cpu?.view.remapped()
    }
    listener.cpu = self
    reset()
  }

  public convenience init(_ site: Site) {
    guard let ports = site.backend("ports", as: AddressSpace.self) else {
      preconditionFailure("\(site.name): the board gives an x86 CPU its ports")
    }
    let model = CPUModel.named(site.text("cpu", Self.model)) ?? CPUModel.all[0]
    self.init(
      model: model, index: Int(site.integer("index", Self.model)), memory: site.memory, ports: ports,
      code: site.backend("code") ?? CodeCache(), site: site)
  }

  deinit {
    listener.cpu = nil
    code.remove(self)
    scratch.deallocate()
    part.deallocate()
    single.deallocate()
    storage.deallocate()
  }

  public var state: X86State {
    get {
      view.takeBackX87()
      view.materializeFlags()
      return storage.core.pointee.state
    }
    set {
      view.takeBackX87()
      let own = storage.core.pointee.state
      storage.core.pointee.state = newValue
      // Fixed when the board was built.
      storage.core.pointee.state.index = own.index
      storage.core.pointee.state.features = own.features
      view.setArithmeticFlags(newValue.rflags)
    }
  }

  public func settle() {
    storage.core.pointee.state.zero = 0
    storage.core.pointee.heldVector = nil
    storage.core.pointee.repeated = 0
    storage.core.pointee.pending &= ~Pending.abandon
    view.refreshMode()
    view.flushTLB(keepGlobal: false)
    view.refreshPending()
    debugPoints.forgetPassed()
  }

  public func reset() {
    let old = state
    state = resetState()
    storage.core.pointee.state.retired = old.retired
    storage.core.pointee.state.a20 = old.a20
    storage.core.pointee.state.interruptLine = old.interruptLine
    settle()
  }

  /// After RESET# (SDM 3A table 9-1).
  private func resetState() -> X86State {
    var state = X86State()
    state.gpr[2] = UInt64(cpuModel.signature)
    state.activity = index == 0 ? .running : .waitingForSIPI
    return state
  }

  /// INIT (SDM 3A 9.1): as a reset, but caches, x87, SSE and most MSRs stay; waits for SIPI unless this is the
  /// bootstrap processor.
  func initialize() {
    let old = state
    var new = resetState()
    new.fpu = old.fpu
    new.sse = old.sse
    new.msr = old.msr
    new.msr.efer = 0
    new.cr0 = (new.cr0 & ~0x6000_0000) | (old.cr0 & 0x6000_0000)
    new.retired = old.retired
    new.a20 = old.a20
    new.interruptLine = old.interruptLine
    state = new
    settle()
  }

  // MARK: Lines

  public func input(_ index: Int, _ level: Bool) {
    switch index {
    case 0: setInterrupt(level)
    case 1: if level { requestNMI() }
    case 2: if level { requestINIT() }
    default: setA20(level)
    }
  }

  /// The level of the maskable interrupt request.
  public func setInterrupt(_ level: Bool) {
    storage.core.pointee.state.interruptLine = level
    view.lineChanged()
  }

  /// An edge at the NMI pin.
  public func requestNMI() {
    storage.core.pointee.state.nmiPending = true
    view.lineChanged()
  }

  /// An INIT, taken between two instructions.
  public func requestINIT() {
    storage.core.pointee.state.initPending = true
    view.lineChanged()
  }

  /// A start-up message (SIPI): begins at `vector` x 4 KiB, if the CPU waits for it.
  public func startup(vector: UInt8) {
    // An INIT comes first, even when this CPU has had no turn since it was sent.
    guard awaitINIT() else { return }
    if storage.core.pointee.state.initPending {
      storage.core.pointee.state.initPending = false
      initialize()
    }
    guard storage.core.pointee.state.activity == .waitingForSIPI else { return }
    storage.core.pointee.state.activity = .running
    storage.core.pointee.state.segments[1] = SegmentRegister(
      selector: UInt16(vector) << 8, attributes: 0x9b, base: UInt64(vector) << 12, limit: 0xffff)
    storage.core.pointee.state.rip = 0
    settle()
    view.wake()
  }

  /// A CPU that executes takes an INIT on its own thread, which has its registers; its sender waits for that.
  ///
  /// - Returns: false where both wait for each other: then a message that comes right behind the INIT is lost.
  private func awaitINIT() -> Bool {
    guard let gate, let sender = gate.holder, sender != index else { return true }
    let core = storage.core
    return gate.giveWay(sender, to: index) { core.pointee.state.initPending && core.pointee.slice != 0 }
  }

  /// The level of the A20 gate.
  public func setA20(_ level: Bool) {
    guard storage.core.pointee.state.a20 != level else { return }
    gate?.stopOthers()
    storage.core.pointee.state.a20 = level
    view.remapped()
  }
}

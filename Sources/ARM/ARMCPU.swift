public import DeviceModel
public import Engine
public import GuestMemory

/// One ARM CPU.
///
/// Its state lives in a `Core` at a fixed address; the run loop and all instructions work on that through `CPU`.
public final class ARMCPU: Processor, CodeUser {
  public static let model = Model(
    "arm-cpu", "ARM9 CPU", inputs: ["irq", "fiq"],
    parameters: [
      ParameterModel("cpu", .choice(CPUModel.all.map(\.name)), default: "arm926", "CPU model"),
      ParameterModel("index", .integer(0...255), default: "0", "number, from 0"),
    ],
    backends: ["code"])

  let storage: CoreStorage
  /// What the ID registers say.
  public let cpuModel: CPUModel
  /// The physical address space.
  public let memory: AddressSpace
  /// The machine's decoded blocks.
  public let code: CodeCache<Instruction>
  public let debugPoints = DebugPoints()
  /// What a log wants to be told, and how.
  var logged: ProcessorEvent.Kinds = []
  var tell: (ProcessorEvent) -> Void = { _ in }
  /// A block of one instruction that is not in RAM: fetched and decoded each time.
  let scratch: ScratchBlock<Instruction>
  /// The part of a block that is run when less than all of it may be.
  let part: ScratchBlock<Instruction>
  /// A block for one instruction of a translation, and the mark of its end.
  let single: ScratchBlock<Instruction>
  /// Its host code, where there is any.
  private(set) var translator: Translator?

  /// The engine's view.
  var view: CPU { CPU(storage.core) }

  /// A CPU on its own; `code` are the machine's decoded blocks.
  public init(model: CPUModel, index: Int, memory: AddressSpace, code: CodeCache<Instruction>) {
    storage = CoreStorage()
    cpuModel = model
    storage.core.pointee.state.index = UInt8(truncatingIfNeeded: index)
    storage.core.pointee.state.mainID = model.mainID
    storage.core.pointee.state.vfp.fpsid = model.floatingPointID ?? 0
    self.memory = memory
    self.code = code
    scratch = ScratchBlock(capacity: 1, end: CPU.endMark(0))
    part = ScratchBlock(capacity: CPU.longestBlock, end: CPU.endMark(0))
    single = ScratchBlock(capacity: 1, end: Instruction(handler: CPU.endOfBlock))
    storage.core.pointee.single = single.block
    storage.core.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    code.add(self)
    let told = memory.onRemap
    memory.onRemap = { [weak self] in
      told?()
      self?.remapped()
    }
    reset()
  }

  public convenience init(_ site: Site) {
    self.init(
      model: CPUModel.named(site.text("cpu", Self.model)) ?? CPUModel.all[0],
      index: Int(site.integer("index", Self.model)), memory: site.memory,
      code: site.backend("code", as: CodeCache<Instruction>.self) ?? CodeCache())
  }

  deinit {
    code.remove(self)
    scratch.deallocate()
    part.deallocate()
    single.deallocate()
    storage.deallocate()
  }

  public var state: ARMState {
    get {
      var state = storage.core.pointee.state
      state.cpsr = view.cpsr
      let bank = view.mode.bank
      state.banks[bank].sp = state.r[13]
      state.banks[bank].lr = state.r[14]
      return state
    }
    set {
      let own = storage.core.pointee.state
      storage.core.pointee.state = newValue
      // Fixed when the board was built.
      storage.core.pointee.state.index = own.index
      storage.core.pointee.state.mainID = own.mainID
      storage.core.pointee.state.vfp.fpsid = own.vfp.fpsid
      view.setConditionFlags(newValue.cpsr)
    }
  }

  public func settle() {
    let core = storage.core
    core.pointee.pending &= ~Pending.abandon
    core.pointee.state.readPC = 0
    if core.pointee.state.irq || core.pointee.state.fiq { core.pointee.state.activity = .running }
    view.setDomainAccess(storage.core.pointee.state.cp15.domainAccess)
    view.flushTLB()
    view.refreshPending()
    debugPoints.forgetPassed()
  }

  /// Reset (DDI 0100 A2.6.2): supervisor mode in ARM state with interrupts masked, at the reset vector.
  public func reset() {
    let old = state
    var new = ARMState()
    new.retired = old.retired
    new.irq = old.irq
    new.fiq = old.fiq
    state = new
    settle()
  }

  // MARK: Lines

  public func input(_ index: Int, _ level: Bool) {
    let core = storage.core
    if index == 0 { core.pointee.state.irq = level } else { core.pointee.state.fiq = level }
    if level { core.pointee.state.activity = .running }
    view.refreshPending()
    if core.pointee.pending & Pending.interrupt != 0 { view.stopBlock(after: 0) }
  }

  /// The physical map has changed, perhaps by the running instruction: the next one is fetched anew.
  private func remapped() {
    view.flushTLB()
    view.stopBlock(after: 0)
  }

  // MARK: Processor

  public var index: Int { Int(storage.core.pointee.state.index) }

  public var isHalted: Bool { storage.core.pointee.state.activity != .running }

  public var activity: String {
    let state = storage.core.pointee.state
    return (isHalted ? "waiting" : "running") + " at " + String(state.pc, radix: 16)
  }

  public func kick() {
    storage.core.pointee.pending |= Pending.kick
    view.stopBlock(after: 0)
  }

  public func abandon() {
    storage.core.pointee.pending |= Pending.abandon
    kick()
  }

  public func limitSlice(to instructions: Int) {
    let core = storage.core
    // The running block was paid for in advance.
    let present = core.pointee.present
    let isRunning = present > 0
    let left = core.pointee.budget + present
    // The present instruction will be finished.
    let limit = max(instructions, isRunning ? 1 : 0)
    guard left > limit else { return }
    core.pointee.budget -= left - limit
    core.pointee.slice -= left - limit
    if isRunning { view.stopBlock(after: limit - 1) }
  }

  /// Instructions retired since power on, exact also during a device access. Taking an exception counts as one.
  public var executed: UInt64 {
    let core = storage.core
    let done = core.pointee.slice &- core.pointee.budget &- core.pointee.present
    return core.pointee.state.retired &+ UInt64(max(done, 0))
  }

  // MARK: Host code

  public static var canTranslate: Bool {
    #if arch(x86_64) && os(Linux)
      true
    #else
      false
    #endif
  }

  public func translateCode(after threshold: Int, cpus: Int) throws {
    try translateCode(after: threshold, size: max(32 << 20 / cpus, 1 << 20))
  }

  /// The same with room for `size` bytes of it; when they are full all is forgotten.
  func translateCode(after threshold: Int, size: Int = 32 << 20) throws {
    // Blocks know what another translator made of them.
    if translator != nil { code.flush() }
    translator = nil
    storage.core.pointee.sites = nil
    let new = try Translator(core: storage.core, size: size, threshold: Int32(clamping: threshold))
    storage.core.pointee.translations = new.code.translations
    storage.core.pointee.fallbacks = new.code.fallbacks
    storage.core.pointee.sites = new.sites
    translator = new
  }

  public func announceHostCode(to listener: @escaping HostCodeListener) { translator?.code.announce(to: listener) }

  public var translatorStatistics: TranslatorStatistics? { translator?.statistics }

  // MARK: CodeUser

  public func forgetWritable(host: UnsafeMutableRawPointer?) { view.forgetWritable(host: host) }

  public func stopBlock(host: UnsafeMutableRawPointer, mode: UInt32) {
    view.abandonBlock(host: host, mode: mode)
  }

  public func forgetTranslations() { view.flushTLB() }

  public func abandonCode(of block: UnsafeMutableRawPointer) {
    translator?.abandon(block.assumingMemoryBound(to: Block<Instruction>.self))
  }

  public func codeFlushed() {
    // The marked instruction's place will be another's.
    storage.core.pointee.mark = nil
    storage.core.pointee.isStopped = true
    translator?.flush()
    storage.core.pointee.jumpCache.update(
      repeating: JumpCacheEntry(), count: JumpCacheEntry<Instruction>.count)
    view.changeAddressSpace()
  }
}

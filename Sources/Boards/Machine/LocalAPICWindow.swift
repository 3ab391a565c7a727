import GuestMemory
import PCDevices

/// The page of the local APICs' registers: every CPU finds its own there.
final class LocalAPICWindow: BusTarget {
  private let cpus: CPUSet
  private let apics: [LocalAPIC]
  private let memory: AddressSpace
  private var mapped: [UInt64: Region] = [:]

  init(cpus: CPUSet, apics: [LocalAPIC], memory: AddressSpace) {
    self.cpus = cpus
    self.apics = apics
    self.memory = memory
  }

  /// Lets go of the regions, which hold it.
  func clear() { mapped = [:] }

  /// Maps the page wherever a CPU has it.
  func update() {
    let wanted = Set(apics.filter { $0.isEnabled && !$0.isX2 }.map { $0.state.base & 0xf_ffff_ffff_f000 })
    guard wanted != Set(mapped.keys) else { return }
    for (base, region) in mapped where !wanted.contains(base) { memory.unmap(region) }
    mapped = mapped.filter { wanted.contains($0.key) }
    for base in wanted where mapped[base] == nil {
      let region = Region(
        "lapic", base: base, size: 4096, priority: 2, content: .device(self, region: 0, widths: 4...4))
      mapped[base] = region
      memory.map(region)
    }
  }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    apics[cpus.current].busRead(offset, width: width, region: region)
  }

  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    apics[cpus.current].busWrite(value, offset, width: width, region: region)
  }
}

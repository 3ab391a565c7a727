import Testing
import X86

/// Paging (SDM 3A chapter 4).
@Suite struct PagingTests {
  typealias At = ProtectedMachine.At
  private static let directory: UInt64 = 0x100000
  /// A page that tests change the mapping of, and its table entry.
  private static let page: UInt64 = 0x30000
  private static let entry: UInt64 = 0x101000 + 0x30 * 4

  private func machine(cr0: UInt64 = 0x8000_0000, cr4: UInt64 = 0) throws -> ProtectedMachine {
    let machine = try ProtectedMachine()
    machine.mapLow(directory: Self.directory)
    machine.update {
      $0.cr3 = Self.directory
      $0.cr4 |= cr4
      $0.cr0 |= cr0
    }
    return machine
  }

  /// Two neighbouring addresses showed one page, so that code ran over the page's end into its own start. Mapping
  /// another page there, the old one went on being executed: blocks were linked by their place in memory alone.
  @Test func `code that runs on into another page follows the tables, also where both were one`() throws {
    let machine = try self.machine()
    let (first, second): (UInt64, UInt64) = (0x40000, 0x50000)
    // jne .+2 at the end; mov al, 1 or 2; hlt at the start
    machine.memory.write(0x0075, first + 0xffe, width: 2)
    machine.memory.write(0xf4_01b0, first, width: 4)
    machine.memory.write(0xf4_02b0, second, width: 4)
    machine.memory.write(first | 7, Self.entry, width: 4)
    for (page, result) in [(first, UInt64(1)), (second, 2)] {
      machine.memory.write(page | 7, Self.entry + 4, width: 4)
      machine.update {
        $0.rip = Self.page + 0xffe
        $0.rflags |= 0x40
        $0.gpr[0] = 0
        $0.activity = .running
      }
      _ = machine.cpu.run(10)
      #expect(machine.cpu.state.gpr[0] == result)
    }
  }

  @Test func `a read sets accessed, a write sets dirty as well`() throws {
    let machine = try machine()
    machine.memory.write(Self.page | 7, Self.entry, width: 4)
    // mov eax, [0x30000]
    machine.execute([0xa1, 0x00, 0x00, 0x03, 0x00])
    #expect(machine.memory.read(Self.entry, width: 4) == Self.page | 0x27)
    #expect(machine.memory.read(Self.directory, width: 4) & 0x60 == 0x20)
    // mov [0x30000], eax
    machine.execute([0xa3, 0x00, 0x00, 0x03, 0x00])
    #expect(machine.memory.read(Self.entry, width: 4) == Self.page | 0x67)
    #expect(machine.memory.read(Self.directory, width: 4) & 0x60 == 0x20)
  }

  /// A page's rights, who accesses it and how, and the error code of the fault.
  struct Access: Sendable {
    let rights: UInt64
    let ring: Int
    let writes: Bool
    let protects: Bool
    let code: UInt32?
    init(_ rights: UInt64, ring: Int, writes: Bool, wp: Bool, _ code: UInt32?) {
      self.rights = rights
      self.ring = ring
      self.writes = writes
      protects = wp
      self.code = code
    }
  }

  static let accesses: [Access] = [
    Access(0, ring: 0, writes: false, wp: false, 0), Access(0, ring: 0, writes: true, wp: false, 2),
    Access(0, ring: 3, writes: false, wp: false, 4), Access(0, ring: 3, writes: true, wp: false, 6),
    Access(7, ring: 3, writes: true, wp: true, nil), Access(5, ring: 3, writes: false, wp: true, nil),
    Access(5, ring: 3, writes: true, wp: false, 7), Access(3, ring: 3, writes: false, wp: false, 5),
    Access(3, ring: 3, writes: true, wp: false, 7), Access(1, ring: 0, writes: true, wp: false, nil),
    Access(1, ring: 0, writes: true, wp: true, 3), Access(5, ring: 0, writes: true, wp: true, 3),
    Access(5, ring: 1, writes: true, wp: false, nil), Access(1, ring: 2, writes: false, wp: true, nil),
  ]

  @Test(arguments: accesses)
  func `rights, level and WP decide, and the error code says what happened`(_ access: Access) throws {
    let machine = try machine(cr0: access.protects ? 0x8001_0000 : 0x8000_0000)
    machine.memory.write(Self.page | access.rights, Self.entry, width: 4)
    machine.enter(ring: access.ring)
    // mov [0x30123], eax / mov eax, [0x30123]
    let bytes: [UInt8] = access.writes ? [0xa3, 0x23, 0x01, 0x03, 0x00] : [0xa1, 0x23, 0x01, 0x03, 0x00]
    machine.load(bytes)
    machine.step(1)
    guard let code = access.code else {
      #expect(machine.cpu.state.rip == At.program + UInt64(bytes.count))
      return
    }
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == UInt64(code))
    #expect(machine.stack(1) == 0x10000)
    #expect(machine.cpu.state.cr2 == 0x30123)
    #expect(machine.memory.read(Self.entry, width: 4) == Self.page | access.rights)
  }

  @Test func `a directory entry restricts its whole table`() throws {
    let machine = try machine()
    machine.memory.write(0x101001, Self.directory, width: 4)
    machine.enter(ring: 3)
    // nop
    machine.load([0x90])
    machine.step(1)
    // The fetch itself is not permitted.
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 5)
    #expect(machine.cpu.state.cr2 == 0x10000)
  }

  @Test func `an access across pages faults at the second, before the first is written`() throws {
    let machine = try machine()
    machine.memory.write(0, Self.entry + 4, width: 4)
    machine.memory.write(0, 0x30ffc, width: 4)
    // mov dword [0x30ffe], 0xffffffff
    machine.load([0xc7, 0x05, 0xfe, 0x0f, 0x03, 0x00, 0xff, 0xff, 0xff, 0xff])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.cpu.state.cr2 == 0x31000)
    #expect(machine.memory.read(0x30ffc, width: 4) == 0)
  }

  @Test func `an instruction across pages faults with the second page's address`() throws {
    let machine = try machine()
    machine.memory.write(0, Self.entry + 4, width: 4)
    // mov eax, 0x12345678
    machine.memory.store([0xb8, 0x78, 0x56, 0x34, 0x12], at: 0x30ffe)
    machine.update { $0.rip = 0x30ffe }
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.cpu.state.cr2 == 0x31000)
    #expect(machine.stack(1) == 0x30ffe)
  }

  @Test func `a translation is kept until INVLPG or a load of CR3`() throws {
    // mov eax, [0x30000]; mov dword [0x1010c0], 0x31007; mov ebx, [0x30000]
    let read: [UInt8] = [
      0xa1, 0x00, 0x00, 0x03, 0x00, 0xc7, 0x05, 0xc0, 0x10, 0x10, 0x00, 0x07, 0x10, 0x03, 0x00, 0x8b, 0x1d, 0x00, 0x00,
      0x03, 0x00,
    ]
    // mov edx, [0x30000]
    let after: [UInt8] = [0x8b, 0x15, 0x00, 0x00, 0x03, 0x00]
    // invlpg [0x30000] / mov ecx, cr3; mov cr3, ecx
    let programs: [([UInt8], Int)] = [
      ([0x0f, 0x01, 0x3d, 0x00, 0x00, 0x03, 0x00], 1), ([0x0f, 0x20, 0xd9, 0x0f, 0x22, 0xd9], 2),
    ]
    for (program, count) in programs {
      let machine = try machine()
      machine.memory.write(1, 0x30000, width: 4)
      machine.memory.write(2, 0x31000, width: 4)
      machine.execute(read + program + after, steps: 4 + count)
      #expect(machine[0] == 1)
      #expect(machine[3] == 1)
      #expect(machine[2] == 2)
    }
  }

  @Test func `a global page outlives CR3 but not CR4.PGE`() throws {
    let machine = try machine(cr4: 0x80)
    machine.memory.write(1, 0x30000, width: 4)
    machine.memory.write(2, 0x31000, width: 4)
    machine.memory.write(0x30107, Self.entry, width: 4)
    machine.load(
      // mov eax, [0x30000]; mov dword [0x1010c0], 0x31007; mov ecx, cr3; mov cr3, ecx; mov ebx, [0x30000]; mov ecx, cr4; and ecx, 0xffffff7f; mov cr4, ecx; mov edx, [0x30000]
      [
        0xa1, 0x00, 0x00, 0x03, 0x00, 0xc7, 0x05, 0xc0, 0x10, 0x10, 0x00, 0x07, 0x10, 0x03, 0x00, 0x0f, 0x20, 0xd9,
        0x0f, 0x22, 0xd9, 0x8b, 0x1d, 0x00, 0x00, 0x03, 0x00, 0x0f, 0x20, 0xe1, 0x81, 0xe1, 0x7f, 0xff, 0xff, 0xff,
        0x0f, 0x22, 0xe1, 0x8b, 0x15, 0x00, 0x00, 0x03, 0x00,
      ])
    machine.step(9)
    #expect(machine[0] == 1)
    #expect(machine[3] == 1)
    #expect(machine[2] == 2)
  }

  @Test func `4 MiB pages need CR4.PSE, and their reserved bit faults`() throws {
    let machine = try machine()
    machine.memory.write(0xabcd, 0x400020, width: 4)
    machine.memory.write(0x40_0087, Self.directory + 4, width: 4)
    // mov eax, [0x400020]
    machine.load([0xa1, 0x20, 0x00, 0x40, 0x00])
    machine.step(1)
    // Without PSE bit 7 means nothing: a table at 400000H, whose first entry is 0.
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 0)
    machine.enter(ring: 0)
    machine.update { $0.cr4 |= 0x10 }
    // mov eax, [0x400020]
    machine.load([0xa1, 0x20, 0x00, 0x40, 0x00])
    machine.step(1)
    #expect(machine[0] == 0xabcd)
    #expect(machine.memory.read(Self.directory + 4, width: 4) == 0x40_00a7)
    machine.memory.write(0x60_0087, Self.directory + 4, width: 4)
    // mov eax, [0x400020]
    machine.load([0xa1, 0x20, 0x00, 0x40, 0x00])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 9)
  }

  // MARK: PAE

  private static let pointers: UInt64 = 0x110000

  /// PAE tables: the low 2 MiB through a table, the next through a large page.
  private func paeMachine(noExecute: Bool = true) throws -> ProtectedMachine {
    let machine = try ProtectedMachine()
    machine.memory.write(0x111001, Self.pointers, width: 8)
    machine.memory.write(0x112007, 0x111000, width: 8)
    machine.memory.write(0x200087, 0x111008, width: 8)
    for page in 0..<512 as Range<UInt64> { machine.memory.write(page << 12 | 7, 0x112000 + page * 8, width: 8) }
    machine.update {
      $0.cr3 = Self.pointers
      $0.cr4 |= 0x20
      if noExecute { $0.msr.efer = 0x800 }
    }
    // mov eax, cr0; or eax, 0x80000000; mov cr0, eax; mov eax, [0x200010]
    machine.load([0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0, 0xa1, 0x10, 0x00, 0x20, 0x00])
    machine.memory.write(0x77, 0x200010, width: 4)
    machine.step(4)
    return machine
  }

  @Test func `PAE maps 4 KiB and 2 MiB pages`() throws {
    let machine = try paeMachine()
    #expect(machine[0] == 0x77)
    #expect(machine.cpu.state.pdpte[0] == 0x111001)
    #expect(machine.memory.read(0x111008, width: 8) & 0x60 == 0x20)
  }

  @Test func `code in a no-execute page faults with the fetch bit, data does not`() throws {
    let machine = try paeMachine()
    machine.memory.write(0x8000_0000_0003_0007, 0x112000 + 0x30 * 8, width: 8)
    machine.memory.store([0x90], at: 0x30000)
    // mov al, [0x30000]
    machine.execute([0xa0, 0x00, 0x00, 0x03, 0x00])
    #expect(machine[0] & 0xff == 0x90)
    machine.update { $0.rip = 0x30000 }
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 0x11)
    // Without EFER.NXE the bit is reserved.
    machine.enter(ring: 0)
    machine.update { $0.msr.efer = 0 }
    // mov al, [0x30000]
    machine.load([0xa0, 0x00, 0x00, 0x03, 0x00])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 9)
  }

  @Test func `address bits that the CPU lacks are reserved`() throws {
    let machine = try paeMachine()
    machine.memory.write(1 << 45 | 0x30007, 0x112000 + 0x30 * 8, width: 8)
    // mov [0x30000], al
    machine.load([0xa2, 0x00, 0x00, 0x03, 0x00])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(14))
    #expect(machine.stack(0) == 0xb)
  }

  @Test func `a page-directory pointer with reserved bits is #GP at the load of CR3`() throws {
    let machine = try paeMachine()
    machine.memory.write(0x111003, 0x113000, width: 8)
    // mov eax, 0x113000; mov cr3, eax
    #expect(
      machine.execute([0xb8, 0x00, 0x30, 0x11, 0x00, 0x0f, 0x22, 0xd8], steps: 2)
        == Taken(vector: 13, code: 0, eip: 0x10005))
    #expect(machine.cpu.state.cr3 == Self.pointers)
    // The four pointers are read then and not later.
    machine.enter(ring: 0)
    machine.memory.write(0, Self.pointers, width: 8)
    // mov eax, [0x200010]
    #expect(machine.execute([0xa1, 0x10, 0x00, 0x20, 0x00]) == nil)
    #expect(machine[0] == 0x77)
  }

  @Test func `a page fault while a page fault is delivered is a double fault`() throws {
    let machine = try machine()
    // The stack of the handler is not there; the double fault has a task of its own.
    machine.memory.write(0, 0x101000 + 8 * 4, width: 4)
    machine.descriptor(0x60, base: 0x6000, limit: 0x67, access: 0x89)
    machine.gate(8, selector: 0x60, offset: 0, type: 5)
    machine.memory.write(Self.directory, 0x601c, width: 4)
    machine.memory.write(0x50000, 0x6020, width: 4)
    machine.memory.write(0x7000, 0x6038, width: 4)
    for (offset, selector) in [(0x48, 0x10), (0x4c, 8), (0x50, 0x10), (0x54, 0x10)] {
      machine.memory.write(UInt64(selector), 0x6000 + UInt64(offset), width: 4)
    }
    // push eax
    machine.load([0x50])
    machine.step(1)
    #expect(machine.cpu.state.rip == 0x50000)
    #expect(machine.stack(0) == 0)
    // The second fault's address: the first word of the handler's frame.
    #expect(machine.cpu.state.cr2 == At.stack - 4)
    #expect(machine.memory.read(At.tss + 0x20, width: 4) == 0x10000)
    #expect(machine.memory.read(At.tss + 0x38, width: 4) == At.stack)
  }

  @Test func `descriptors are read with supervisor rights from level 3`() throws {
    let machine = try machine()
    // GDT, IDT and TSS in supervisor pages.
    for page in [2, 3, 4, 8] as [UInt64] { machine.memory.write(page << 12 | 3, 0x101000 + page * 4, width: 4) }
    machine.enter(ring: 3)
    // mov ax, 0x23; mov es, ax; ud2
    machine.load([0x66, 0xb8, 0x23, 0x00, 0x66, 0x8e, 0xc0, 0x0f, 0x0b])
    machine.step(3)
    #expect(machine.cpu.state.rip == machine.handler(6))
    #expect(machine.selector(0) == 0x23)
  }
}

extension ProtectedMachine {
  /// Tables at `directory` and the page after it that map the first 4 MiB to themselves, for everyone.
  func mapLow(directory: UInt64) {
    memory.write(directory + 0x1000 | 7, directory, width: 4)
    for page in 0..<1024 as Range<UInt64> {
      memory.write(page << 12 | 7, directory + 0x1000 + page * 4, width: 4)
    }
  }
}

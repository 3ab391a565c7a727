public import GuestMemory

/// A device may hold the address spaces it is given.
extension AddressSpace: HostSide {}
/// Its contents travel as memory, not as state.
extension RAMBlock: HostSide {}
/// What a device maps follows from its state.
extension Region: HostSide {}

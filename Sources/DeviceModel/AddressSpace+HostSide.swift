public import GuestMemory

/// A device may hold the address spaces it is given.
extension AddressSpace: HostSide {}

/// Marks what a device holds besides its state: it belongs to the host, is given to the device when the
/// board is built, and stays behind when the machine moves.
public protocol HostSide {}

extension Optional: HostSide where Wrapped: HostSide {}
extension Array: HostSide where Element: HostSide {}

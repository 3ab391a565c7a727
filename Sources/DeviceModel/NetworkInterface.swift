/// A device that has a network cable.
public protocol NetworkInterface: AnyObject {
  /// The machine goes on in another place: the guest may have to tell its neighbours, and hears of what is another at
  /// the cable now.
  func machineHasMoved()
}

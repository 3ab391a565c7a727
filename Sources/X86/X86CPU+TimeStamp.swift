extension X86CPU {
  /// What RDTSC gives now: for the local APIC's TSC-deadline timer.
  public var timeStamp: UInt64 { view.timeStamp }
}

/// Commands of a driver (Virtual I/O Device 1.2, 5.7.6.7).
enum GPUCommand: UInt32 {
  case displayInfo = 0x100
  case create, unreference, setScanout, flush, transfer, attachBacking, detachBacking
  case capabilityInfo, capability, edid
  case updateCursor = 0x300
  case moveCursor
}

/// Answers to them.
enum GPUAnswer: UInt32 {
  case done = 0x1100
  case displayInfo, capabilityInfo, capability, edid
  case unspecified = 0x1200
  case outOfMemory, noScanout, noResource, noContext, badParameter
}

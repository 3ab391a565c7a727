/// The middle of `values`; of an even number of them, the mean of the middle two.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// A number for people, with so many digits behind the point.
func show(_ value: Double, digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return "-" }
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  let whole = Int((value * Double(scale)).rounded())
  guard digits > 0 else { return "\(whole)" }
  let fraction = "\(abs(whole) % scale)"
  let sign = whole < 0 ? "-" : ""
  return sign + "\(abs(whole) / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// Medians as a table.
struct Report {
  let ours: [Measurement]
  let theirs: [Measurement]

  var text: String {
    var lines = [row("part", "Ferry", theirs.isEmpty ? "" : "QEMU", theirs.isEmpty ? "" : "QEMU is faster by")]
    for (index, first) in (ours.first?.values ?? []).enumerated() {
      let mine = ours.compactMap { $0.values.indices.contains(index) ? $0.values[index].value : nil }
      let other = theirs.compactMap { $0.values.first { $0.name == first.name }?.value }
      var ratio = ""
      if mine.count == other.count {
        // More instructions a second are better, fewer seconds are.
        let ratios = zip(mine, other).map { first.unit == "MIPS" ? $1 / $0 : $0 / $1 }
        ratio = String(format2(median(ratios)))
      }
      lines.append(
        row(first.name, show(mine, first.unit), other.isEmpty ? "" : show(other, first.unit), ratio))
    }
    return lines.joined()
  }

  private func show(_ values: [Double], _ unit: String) -> String { "\(format2(median(values))) \(unit)" }

  private func format2(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "-" }
    let hundredths = Int((value * 100).rounded())
    let fraction = "\(hundredths % 100)"
    return "\(hundredths / 100).\(fraction.count < 2 ? "0" + fraction : fraction)"
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private func row(_ cells: String...) -> String {
    var line = ""
    for (cell, width) in zip(cells, [24, 16, 16, 0]) {
      line += cell + String(repeating: " ", count: max(1, width - cell.count))
    }
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}

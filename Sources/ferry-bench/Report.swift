import Foundation

/// Medians as a table.
struct Report {
  let ours: [Measurement]
  let theirs: [Measurement]

  var text: String {
    var lines = [row("part", "Ferry", theirs.isEmpty ? "" : "QEMU", theirs.isEmpty ? "" : "QEMU is faster by")]
    var speeds: [Double] = []
    for (index, first) in (ours.first?.values ?? []).enumerated() {
      let mine = ours.compactMap { $0.values.indices.contains(index) ? $0.values[index].value : nil }
      let other = theirs.compactMap { $0.values.first { $0.name == first.name }?.value }
      var ratio = ""
      if mine.count == other.count {
        // More instructions a second are better, fewer seconds are.
        let ratios = zip(mine, other).map { first.unit == "MIPS" ? $1 / $0 : $0 / $1 }
        ratio = ferry_bench.show(median(ratios), digits: 2)
        if first.unit == "s" { speeds.append(1 / median(ratios)) }
      }
      lines.append(
        row(first.name, show(mine, first.unit), other.isEmpty ? "" : show(other, first.unit), ratio))
    }
    if speeds.count > 1 {
      let mean = exp(speeds.reduce(0) { $0 + log($1) } / Double(speeds.count))
      lines.append("Ferry is faster by \(ferry_bench.show(mean, digits: 2)) (geometric mean of what was timed)\n")
    }
    return lines.joined()
  }

  private func show(_ values: [Double], _ unit: String) -> String {
    "\(ferry_bench.show(median(values), digits: 2)) \(unit)"
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

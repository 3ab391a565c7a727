import DeviceAudit
import DeviceModel
import Foundation
import SavedState
import Testing

@testable import Boards

/// What holds for every model that a board can have.
struct CatalogueTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// Every file `Tests/*/Schemas/MODEL.txt` by the model's name. What is plugged into devices has no model.
  private func goldens() throws -> [String: URL] {
    var found: [String: URL] = [:]
    for folder in try FileManager.default.contentsOfDirectory(at: Self.tests, includingPropertiesForKeys: nil) {
      let schemas = folder.appending(path: "Schemas")
      guard FileManager.default.fileExists(atPath: schemas.path), folder.lastPathComponent != "PeripheralsTests" else {
        continue
      }
      for file in try FileManager.default.contentsOfDirectory(at: schemas, includingPropertiesForKeys: nil)
      where file.pathExtension == "txt" {
        let name = file.deletingPathExtension().lastPathComponent
        #expect(found.updateValue(file, forKey: name) == nil, "\(name) is on record twice")
      }
    }
    return found
  }

  @Test func `every model's schema is the one on record, and nothing else is on record`() throws {
    let goldens = try goldens()
    for type in Catalogue.models {
      let name = type.model.name
      let file = try #require(goldens[name], "\(name) has no schema on record")
      #expect(Catalogue.table(of: type).schema == (try String(contentsOf: file, encoding: .utf8)), "\(name)")
    }
    #expect(Set(goldens.keys) == Set(Catalogue.names))
  }

  private func faults<D: Device>(of _: D.Type) -> [String] {
    auditState(D.State.self) + (D.State.table.name == D.model.name ? [] : ["its table is called \(D.State.table.name)"])
  }

  @Test func `every model's table covers its state, and its states survive tree, DER and JSON`() {
    for type in Catalogue.models { #expect(faults(of: type) == [], "\(type.model.name)") }
    #expect(auditState(ClockState.self) == [])
  }

  @Test func `names of models, regions, lines and parameters are told apart`() {
    #expect(Set(Catalogue.names).count == Catalogue.names.count)
    for model in Catalogue.models.map({ $0.model }) {
      for names in [model.regions.map(\.name), model.inputs, model.outputs, model.parameters.map(\.name)] {
        #expect(Set(names).count == names.count, "\(model.name): \(names)")
      }
    }
  }

  @Test func `every register lies in a region of its model, on accesses that the region takes`() {
    for type in Catalogue.models {
      for row in type.registers {
        let regions = type.model.regions
        guard regions.indices.contains(row.region) else {
          Issue.record("\(type.model.name): \(row.name) is in no region")
          continue
        }
        #expect(row.offset + UInt64(row.width) <= regions[row.region].size, "\(type.model.name): \(row.name)")
      }
    }
  }
}

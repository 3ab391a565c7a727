/// A member of an object of QMP, or an argument of a command.
struct QMPMember: Sendable {
  let name: String
  let type: QMPType
  let isOptional: Bool

  init(_ name: String, _ type: QMPType, optional: Bool = false) {
    self.name = name
    self.type = type
    isOptional = optional
  }
}

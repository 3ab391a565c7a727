/// An object of QMP: members, and for a union those that the value of its tag chooses.
struct QMPObject: Sendable {
  let name: String
  let members: [QMPMember]
  /// The member that chooses one of `variants`.
  let tag: String?
  let variants: [(tag: String, object: QMPObject)]

  init(_ name: String, _ members: [QMPMember], tag: String? = nil, variants: [(String, QMPObject)] = []) {
    self.name = name
    self.members = members
    self.tag = tag
    self.variants = variants
  }
}

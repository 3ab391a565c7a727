import DeviceAudit
import DeviceModel
import Testing

/// Bits of registers by name.
struct RegisterFieldTests {
  private func faults(_ fields: String, width: Int = 1) -> [String] {
    auditFields(RegisterRow("R", at: 0, width: width, .readWrite, fields: fields))
  }

  @Test func `fields are read as manuals print them`() {
    let row = RegisterRow("LCR", at: 3, .readWrite, fields: "DLAB[7] SB[6] WLS[1:0]")
    #expect(row.fields == [RegisterField("DLAB", 7...7), RegisterField("SB", 6...6), RegisterField("WLS", 0...1)])
    #expect(row.fields.map(\.text) == ["DLAB[7]", "SB[6]", "WLS[1:0]"])
    #expect(row.fields.map { $0.value(in: 0x82) } == [1, 0, 2])
    #expect(row.fields[2].setting(7, in: 0xf0) == 0xf3)
    #expect(RegisterField("ALL", 0...63).limit == .max)
    #expect(RegisterField("ALL", 0...63).setting(5, in: .max) == 5)
  }

  @Test func `the audit finds fields that leave their register, or overlap`() {
    #expect(faults("A[7:4] B[3:0]") == [])
    #expect(faults("A[8]") == ["has A[8] beyond its 1 bytes"])
    #expect(faults("A[15]", width: 2) == [])
    #expect(faults("A[7:4] B[4:0]") == ["has B[4:0] over another field"])
    #expect(faults("A[7] A[6]") == ["has two fields of one name"])
  }
}

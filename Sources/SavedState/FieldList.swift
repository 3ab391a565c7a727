/// Collects the rows between a table's or a subsection's braces.
@resultBuilder
public enum FieldList<State: DeviceState> {
  public static func buildExpression(_ field: Field<State>) -> [Field<State>] { [field] }
  public static func buildBlock(_ fields: [Field<State>]...) -> [Field<State>] { fields.flatMap(\.self) }
  public static func buildArray(_ fields: [[Field<State>]]) -> [Field<State>] { fields.flatMap(\.self) }
}

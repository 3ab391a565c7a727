/// The ASN.1 module (X.680, X.681) of the trees that `StateNode.der()` writes.
///
/// What an attribute's value is follows from its name: each model has an object set of its attributes, as X.509 has
/// one of extensions.
public enum ASN1Module {
  /// The module for trees whose nodes are of the models in `tables`, or of none.
  public static func text(_ tables: [AnyStateTable]) -> String {
    var writer = Writer()
    for table in tables { writer.node(table) }
    return """
      Ferry-State DEFINITIONS IMPLICIT TAGS ::= BEGIN

      -- A tree of any models. Lengths are definite, sets ordered: the distinguished encoding rules.
      Node ::= SEQUENCE {
        name Name,
        model UTF8String (SIZE (0..128)),
        version Version,
        attributes SET OF Attribute,
        children SET OF Node
      }

      Name ::= UTF8String (SIZE (1..128))
      Version ::= INTEGER (1..2147483647)

      -- A reader that does not know an attribute refuses the tree, unless mustUnderstand is FALSE.
      Attribute ::= SEQUENCE {
        name Name,
        value Value,
        mustUnderstand BOOLEAN DEFAULT TRUE
      }

      Value ::= CHOICE {
        integer INTEGER (-9223372036854775808..18446744073709551615),
        bool BOOLEAN,
        enumeration ENUMERATED { zero(0), ... },
        bytes OCTET STRING,
        text UTF8String,
        list SEQUENCE OF Value,
        group [0] Group
      }

      Group ::= SEQUENCE {
        version Version OPTIONAL,
        attributes SET OF Attribute
      }

      -- What the name of an attribute says of its value.
      STATE-ATTRIBUTE ::= CLASS {
        &name UTF8String UNIQUE,
        &Value
      } WITH SYNTAX { NAME &name VALUE &Value }

      \(writer.text)END

      """
  }

  private struct Writer {
    var text = ""
    private var written: Set<String> = []

    /// The type of a model's node.
    mutating func node(_ table: AnyStateTable) {
      let type = ASN1Module.type(table.name)
      guard written.insert(type + "-Node").inserted else { return }
      attributes(type, table.rows)
      text += """
        -- Model \(table.name), version \(table.version)
        \(type)-Node ::= SEQUENCE {
          name Name,
          model UTF8String ("\(table.name)"),
          version INTEGER (\(table.version)),
          attributes SET OF \(type)-Attribute,
          children SET OF Node
        }


        """
    }

    /// The object set of the rows, and the attribute type over it.
    private mutating func attributes(_ type: String, _ rows: [StateRow]) {
      guard written.insert(type).inserted else { return }
      var objects: [String] = []
      for row in rows where row.role != .derived {
        let value = value(row.shape, "\(type)-\(ASN1Module.type(row.name))")
        objects.append("  { NAME \"\(row.name)\" VALUE \(value) }")
      }
      // An object set may be empty only when it can grow.
      objects.append("  ...")
      text += """
        \(type)-Set STATE-ATTRIBUTE ::= {
        \(objects.joined(separator: " |\n").replacing(" |\n  ...", with: ",\n  ..."))
        }

        \(type)-Attribute ::= SEQUENCE {
          name STATE-ATTRIBUTE.&name ({\(type)-Set}),
          value STATE-ATTRIBUTE.&Value ({\(type)-Set}{@name}),
          mustUnderstand BOOLEAN DEFAULT TRUE
        }


        """
    }

    /// The notation of a shape's type; `name` names what has to be written apart.
    private mutating func value(_ shape: StateShape, _ name: String) -> String {
      switch shape {
      case .integer(_, let range): return "INTEGER (\(range.lowerBound)..\(range.upperBound))"
      case .bool: return "BOOLEAN"
      case .enumeration(_, _, let symbols):
        guard !symbols.isEmpty else { return "ENUMERATED { zero(0), ... }" }
        return "ENUMERATED { " + symbols.map { "\(ASN1Module.value($0.name))(\($0.raw))" }.joined(separator: ", ")
          + " }"
      case .bytes(_, let count): return "OCTET STRING (SIZE (\(count)))"
      case .array(let element, let count): return "SEQUENCE (SIZE (\(count))) OF \(value(element, name))"
      case .list(let element, let max): return "SEQUENCE (SIZE (0..\(max))) OF \(value(element, name))"
      case .optional(let element): return "SEQUENCE (SIZE (0..1)) OF \(value(element, name))"
      case .table(let table):
        let type = ASN1Module.type(table.name)
        attributes(type, table.rows)
        if written.insert(type + "-Group").inserted {
          text += """
            -- Model \(table.name) within another, version \(table.version)
            \(type)-Group ::= [0] SEQUENCE {
              version INTEGER (\(table.version)),
              attributes SET OF \(type)-Attribute
            }


            """
        }
        return type + "-Group"
      case .subsection(let rows):
        attributes(name, rows)
        text += """
          \(name)-Group ::= [0] SEQUENCE {
            attributes SET OF \(name)-Attribute
          }


          """
        return name + "-Group"
      }
    }
  }

  /// A type reference: an upper-case letter, then letters, digits and single hyphens.
  static func type(_ name: String) -> String {
    let words = words(name)
    let joined = words.joined(separator: "-")
    guard let first = joined.first, first.isLetter else { return "M" + joined }
    return first.uppercased() + joined.dropFirst()
  }

  /// A value reference: the same with a lower-case letter.
  static func value(_ name: String) -> String {
    let joined = words(name).joined(separator: "-")
    guard let first = joined.first, first.isLetter else { return "v" + joined }
    return first.lowercased() + joined.dropFirst()
  }

  private static func words(_ name: String) -> [Substring] { name.split { !($0.isLetter || $0.isNumber) } }
}

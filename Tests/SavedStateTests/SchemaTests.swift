import SavedState
import Testing

@Suite struct SchemaTests {
  @Test func `the schema text is the one on record`() {
    #expect(
      Sample.table.schema == """
        sample v3
          saved UInt64 wide since 1
          saved Int8 small since 1
          saved UInt8 level since 1 in 0...7
          saved UInt16 even since 1
          saved Mode:UInt8 mode since 1 {idle 0, busy 1, done 7}
          saved Flags:UInt16 flags since 1
          saved Double real since 1
          saved Float80 extended since 1
          saved UInt128 vector since 1
          saved UInt8[20] cells since 1
          saved UInt16[3] words since 1 in 0...9
          saved UInt8? maybe since 1
          saved UInt8[0...8] queue since 1
          saved sample-timer:v2[0...4] jobs since 1
            saved UInt32 reload since 1
            saved UInt32 left since 1
            saved Bool running since 2
            derived UInt64 next since 1
          saved sample-timer:v2 timer since 1
            saved UInt32 reload since 1
            saved UInt32 left since 1
            saved Bool running since 2
            derived UInt64 next since 1
          saved sample-timer:v2[2] timers since 1
            saved UInt32 reload since 1
            saved UInt32 left since 1
            saved Bool running since 2
            derived UInt64 next since 1
          saved subsection fifo since 2
            saved Bool fifoOn since 1
            saved UInt8 depth since 1 in 1...4
          saved UInt32 hint since 3 skippable
          fixed UInt32 serial since 1
          derived Bool line since 1

        """)
  }

  @Test func `rows tell where they lie and what they are`() throws {
    let table = AnyStateTable(Sample.table)
    #expect(table.size == MemoryLayout<Sample>.size)
    let level = try #require(table.rows.first { $0.name == "level" })
    #expect(level.offset == MemoryLayout<Sample>.offset(of: \.level))
    #expect(level.size == 1)
    #expect(level.range == 0...7)
    #expect(level.doc == "how full it is")
    #expect(table.rows.first { $0.name == "timers" }?.nested?.name == "sample-timer")
    #expect(table.properties.first { $0.name == "depth" }?.property == "fifoLevel")
  }

  @Test func `the JSON schema of a small table is the one on record`() {
    #expect(
      JSONSchema.text(AnyStateTable(Small.table)) == #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "small",
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1,
          "propertyNames": {
            "pattern": "^[A-Za-z0-9_.-]{1,128}$"
          },
          "additionalProperties": {
            "$ref": "#/$defs/small"
          },
          "$defs": {
            "small": {
              "type": "object",
              "properties": {
                "model": {
                  "const": "small"
                },
                "version": {
                  "const": 1
                },
                "state": {
                  "type": "object",
                  "properties": {
                    "level": {
                      "type": "integer",
                      "minimum": 0,
                      "maximum": 7,
                      "description": "how full it is"
                    }
                  },
                  "patternProperties": {
                    "^[A-Za-z0-9_.-]{1,128}\\?$": true
                  },
                  "additionalProperties": false
                },
                "children": {
                  "$ref": "#/$defs/-children"
                }
              },
              "required": ["model", "version", "state"],
              "additionalProperties": false
            },
            "-other": {
              "type": "object",
              "properties": {
                "model": {
                  "type": "string",
                  "pattern": "^[A-Za-z0-9_.-]{1,128}$",
                  "not": {
                    "enum": ["small"]
                  }
                },
                "version": {
                  "type": "integer",
                  "minimum": 1
                },
                "state": {
                  "type": "object"
                },
                "children": {
                  "$ref": "#/$defs/-children"
                }
              },
              "required": ["version", "state"],
              "additionalProperties": false
            },
            "-children": {
              "type": "object",
              "propertyNames": {
                "pattern": "^[A-Za-z0-9_.-]{1,128}$"
              },
              "additionalProperties": {
                "anyOf": [
                  {
                    "$ref": "#/$defs/small"
                  },
                  {
                    "$ref": "#/$defs/-other"
                  }
                ]
              }
            }
          }
        }

        """#)
  }

  @Test func `the ASN 1 module has each model's attributes as an object set`() {
    let text = ASN1Module.text([AnyStateTable(Small.table)])
    #expect(
      text.hasSuffix(
        """
        Small-Set STATE-ATTRIBUTE ::= {
          { NAME "level" VALUE INTEGER (0..7) },
          ...
        }

        Small-Attribute ::= SEQUENCE {
          name STATE-ATTRIBUTE.&name ({Small-Set}),
          value STATE-ATTRIBUTE.&Value ({Small-Set}{@name}),
          mustUnderstand BOOLEAN DEFAULT TRUE
        }

        -- Model small, version 1
        Small-Node ::= SEQUENCE {
          name Name,
          model UTF8String ("small"),
          version INTEGER (1),
          attributes SET OF Small-Attribute,
          children SET OF Node
        }

        END

        """))
  }
}

private struct Small: DeviceState {
  var level: UInt8 = 0
  var line = false

  static let table = StateTable<Small>("small") {
    saved(\.level, in: 0...7, doc: "how full it is")
    derived(\.line)
  }
}

/// The characters of PC text screens (IBM code page 437).
public enum CodePage437 {
  private static let characters = Array(
    " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼ !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
      + "`abcdefghijklmnopqrstuvwxyz{|}~⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
      + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ")

  /// The character that is shown for `code`; a space for 0 and 255.
  public static func character(_ code: UInt8) -> Character { characters[Int(code)] }

  private static let codes = Dictionary(
    characters.enumerated().map { ($1, UInt8($0)) }, uniquingKeysWith: { first, _ in first })

  /// The code of a character; nil where there is none.
  public static func code(_ character: Character) -> UInt8? { character == " " ? 0x20 : codes[character] }

  /// A row of the screen as text, without the blanks at its end.
  public static func line(_ codes: some Sequence<UInt8>) -> String {
    var line = codes.map(character)
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}

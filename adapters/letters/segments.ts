/** The characters of GSM 03.38. Those of its extension table count twice. */
const GSM = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");

/** Returns whether an SMS has one segment: 160 characters of GSM 03.38, or 70 UTF-16 units if it has any other. */
export function isOneSegment(text: string): boolean {
  let length = 0;
  for (const character of text) {
    if (GSM.has(character)) length++;
    else if (EXTENDED.has(character)) length += 2;
    else return text.length <= 70;
  }
  return length <= 160;
}

/** The shortest that a name is cut to. What does not fit then takes more segments. */
const SHORTEST = 12;

/** Returns the text with the name in it, which is cut as far as one segment requires. */
export function fitted(name: string, text: (name: string) => string): string {
  const characters = [...name];
  for (let length = characters.length; length > SHORTEST; length--) {
    const cut = length === characters.length ? name : `${characters.slice(0, length).join("").trimEnd()}...`;
    if (isOneSegment(text(cut))) return text(cut);
  }
  return text(characters.length > SHORTEST ? `${characters.slice(0, SHORTEST).join("").trimEnd()}...` : name);
}

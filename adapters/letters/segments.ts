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

/** How long a name may be: at most a segment, at least so much that it is recognised, whatever that costs. */
const LENGTH = { longest: 160, shortest: 12 };

/** Returns the text with the name in it, which is cut as far as one segment requires. */
export function fitted(name: string, text: (name: string) => string): string {
  const characters = [...name];
  const cutTo = (length: number) =>
    text(length < characters.length ? `${characters.slice(0, length).join("").trimEnd()}...` : name);
  let length = Math.min(characters.length, LENGTH.longest);
  while (length > LENGTH.shortest && !isOneSegment(cutTo(length))) length--;
  return cutTo(length);
}

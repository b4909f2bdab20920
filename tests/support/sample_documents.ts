import { crc32, joined } from "./sample_pictures.ts";

export type ZipEntry = {
  name: string;
  content?: string;
  /** What the directory claims; by default the truth. */
  claimedSize?: number;
  isEncrypted?: boolean;
  isSymlink?: boolean;
};

/** A ZIP of entries that are stored uncompressed, whatever they are called and claim. */
export function zipOf(entries: ZipEntry[]): Uint8Array<ArrayBuffer> {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content = "", claimedSize, isEncrypted = false, isSymlink = false } of entries) {
    const [nameBytes, data] = [joined(name), joined(content)];
    // Version, flags (UTF-8 names), method, time, date, checksum, sizes, lengths of the name and of the extra field.
    const common = little(
      [2, 20],
      [2, (isEncrypted ? 1 : 0) | 0x800],
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, crc32(data)],
      [4, data.length],
      [4, claimedSize ?? data.length],
      [2, nameBytes.length],
      [2, 0],
    );
    const file = joined("PK\x03\x04", common, nameBytes, data);
    const mode = isSymlink ? 0o120777 : 0o100644;
    const rest = little([2, 0], [2, 0], [2, 0], [4, mode * 0x10000], [4, offset]);
    directory.push(joined("PK\x01\x02", little([2, 0x0314]), common, rest, nameBytes));
    files.push(file);
    offset += file.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = little([2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, size], [4, offset], [
    2,
    0,
  ]);
  return joined(...files, ...directory, "PK\x05\x06", end);
}

/** The smallest file that is a PDF to whoever looks at its ends. */
export const pdf = () => joined("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n");

export const pptx = (more: ZipEntry[] = []) =>
  zipOf([{ name: "[Content_Types].xml", content: "<Types/>" }, { name: "ppt/presentation.xml" }, ...more]);

function little(...numbers: [bytes: 2 | 4, value: number][]): Uint8Array {
  return new Uint8Array(
    numbers.flatMap(([bytes, value]) =>
      Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) & 255)
    ),
  );
}

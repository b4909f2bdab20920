import type { Entry, FileEntry } from "@zip.js/zip.js";
import {
  type ByteSource,
  DOCUMENT_TYPES,
  type DocumentFault,
  type Documents,
  type DocumentType,
} from "../../domain/media/ports.ts";
import { fairTurns } from "../turns.ts";

type Zip = { entries: Entry[]; hasOtherData: boolean };

const MIB = 1024 ** 2;
const LIMITS = { entries: 10_000, ratio: 200, totalBytes: 2 * 1024 ** 3, harmlessBytes: 50 * MIB };
/**
 * The maximum that one inspection reads of a file, whatever the file claims: a directory of 10,000 entries with long
 * names takes 4 MiB, and may be read twice.
 */
const READABLE = { bytes: 16 * MIB, times: 100 };
/** The maximum unpacked size of the list of an Office document's parts. */
const PARTS_BYTES = 2 * MIB;
/** The maximum number of waiting and running inspections: per sender, and in total. */
const WAITING = { each: 5, all: 50 };

/** The type of a ZIP with this entry. */
const BY_ENTRY: Record<string, DocumentType> = {
  "ppt/presentation.xml": "pptx",
  "word/document.xml": "docx",
  "xl/workbook.xml": "xlsx",
};
const OPEN_DOCUMENTS = ["odp", "odt", "ods"] as const;

/**
 * Returns the inspection of documents by content, one at a time; senders take turns. ZIP files are read by
 * @zip.js/zip.js, which fetches only the ends, the directory and the list of an Office document's parts, never more
 * than `READABLE`.
 */
export function zipjsDocuments(): Documents {
  const turns = fairTurns({
    ...WAITING,
    detail: "Files cannot be looked into just now. Please try again.",
  });
  return { inspect: (name, source, sender) => turns.take(sender, () => inspect(name, bounded(source))) };
}

async function inspect(
  name: string,
  source: BoundedSource,
): Promise<{ contentType: string } | { fault: DocumentFault }> {
  const head = latin1(await source.read(0, Math.min(source.size, 128)));
  const extension = name.split(".").at(-1)!.toLowerCase();
  const found = head.startsWith("%PDF-")
    ? await inspectPdf(source)
    : head.startsWith("PK\x03\x04")
    ? await inspectZip(source, head)
    : { fault: "unknown_type" as const };
  if (typeof found === "object") return found;
  return found === extension ? { contentType: DOCUMENT_TYPES[found] } : { fault: "wrong_extension" };
}

/** Thrown for a file crafted so that its inspection exceeds the limit. */
class TooMuch extends Error {}

/** A file, readable up to the limit. `failure` is the reason why reading failed, which is not the file's fault. */
type BoundedSource = ByteSource & { failure: unknown };

function bounded({ size, read }: ByteSource): BoundedSource {
  let bytes = 0;
  let times = 0;
  const source: BoundedSource = {
    size,
    failure: null,
    async read(start, end) {
      bytes += Math.max(0, end - start);
      if (bytes > READABLE.bytes || ++times > READABLE.times) throw new TooMuch();
      try {
        return await read(start, end);
      } catch (error) {
        source.failure = error;
        throw error;
      }
    },
  };
  return source;
}

type Found = DocumentType | { fault: DocumentFault };

async function inspectPdf(source: ByteSource): Promise<Found> {
  // A PDF ends with its marker (ISO 32000-1, 7.5.5). The end record of a ZIP is within the last 64 KiB.
  const tail = latin1(await source.read(Math.max(0, source.size - 66_000), source.size));
  if (tail.includes("PK\x05\x06")) return { fault: "followed_by_other_data" };
  return tail.slice(-1024).includes("%%EOF") ? "pdf" : { fault: "truncated" };
}

async function inspectZip(source: BoundedSource, head: string): Promise<Found> {
  const zip = await readZip(source);
  if ("fault" in zip) return zip;
  const { entries, hasOtherData } = zip;
  const fault = hasOtherData ? "followed_by_other_data" as const : faultOf(entries, source.size);
  if (fault) return { fault };
  const names = new Set(entries.map(({ filename }) => filename.toLowerCase()));
  const known = Object.entries(BY_ENTRY).find(([entry]) => names.has(entry));
  const parts = entries.find(({ filename }) => filename.toLowerCase() === "[content_types].xml");
  if (known && parts && !parts.directory) {
    if (entries.some(({ filename }) => /vbaProject\.bin$/i.test(filename))) return { fault: "macros" };
    const types = await textOf(parts);
    if (source.failure) throw source.failure;
    if (types === null) return { fault: "truncated" };
    return hasMacros(types) ? { fault: "macros" } : known[1];
  }
  // OpenDocument begins with an entry with its media type, uncompressed (ODF 1.3, part 2, 3.3).
  return OPEN_DOCUMENTS.find((type) => head.startsWith(`mimetype${DOCUMENT_TYPES[type]}PK`, 30)) ?? "zip";
}

/** Returns the text of a small entry; null if it is too large or cannot be unpacked. */
async function textOf(entry: FileEntry): Promise<string | null> {
  if (entry.compressedSize > PARTS_BYTES) return null;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(piece) {
      size += piece.byteLength;
      if (size > PARTS_BYTES) throw new TooMuch();
      pieces.push(piece);
    },
  });
  try {
    await entry.getData(sink, { useWebWorkers: false });
  } catch {
    return null;
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return new TextDecoder(!isWide ? "utf-8" : bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
}

/**
 * Returns whether a list of parts has macros, under whatever name. Custom entities, which could hide them, are not
 * needed in such a list and count as macros.
 */
function hasMacros(types: string): boolean {
  const plain = types.replace(
    /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi,
    (_, hex, decimal) => String.fromCodePoint(Math.min(hex ? parseInt(hex, 16) : Number(decimal), 0x10ffff)),
  );
  return /<!(?:DOCTYPE|ENTITY)/i.test(plain) ||
    /ContentType\s*=\s*(?:"[^"]*|'[^']*)(?:vbaProject|vbaData|macro)/i.test(plain);
}

function faultOf(entries: Entry[], size: number): DocumentFault | null {
  if (entries.length > LIMITS.entries) return "too_many_entries";
  if (entries.some((entry) => entry.encrypted)) return "encrypted";
  const names = entries.map(({ filename }) => filename.normalize("NFC").toLowerCase());
  if (
    new Set(names).size < names.length ||
    entries.some((entry) => entry.symlink || /\p{Cc}/u.test(entry.filename))
  ) {
    return "unsafe_names";
  }
  const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  const isBomb = total > LIMITS.totalBytes || (total > LIMITS.harmlessBytes && total > size * LIMITS.ratio);
  return isBomb ? "bomb" : null;
}

/** Reads the directory. The library refuses names that could write outside of the folder when unpacked ("zip slip"). */
async function readZip(source: BoundedSource): Promise<Zip | { fault: DocumentFault }> {
  const { ERR_UNSAFE_FILENAME, Reader, ZipReader } = await import("@zip.js/zip.js");
  class SourceReader extends Reader<ByteSource> {
    override size = source.size;
    override readUint8Array(start: number, length: number): Promise<Uint8Array> {
      return source.read(start, Math.min(start + length, source.size));
    }
  }
  const reader = new ZipReader(new SourceReader(source));
  try {
    const entries: Entry[] = [];
    for await (const entry of reader.getEntriesGenerator()) {
      entries.push(entry);
      if (entries.length > LIMITS.entries) break;
    }
    // Determined by offsets, because the data there may be as large as the file.
    const first = Math.min(...entries.map(({ offset }) => offset));
    const hasOtherData = first > 0 ||
      (reader.warnings ?? []).some(({ reason }) => OTHER_DATA.includes(reason));
    return { entries, hasOtherData };
  } catch (error) {
    if (source.failure) throw source.failure;
    if (error instanceof TooMuch) return { fault: "too_many_entries" };
    return { fault: (error as Error).message === ERR_UNSAFE_FILENAME ? "unsafe_names" : "truncated" };
  } finally {
    await reader.close();
  }
}

/** The library's messages for data before the first entry and after the end. */
const OTHER_DATA = ["appended data", "prepended data", "prepended central directory"];

const latin1 = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

import type { Entry } from "@zip.js/zip.js";
import type { ByteSource, DocumentFault, Documents } from "../../domain/media/ports.ts";

type Zip = { entries: Entry[]; hasOtherData: boolean };

const LIMITS = { entries: 10_000, ratio: 200, totalBytes: 2 * 1024 ** 3, harmlessBytes: 50 * 1024 ** 2 };

const OFFICE = "application/vnd.openxmlformats-officedocument.";
/** What a ZIP is when it has this entry. */
const BY_ENTRY: Record<string, { extension: string; contentType: string }> = {
  "ppt/presentation.xml": { extension: "pptx", contentType: `${OFFICE}presentationml.presentation` },
  "word/document.xml": { extension: "docx", contentType: `${OFFICE}wordprocessingml.document` },
  "xl/workbook.xml": { extension: "xlsx", contentType: `${OFFICE}spreadsheetml.sheet` },
};
const BY_MEDIA_TYPE: Record<string, string> = {
  "application/vnd.oasis.opendocument.presentation": "odp",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.oasis.opendocument.spreadsheet": "ods",
};

/** Documents told by their content; ZIP files are read by @zip.js/zip.js, of which only their directory is fetched. */
export function zipjsDocuments(): Documents {
  return {
    async inspect(name, source) {
      const head = latin1(await source.read(0, Math.min(source.size, 128)));
      const extension = name.split(".").at(-1)!.toLowerCase();
      const found = head.startsWith("%PDF-")
        ? await inspectPdf(source)
        : head.startsWith("PK\x03\x04")
        ? await inspectZip(source, head)
        : { fault: "unknown_type" as const };
      if ("fault" in found) return found;
      return found.extension === extension
        ? { contentType: found.contentType }
        : { fault: "wrong_extension" };
    },
  };
}

type Found = { extension: string; contentType: string } | { fault: DocumentFault };

async function inspectPdf(source: ByteSource): Promise<Found> {
  // A PDF ends with its marker (ISO 32000-1, 7.5.5); a ZIP is found by its end, within 64 KiB.
  const tail = latin1(await source.read(Math.max(0, source.size - 66_000), source.size));
  if (tail.includes("PK\x05\x06")) return { fault: "followed_by_other_data" };
  return tail.slice(-1024).includes("%%EOF")
    ? { extension: "pdf", contentType: "application/pdf" }
    : { fault: "truncated" };
}

async function inspectZip(source: ByteSource, head: string): Promise<Found> {
  const zip = await readZip(source);
  if ("fault" in zip) return zip;
  const { entries, hasOtherData } = zip;
  const fault = hasOtherData ? "followed_by_other_data" as const : faultOf(entries, source.size);
  if (fault) return { fault };
  const names = new Set(entries.map(({ filename }) => filename));
  const known = Object.entries(BY_ENTRY).find(([entry]) => names.has(entry));
  if (known && names.has("[Content_Types].xml")) {
    return entries.some(({ filename }) => /vbaProject\.bin$/i.test(filename))
      ? { fault: "macros" }
      : known[1];
  }
  // OpenDocument begins with an entry that holds its media type, uncompressed (ODF 1.3, part 2, 3.3).
  const mediaType = Object.keys(BY_MEDIA_TYPE).find((type) => head.startsWith(`mimetype${type}PK`, 30));
  if (mediaType) return { contentType: mediaType, extension: BY_MEDIA_TYPE[mediaType]! };
  return { extension: "zip", contentType: "application/zip" };
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

/** Reads the directory; the library refuses names with which unpacking could write outside of its folder ("zip slip"). */
async function readZip(source: ByteSource): Promise<Zip | { fault: DocumentFault }> {
  const { ERR_UNSAFE_FILENAME, Reader, ZipReader } = await import("@zip.js/zip.js");
  class SourceReader extends Reader<ByteSource> {
    override size = source.size;
    override readUint8Array(start: number, length: number): Promise<Uint8Array> {
      return source.read(start, Math.min(start + length, source.size));
    }
  }
  const reader = new ZipReader(new SourceReader(source), {
    extractPrependedData: true,
    extractAppendedData: true,
  });
  try {
    const entries: Entry[] = [];
    for await (const entry of reader.getEntriesGenerator()) {
      entries.push(entry);
      if (entries.length > LIMITS.entries) break;
    }
    const hasOtherData = (reader.prependedData?.length ?? 0) + (reader.appendedData?.length ?? 0) > 0;
    return { entries, hasOtherData };
  } catch (error) {
    if (!(error instanceof Error) || error.name === "DomainError") throw error; // the file store does not answer
    return { fault: error.message === ERR_UNSAFE_FILENAME ? "unsafe_names" : "truncated" };
  } finally {
    await reader.close();
  }
}

const latin1 = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

import { DomainError } from "../../domain/errors.ts";
import type { FormPart } from "../../openapi/generated/server/operations.ts";

const KIB = 1024;
/** The maximum number of parts. No form of the contract has more, and each part costs time, however small it is. */
const MOST_PARTS = 500;
const MOST_FILES = 10;
const MOST_HEADER = 8 * KIB;
const PIECE = 16 * KIB;

/**
 * Reads a form (multipart/form-data, RFC 7578) as it arrives, and stops at the first excess part. Names of files are
 * as browsers send them, without folders. `mostText`: the maximum size of all texts together, in bytes. Throws
 * DomainError `invalid_input`.
 */
export async function readParts(
  contentType: string,
  chunks: AsyncIterable<Uint8Array>,
  { mostText }: { mostText: number },
): Promise<FormPart[]> {
  const parts: FormPart[] = [];
  let text = 0;
  let fault: Error | null = null;
  const refuse = (detail: string) => fault ??= new DomainError("invalid_input", detail);
  const form = await begin(contentType, mostText);
  const ended = new Promise<void>((resolve) => {
    form.once("finish", () => resolve());
    form.once("error", () => {
      refuse("The body is not a valid form.");
      resolve();
    });
  });
  form.on("partsLimit", () => refuse(`A form may have at most ${MOST_PARTS} parts.`));
  form.on("filesLimit", () => refuse(`A form may have at most ${MOST_FILES} files.`));
  form.on("field", (name: string | undefined, value, _nameCut, isCut) => {
    text += value.length;
    if (isCut || text > mostText) {
      refuse(`The text fields of a form may have at most ${mostText / KIB} KiB in total.`);
    } else if (name !== undefined) parts.push({ name, text: value });
  });
  form.on("file", (name: string | undefined, stream, fileName: string | undefined) => {
    const pieces: Uint8Array[] = [];
    stream.on("data", (piece: Uint8Array) => pieces.push(piece));
    stream.on("end", () => {
      if (name !== undefined) parts.push({ name, file: { name: fileName ?? "", bytes: joined(pieces) } });
    });
    stream.on("error", () => {}); // reported by the form's own error
  });
  for await (const piece of inPieces(chunks)) {
    if (fault) break;
    if (!form.write(piece)) await Promise.race([drained(form), ended]);
  }
  if (!fault) {
    form.end();
    await ended;
  }
  form.destroy();
  if (fault) throw fault;
  return parts;
}

async function begin(contentType: string, mostText: number) {
  const { Busboy } = await import("@fastify/busboy");
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      isPartAFile: (_name, _type, fileName) => fileName !== undefined,
      limits: {
        parts: MOST_PARTS,
        files: MOST_FILES,
        fieldSize: mostText,
        headerPairs: 20,
        headerSize: MOST_HEADER,
      },
    });
  } catch {
    throw new DomainError("invalid_input", "The body is not a valid form.");
  }
}

/** Splits chunks into small pieces, because the parser reads each to its end, whatever it finds. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>) {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += PIECE) yield chunk.subarray(at, at + PIECE);
  }
}

const drained = (form: NodeJS.EventEmitter) => new Promise<void>((resolve) => form.once("drain", resolve));

function joined(pieces: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

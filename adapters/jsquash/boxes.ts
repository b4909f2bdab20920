// Reads the boxes of AVIF and HEIC (ISO/IEC 23008-12) for the properties of the primary picture, without decoding.

export type PictureBoxes = {
  type: "avif" | "heic";
  /** The primary picture's size before rotation. */
  width: number;
  height: number;
  /** The maximum number of pixels that any picture in the file claims, including tiles, previews and masks. */
  mostPixels: number;
  /** The EXIF orientation, from 1 (upright) to 8. */
  orientation: number;
  profile: Uint8Array | null;
  /** The colour space, by numbers of ITU-T H.273. */
  coding: { primaries: number; transfer: number } | null;
};

const AVIF_BRANDS = ["avif", "avis"];
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

/** Returns the type of the file by its brands; null if it is neither. */
export function brandOf(view: DataView): "avif" | "heic" | null {
  if (view.byteLength < 16 || text(view, 4) !== "ftyp") return null;
  const end = Math.min(view.getUint32(0), view.byteLength);
  const brands = [text(view, 8)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(view, at));
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return "avif";
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "heic" : null;
}

/** Reads the file's boxes. Throws RangeError if it ends early. Returns null if the boxes do not describe a picture. */
export function readBoxes(view: DataView, type: "avif" | "heic"): PictureBoxes | null {
  const top = boxesIn(view, 0, view.byteLength);
  const meta = top.find((box) => box.type === "meta");
  if (!meta) return null;
  const inMeta = boxesIn(view, meta.start + 4, meta.end);
  const pitm = inMeta.find((box) => box.type === "pitm");
  const iprp = inMeta.find((box) => box.type === "iprp");
  if (!pitm || !iprp) return null;
  const primary = view.getUint8(pitm.start) === 0
    ? view.getUint16(pitm.start + 4)
    : view.getUint32(pitm.start + 4);
  const inProperties = boxesIn(view, iprp.start, iprp.end);
  const ipco = inProperties.find((box) => box.type === "ipco");
  if (!ipco) return null;
  const properties = boxesIn(view, ipco.start, ipco.end);
  const own = inProperties.filter((box) => box.type === "ipma")
    .flatMap((box) => associations(view, box, primary))
    .flatMap((index) => properties[index - 1] ?? []);

  const read: PictureBoxes = {
    type,
    width: 0,
    height: 0,
    mostPixels: 0,
    orientation: 1,
    profile: null,
    coding: null,
  };
  for (const { type, start } of properties) {
    if (type !== "ispe") continue;
    read.mostPixels = Math.max(read.mostPixels, view.getUint32(start + 4) * view.getUint32(start + 8));
  }
  let quarters = 0; // anticlockwise
  let mirror: number | null = null;
  for (const { type, start, end } of own) {
    if (type === "ispe") {
      read.width = view.getUint32(start + 4);
      read.height = view.getUint32(start + 8);
    } else if (type === "irot") quarters = view.getUint8(start) & 3;
    else if (type === "imir") mirror = view.getUint8(start) & 1;
    else if (type === "colr") {
      const kind = text(view, start);
      if (kind === "nclx") {
        read.coding = { primaries: view.getUint16(start + 4), transfer: view.getUint16(start + 6) };
      } else if (kind === "prof" || kind === "rICC") {
        read.profile = new Uint8Array(view.buffer, view.byteOffset + start + 4, end - start - 4);
      }
    }
  }
  read.orientation = orientationOf(quarters, mirror);
  return read;
}

/**
 * Returns the EXIF orientation for anticlockwise quarter turns followed by mirroring: 0 top to bottom, 1 left to
 * right.
 */
function orientationOf(quarters: number, mirror: number | null): number {
  const turned = [1, 8, 3, 6];
  if (mirror === null) return turned[quarters]!;
  return (mirror === 1 ? [2, 7, 4, 5] : [4, 5, 2, 7])[quarters]!;
}

type Box = { type: string; start: number; end: number };

function boxesIn(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    const type = text(view, at + 4);
    // Data that cameras append after the picture is ignored.
    if (!/^[\x20-\x7e]{4}$/.test(type) || size < 8) break;
    if (at + size > to) {
      if (type === "mdat" || type === "meta" || to < view.byteLength) {
        throw new RangeError("A box has no end.");
      }
      break;
    }
    boxes.push({ type, start: at + (short === 1 ? 16 : 8), end: at + size });
    at += size;
  }
  return boxes;
}

/** Returns the numbers of an item's properties, from 1. */
function associations(view: DataView, { start }: Box, item: number): number[] {
  const version = view.getUint8(start);
  const isWide = (view.getUint8(start + 3) & 1) === 1;
  const found: number[] = [];
  let at = start + 8;
  for (let entries = view.getUint32(start + 4); entries > 0; entries--) {
    const id = version < 1 ? view.getUint16(at) : view.getUint32(at);
    at += version < 1 ? 2 : 4;
    for (let count = view.getUint8(at++); count > 0; count--) {
      const index = isWide ? view.getUint16(at) & 0x7fff : view.getUint8(at) & 0x7f;
      at += isWide ? 2 : 1;
      if (id === item) found.push(index);
    }
  }
  return found;
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

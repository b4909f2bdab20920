/// <reference lib="deno.worker" />
// Encodes one picture and is then discarded, with its memory and any damage that hostile bytes did to a decoder. //
// It loads a codec only if the picture needs it, so that other files are refused sooner.
import {
  decodeAvif,
  decodeJpeg,
  decodePng,
  decodeWebp,
  jpegEncoder,
  pngEncoder,
  resizer,
  webpEncoder,
} from "./codecs.ts";
import type { EncodedPicture, PictureFault, PicturePlan } from "../../domain/media/ports.ts";
import { isSrgb, toSrgb } from "./colours.ts";
import { inspectPicture, MAX_PIXELS, type PictureType } from "./inspect.ts";
import { howToShow } from "./metadata.ts";
import { upright } from "./upright.ts";

export type PictureRequest = { bytes: Uint8Array<ArrayBuffer>; plan: PicturePlan };
export type PictureAnswer = EncodedPicture[] | { fault: PictureFault };

self.onmessage = async ({ data }: MessageEvent<PictureRequest>) => {
  self.postMessage(await encodeAnew(data));
};

async function encodeAnew({ bytes, plan }: PictureRequest): Promise<PictureAnswer> {
  const inspection = inspectPicture(bytes);
  if ("fault" in inspection) return inspection;
  const { type, hasNoEnd = false } = inspection;
  let picture: ImageData;
  try {
    if (hasNoEnd && !(await hasWholePicture(bytes))) return { fault: "truncated" };
    picture = await decode(type, bytes);
  } catch {
    return { fault: "undecodable" };
  }
  // A decoder may produce more pixels than the file's header claimed.
  if (picture.width * picture.height > MAX_PIXELS) return { fault: "too_many_pixels" };
  const [narrow, webp] = await Promise.all([narrowing(), webpOf()]);
  const scale = Math.min(1, plan.maxSide / Math.max(picture.width, picture.height));
  const largest = await shown(
    type,
    bytes,
    await narrow(picture, Math.max(1, Math.round(picture.width * scale))),
  );
  const encoded = [await raster(largest), await webp(largest)];
  for (const width of plan.smallerWidths.filter((width) => width < largest.width)) {
    encoded.push(await webp(await narrow(largest, width)));
  }
  return encoded;
}

/** Returns the picture upright and in sRGB. All versions are made from it, without EXIF and profile. */
async function shown(type: PictureType, bytes: Uint8Array, picture: ImageData): Promise<ImageData> {
  const { orientation, colours } = await howToShow(type, bytes);
  if (colours && !isSrgb(colours)) toSrgb(picture, colours);
  return upright(picture, orientation);
}

async function decode(type: PictureType, bytes: Uint8Array<ArrayBuffer>): Promise<ImageData> {
  switch (type) {
    case "jpeg":
      return await decodeJpeg(bytes);
    case "png":
      return await decodePng(withoutRemarks(bytes));
    case "webp":
      return await decodeWebp(bytes);
    case "gif":
      return (await import("./gif.ts")).firstFrame(bytes);
    case "avif":
      return await decodeAvif(bytes);
    case "heic":
      return await (await import("./heic.ts")).decodeHeic(bytes);
  }
}

/**
 * Returns a PNG with only the chunks that its pixels need. The decoder refuses damaged ancillary chunks, which
 * viewers ignore.
 */
function withoutRemarks(png: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const kept = new Uint8Array(png.length);
  kept.set(png.subarray(0, 8));
  let length = 8;
  for (let at = 8; at < png.length;) {
    const end = at + 12 + view.getUint32(at);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (/^[A-Z]/.test(type) || type === "tRNS") {
      kept.set(png.subarray(at, end), length);
      length += end - at;
    }
    at = end;
  }
  return kept.slice(0, length);
}

/**
 * Returns whether a JPEG without an end marker has the complete visible picture. The decoder skips data after the
 * last block, but reads data before it as part of the picture; so appended noise becomes visible if blocks are
 * missing. The last block may be cut, because nobody sees that.
 */
async function hasWholePicture(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const noise = Uint8Array.from({ length: 4096 }, (_, at) => (at * 73 + (at >> 4) * 29) % 255); // never 255, a marker
  const [silent, noisy] = await Promise.all([new Uint8Array(), noise].map(async (rest) => {
    const whole = new Uint8Array(bytes.length + rest.length + 2);
    whole.set(bytes[bytes.length - 1] === 0xff ? bytes.subarray(0, -1) : bytes);
    whole.set(rest, bytes.length);
    whole.set([0xff, 0xd9], bytes.length + rest.length);
    return blocksOf(await decode("jpeg", whole));
  }));
  return silent!.filter((sum, block) => sum !== noisy![block]).length <= 1;
}

/** Returns a checksum for every block of 16 by 16 pixels. */
function blocksOf({ data, width, height }: ImageData): Uint32Array {
  const across = Math.ceil(width / 16);
  const sums = new Uint32Array(across * Math.ceil(height / 16));
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  for (let at = 0; at < pixels.length; at++) {
    const block = (Math.floor(at / width) >> 4) * across + ((at % width) >> 4);
    sums[block] = Math.imul(sums[block]!, 31) + pixels[at]!;
  }
  return sums;
}

async function raster(picture: ImageData): Promise<EncodedPicture> {
  const { width } = picture;
  return isTransparent(picture)
    ? { width, contentType: "image/png", bytes: await (await pngEncoder())(picture) }
    : { width, contentType: "image/jpeg", bytes: await (await jpegEncoder(82))(picture) };
}

async function webpOf(): Promise<(picture: ImageData) => Promise<EncodedPicture>> {
  const encode = await webpEncoder(80, 3);
  return async (picture) => ({
    width: picture.width,
    contentType: "image/webp",
    bytes: await encode(picture),
  });
}

/** Returns a function that makes pictures narrower, never wider. */
async function narrowing(): Promise<(picture: ImageData, width: number) => Promise<ImageData>> {
  const resize = await resizer();
  return async (picture, width) => {
    if (width >= picture.width) return picture;
    const height = Math.max(1, Math.round(picture.height * width / picture.width));
    // Halving first, without visible loss, avoids the resizer's 25 bytes per pixel of a large picture.
    const factor = Math.floor(Math.min(picture.width / width, picture.height / height) / 1.5);
    return await resize(factor > 1 ? shrink(picture, factor) : picture, { width, height });
  };
}

/** Averages squares of `factor` by `factor` pixels. Transparent ones add no colour. */
function shrink({ data, width, height }: ImageData, factor: number): ImageData {
  const small = new ImageData(Math.floor(width / factor), Math.floor(height / factor));
  for (let y = 0, to = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++, to += 4) {
      let red = 0, green = 0, blue = 0, alpha = 0;
      for (let dy = 0; dy < factor; dy++) {
        let from = ((y * factor + dy) * width + x * factor) * 4;
        for (let dx = 0; dx < factor; dx++, from += 4) {
          const weight = data[from + 3]!;
          red += data[from]! * weight;
          green += data[from + 1]! * weight;
          blue += data[from + 2]! * weight;
          alpha += weight;
        }
      }
      if (alpha === 0) continue;
      small.data[to] = red / alpha;
      small.data[to + 1] = green / alpha;
      small.data[to + 2] = blue / alpha;
      small.data[to + 3] = alpha / (factor * factor);
    }
  }
  return small;
}

function isTransparent({ data }: ImageData): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return true;
  return false;
}

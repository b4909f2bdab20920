/// <reference lib="deno.worker" />
// Encodes one picture and is then thrown away, with the memory that it took and whatever hostile bytes did to a decoder.
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import encodeJpeg, { init as initJpegEncoder } from "@jsquash/jpeg/encode.js";
import decodePng, { init as initPngDecoder } from "@jsquash/png/decode.js";
import encodePng, { init as initPngEncoder } from "@jsquash/png/encode.js";
import resize, { initResize } from "@jsquash/resize";
import decodeWebp, { init as initWebpDecoder } from "@jsquash/webp/decode.js";
import encodeWebp, { init as initWebpEncoder } from "@jsquash/webp/encode.js";
import type { EncodedPicture, PictureFault, PicturePlan } from "../../domain/media/ports.ts";
import { inspectPicture } from "./inspect.ts";

export type PictureRequest = { bytes: Uint8Array<ArrayBuffer>; plan: PicturePlan };
export type PictureAnswer = EncodedPicture[] | { fault: PictureFault };

self.onmessage = async ({ data }: MessageEvent<PictureRequest>) => {
  self.postMessage(await encodeAnew(data));
};

async function encodeAnew({ bytes, plan }: PictureRequest): Promise<PictureAnswer> {
  const inspection = inspectPicture(bytes);
  if ("fault" in inspection) return inspection;
  let picture: ImageData;
  try {
    picture = await decode(inspection.type, bytes.buffer);
  } catch {
    return { fault: "undecodable" };
  }
  await Promise.all([
    wasm("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm").then(initResize),
    wasm("@jsquash/webp/codec/enc/webp_enc_simd.wasm").then((module) => initWebpEncoder(quiet(module))),
  ]);
  const scale = Math.min(1, plan.maxSide / Math.max(picture.width, picture.height));
  const largest = await narrow(picture, Math.max(1, Math.round(picture.width * scale)));
  const encoded = [await raster(largest), await webp(largest)];
  for (const width of plan.smallerWidths.filter((width) => width < largest.width)) {
    encoded.push(await webp(await narrow(largest, width)));
  }
  return encoded;
}

async function decode(type: "jpeg" | "png" | "webp", bytes: ArrayBuffer): Promise<ImageData> {
  switch (type) {
    case "jpeg":
      await initJpegDecoder(quiet(await wasm("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm")));
      return await decodeJpeg(bytes, { preserveOrientation: true }); // turns it upright, as EXIF says
    case "png":
      await initPngDecoder(await wasm("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
      return await decodePng(bytes);
    case "webp":
      await initWebpDecoder(quiet(await wasm("@jsquash/webp/codec/dec/webp_dec.wasm")));
      return await decodeWebp(bytes);
  }
}

async function raster(picture: ImageData): Promise<EncodedPicture> {
  const { width } = picture;
  if (isTransparent(picture)) {
    await initPngEncoder(await wasm("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
    return { width, contentType: "image/png", bytes: new Uint8Array(await encodePng(picture)) };
  }
  await initJpegEncoder(quiet(await wasm("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm")));
  return {
    width,
    contentType: "image/jpeg",
    bytes: new Uint8Array(await encodeJpeg(picture, { quality: 82 })),
  };
}

async function webp(picture: ImageData): Promise<EncodedPicture> {
  const bytes = new Uint8Array(await encodeWebp(picture, { quality: 80, method: 3 }));
  return { width: picture.width, contentType: "image/webp", bytes };
}

async function narrow(picture: ImageData, width: number): Promise<ImageData> {
  if (width >= picture.width) return picture;
  const height = Math.max(1, Math.round(picture.height * width / picture.width));
  // Halving first, at no visible loss, keeps the resizer from taking 25 bytes for each pixel of a large picture.
  const factor = Math.floor(Math.min(picture.width / width, picture.height / height) / 1.5);
  return await resize(factor > 1 ? shrink(picture, factor) : picture, { width, height, method: "catrom" });
}

/** Averages squares of `factor` by `factor` pixels; transparent ones add no colour. */
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

async function wasm(file: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(file))));
}

/** Emscripten's settings for a compiled module; without them it tells the console about each byte that surprises it. */
function quiet(module: WebAssembly.Module) {
  return {
    print() {},
    printErr() {},
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  };
}

import encodeJpeg, { init as initJpeg } from "@jsquash/jpeg/encode.js";
import encodePng, { init as initPng } from "@jsquash/png/encode.js";
import encodeWebp, { init as initWebp } from "@jsquash/webp/encode.js";

type Encoded = "jpeg" | "png" | "webp";

const wasm = async (file: string) => {
  const module = await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(file))));
  return {
    module,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  };
};

/** A picture with a gradient, so that it is neither trivial nor noise; `alpha` of its upper left corner. */
export async function picture(
  type: Encoded,
  size: { width: number; height: number; alpha?: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, alpha = 255 } = size;
  const image = new ImageData(width, height);
  for (let at = 0, pixel = 0; at < image.data.length; at += 4, pixel++) {
    image.data[at] = (pixel % width) * 255 / width;
    image.data[at + 1] = Math.floor(pixel / width) * 255 / height;
    image.data[at + 2] = 128 + 60 * Math.sin(pixel / 300);
    image.data[at + 3] = pixel === 0 ? alpha : 255;
  }
  return new Uint8Array(await ENCODERS[type](image));
}

const ENCODERS: Record<Encoded, (image: ImageData) => Promise<ArrayBuffer>> = {
  async jpeg(image) {
    await initJpeg(await wasm("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"));
    return await encodeJpeg(image, { quality: 85 });
  },
  async png(image) {
    await initPng((await wasm("@jsquash/png/codec/pkg/squoosh_png_bg.wasm")).module);
    return await encodePng(image);
  },
  async webp(image) {
    await initWebp(await wasm("@jsquash/webp/codec/enc/webp_enc_simd.wasm"));
    return await encodeWebp(image, { quality: 80 });
  },
};

/** A JPEG with EXIF that says: turn by 90 degrees, taken at this place. */
export function withExif(jpeg: Uint8Array, place: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(place);
  // TIFF, little endian: one directory with Orientation (0x0112, short) = 6, then text that no entry needs to name.
  const tiff = [
    ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
    ...text,
  ];
  const payload = [...new TextEncoder().encode("Exif\0\0"), ...tiff];
  const segment = [0xff, 0xe1, (payload.length + 2) >> 8, (payload.length + 2) & 255, ...payload];
  return new Uint8Array([...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2)]);
}

/** Bytes one after the other; text as UTF-8. */
export function joined(...pieces: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    pieces.flatMap((piece) => [...(typeof piece === "string" ? new TextEncoder().encode(piece) : piece)]),
  );
}

/** A PNG whose header claims a size that its few bytes of data do not have. */
export function bombPng(width: number, height: number, idat: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits per channel
  header.setUint8(9, 2); // RGB
  return joined(
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", new Uint8Array(header.buffer)),
    pngChunk("IDAT", idat),
    pngChunk("IEND", new Uint8Array()),
  );
}

function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined(type, data);
  const numbers = new DataView(new ArrayBuffer(8));
  numbers.setUint32(0, data.length);
  numbers.setUint32(4, crc32(body));
  return joined(new Uint8Array(numbers.buffer, 0, 4), body, new Uint8Array(numbers.buffer, 4, 4));
}

export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

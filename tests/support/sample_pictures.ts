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

/** A PNG of one colour. */
export async function plainPng(
  colour: [red: number, green: number, blue: number],
  { width, height }: { width: number; height: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const image = new ImageData(width, height);
  for (let at = 0; at < image.data.length; at += 4) image.data.set([...colour, 255], at);
  return new Uint8Array(await ENCODERS.png(image));
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

/** A PNG with further chunks before its data. */
export function withChunks(png: Uint8Array, chunks: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const afterHeader = 8 + 25;
  const pieces = Object.entries(chunks).map(([type, data]) => pngChunk(type, data));
  return joined(png.subarray(0, afterHeader), ...pieces, png.subarray(afterHeader));
}

/** An ICC profile with these colours (as XYZ under D50) and one gamma, as cameras and screens have them. */
export function iccProfile(colours: number[][], gamma: number): Uint8Array<ArrayBuffer> {
  const tags = ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"];
  const profile = new Uint8Array(132 + 12 * tags.length + 20 * 3 + 16);
  const view = new DataView(profile.buffer);
  const write = (at: number, text: string) => profile.set(new TextEncoder().encode(text), at);
  write(12, "mntrRGB XYZ ");
  write(36, "acsp");
  view.setUint32(128, tags.length);
  tags.forEach((tag, index) => {
    const at = 132 + 12 * tags.length + 20 * Math.min(index, 3);
    write(132 + 12 * index, tag);
    view.setUint32(136 + 12 * index, at);
    write(at, index < 3 ? "XYZ " : "curv");
    if (index < 3) colours[index]!.forEach((value, axis) => view.setInt32(at + 8 + 4 * axis, value * 65536));
    else view.setUint32(at + 8, 1), view.setUint16(at + 12, gamma * 256);
  });
  return profile;
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

/** 96 by 64 pixels, as other programs make them: red, blue on the right, green on the left below. */
export const FOREIGN: Record<"gif" | "avif" | "heic", Uint8Array<ArrayBuffer>> = {
  gif: fromBase64(
    "R0lGODlhYABAAPEAAP8AAAAA/wD/AP///yH5BAAAAAAAIf8LSW1hZ2VNYWdpY2sNZ2FtbWE9MC40NTQ1NQAsAAAAAGAAQAAAAuiE" +
      "j6nLfQGjnLTaG53e3OAPhlBHlo+IpqPJbuobtnID19eMJ/Y+5T7ACwZ+OSGPiDPukDOljSlz1qAtKYzKsr6wJq2KW/KmwCQxitwx" +
      "i9AcdYytcYPgcTmG7rDf8Qz9jb/gZwEYKEhBqGB4iIig2MN44rgCCSQ5CWl5yZg5RFlp6fkpKUBaanqKmqq6WsrJ+gobS+oqW2s7" +
      "m3mrG0u765va+yuMazlsLBB8vJusfMvcXPsMzZs7rSttzYqdrbrNjer9bRouTjxaDkteri7O/u3ODZ8tb00/bQ+N36yvzH/sbwzg" +
      "MIHCOBUAADs=",
  ),
  avif: fromBase64(
    "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA" +
      "AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAAZAAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA" +
      "AGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xybmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAABgAAAAQAAA" +
      "ABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAAGxtZGF0EgAKCRgZb/7BAgIGhDJVFAAFFFFCgLSBsSjURh+S" +
      "al4a/Hd9AhYzH8hKn7J1ATlR7vFY4uT0X9ihRiFGg4WLJ9CL2SEkFtCMJh2PRw7R6LED+6flLrQ0KCNFjr82adrBeBHnkA==",
  ),
  heic: fromBase64(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA" +
      "AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAhAAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA" +
      "AGh2YzEAAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMA" +
      "AAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3Bl" +
      "AAAAAAAAAGAAAABAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAACMbWRhdAAAAIAoAa8TgHklE1RH//68" +
      "YO/+WwZ/80DJZCqf/jhU+/blq/9Zg4PCMOHL7Pf4PzLxNIOBj/02PuN57xtCeY2Lygw9Qnt1lrF/3KRf/Xll/86iUBa5bv/aPl3g" +
      "05fsIP9HWiT9ShY66ew6yO4+uOY+Jtu1jn+rPTlxV4HGMv4cwXAPcA==",
  ),
};

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

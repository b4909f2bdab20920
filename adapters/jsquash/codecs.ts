// Squoosh's codecs as WebAssembly. Each is loaded on first use, because a picture needs only a few of them.

type Encode = (picture: ImageData) => Promise<Uint8Array>;

/** Decodes a JPEG, turned upright by EXIF. Throws, like all decoders here, if the bytes cannot be decoded. */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<ImageData> {
  const { default: decode, init } = await import("@jsquash/jpeg/decode.js");
  await init(quiet(await wasm("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm")));
  return await decode(bytes.buffer, { preserveOrientation: true });
}

export async function decodePng(bytes: Uint8Array<ArrayBuffer>): Promise<ImageData> {
  const { default: decode, init } = await import("@jsquash/png/decode.js");
  await init(await wasm("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
  return await decode(bytes.buffer);
}

export async function decodeWebp(bytes: Uint8Array<ArrayBuffer>): Promise<ImageData> {
  const { default: decode, init } = await import("@jsquash/webp/decode.js");
  await init(quiet(await wasm("@jsquash/webp/codec/dec/webp_dec.wasm")));
  return await decode(bytes.buffer);
}

export async function decodeAvif(bytes: Uint8Array<ArrayBuffer>): Promise<ImageData> {
  const { default: decode, init } = await import("@jsquash/avif/decode.js");
  await init(quiet(await wasm("@jsquash/avif/codec/dec/avif_dec.wasm")));
  const picture = await decode(bytes.buffer);
  if (!picture) throw new Error("This AVIF cannot be decoded.");
  return picture;
}

/** `quality`: from 0 to 100. */
export async function jpegEncoder(quality: number): Promise<Encode> {
  const { default: encode, init } = await import("@jsquash/jpeg/encode.js");
  await init(quiet(await wasm("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm")));
  return async (picture) => new Uint8Array(await encode(picture, { quality }));
}

export async function pngEncoder(): Promise<Encode> {
  const { default: encode, init } = await import("@jsquash/png/encode.js");
  await init(await wasm("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
  return async (picture) => new Uint8Array(await encode(picture));
}

/** `quality`: from 0 to 100. `method`: from 0, fast, to 6, small. */
export async function webpEncoder(quality: number, method: number): Promise<Encode> {
  const { default: encode, init } = await import("@jsquash/webp/encode.js");
  await init(quiet(await wasm("@jsquash/webp/codec/enc/webp_enc_simd.wasm")));
  return async (picture) => new Uint8Array(await encode(picture, { quality, method }));
}

/** Scales a picture to a width and a height in pixels. */
export async function resizer(): Promise<
  (picture: ImageData, size: { width: number; height: number }) => Promise<ImageData>
> {
  const { default: resize, initResize } = await import("@jsquash/resize");
  await initResize(await wasm("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm"));
  return (picture, size) => resize(picture, { ...size, method: "catrom" });
}

async function wasm(file: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(file))));
}

/** Returns Emscripten's settings for a compiled module; without them it logs each unexpected byte to the console. */
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

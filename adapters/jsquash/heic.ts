import loadLibheif from "libheif-js/libheif-wasm/libheif.js";
import { MAX_PIXELS } from "./inspect.ts";

/** The parts of libheif used here. The package's own types lack its loader and its JavaScript parts. */
type Libheif = {
  heif_error_code: { heif_error_Ok: unknown };
  heif_colorspace: { heif_colorspace_RGB: unknown };
  heif_chroma: { heif_chroma_interleaved_RGBA: unknown };
  heif_channel: { heif_channel_interleaved: unknown };
  heif_context_alloc(): Context;
  heif_context_set_maximum_image_size_limit(context: Context, side: number): void;
  heif_context_read_from_memory(context: Context, bytes: Uint8Array): Fault;
  heif_js_context_get_list_of_top_level_image_IDs(context: Context): Iterable<number>;
  heif_js_context_get_image_handle(context: Context, id: number): Handle;
  heif_image_handle_is_primary_image(handle: Handle): number;
  heif_js_decode_image2(
    handle: Handle,
    colours: unknown,
    layout: unknown,
  ): Promise<Fault | { channels: Channel[] }>;
};
type Context = { context: never };
type Handle = { handle: never };
type Fault = { code: unknown; message: string };
type Channel = { id: unknown; width: number; height: number; stride: number; data: Uint8Array };
const load = loadLibheif as unknown as (options: Record<string, unknown>) => Promise<Libheif>;

/** Decodes the primary picture of a HEIC, upright. Throws if libheif cannot decode it. */
export async function decodeHeic(bytes: Uint8Array): Promise<ImageData> {
  const wasmBinary = await Deno.readFile(
    new URL(import.meta.resolve("libheif-js/libheif-wasm/libheif.wasm")),
  );
  const heif = await load({ wasmBinary, print() {}, printErr() {} });
  const context = heif.heif_context_alloc();
  heif.heif_context_set_maximum_image_size_limit(context, Math.sqrt(MAX_PIXELS)); // of a square
  const read = heif.heif_context_read_from_memory(context, bytes);
  if (read.code !== heif.heif_error_code.heif_error_Ok) throw new Error(read.message);
  const handles = [...heif.heif_js_context_get_list_of_top_level_image_IDs(context)]
    .map((id) => heif.heif_js_context_get_image_handle(context, id));
  const primary = handles.find((handle) =>
    !("code" in handle) && heif.heif_image_handle_is_primary_image(handle)
  );
  if (!primary) throw new Error("There is no picture.");
  const decoded = await heif.heif_js_decode_image2(
    primary,
    heif.heif_colorspace.heif_colorspace_RGB,
    heif.heif_chroma.heif_chroma_interleaved_RGBA,
  );
  if ("code" in decoded) throw new Error(decoded.message);
  const pixels = decoded.channels.find(({ id }) => id === heif.heif_channel.heif_channel_interleaved)!;
  const { data, stride, width, height } = pixels;
  const picture = new ImageData(width, height);
  for (let row = 0; row < height; row++) {
    picture.data.set(data.subarray(row * stride, row * stride + width * 4), row * width * 4);
  }
  return picture;
}

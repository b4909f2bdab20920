import type { Pictures } from "../../domain/media/ports.ts";
import { fairTurns, unavailable } from "../turns.ts";
import type { PictureAnswer, PictureRequest } from "./picture_worker.ts";

const TIMEOUT_MS = 30_000;
const BUSY = "Pictures cannot be taken just now. Please try again.";
/** The maximum number of waiting and running pictures, at a few MiB each: per sender, and in total. */
const WAITING = { each: 3, all: 32 };

/**
 * Returns pictures by Squoosh's codecs as WebAssembly, which run wherever Deno does, without permission to load
 * native code. Works on one picture at a time, each in its own worker; senders take turns. `close` ends the current
 * one.
 */
export function jsquashPictures(): Pictures & { close(): void } {
  const turns = fairTurns({ ...WAITING, detail: BUSY });
  let stop = () => {};

  function perform(request: PictureRequest): Promise<PictureAnswer> {
    const worker = new Worker(new URL("./picture_worker.ts", import.meta.url), { type: "module" });
    return new Promise<PictureAnswer>((resolve, reject) => {
      const timer = setTimeout(() => stop(), TIMEOUT_MS);
      stop = () => {
        clearTimeout(timer);
        worker.terminate();
        reject(unavailable(BUSY));
      };
      worker.onmessage = ({ data }: MessageEvent<PictureAnswer>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`picture worker failed: ${event.message}`));
      };
      worker.postMessage(request, [request.bytes.buffer]);
    }).finally(() => stop());
  }

  return {
    encodeAnew: (bytes, plan, sender) =>
      turns.take(sender, () => perform({ bytes: new Uint8Array(bytes), plan })),

    close() {
      stop();
    },
  };
}

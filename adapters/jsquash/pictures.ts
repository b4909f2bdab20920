import { DomainError } from "../../domain/errors.ts";
import type { Pictures } from "../../domain/media/ports.ts";
import type { PictureAnswer, PictureRequest } from "./picture_worker.ts";

const TIMEOUT_MS = 30_000;
/** Pictures that may wait for their turn, at a few MiB each. */
const MAX_WAITING = 8;

/**
 * Pictures through Squoosh's codecs as WebAssembly: they run wherever Deno does, with no right to load native code. One
 * at a time, each in a worker of its own; `close` ends the one at work.
 */
export function jsquashPictures(): Pictures & { close(): void } {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let stop = () => {};

  function perform(request: PictureRequest): Promise<PictureAnswer> {
    const worker = new Worker(new URL("./picture_worker.ts", import.meta.url), { type: "module" });
    return new Promise<PictureAnswer>((resolve, reject) => {
      const timer = setTimeout(() => stop(), TIMEOUT_MS);
      stop = () => {
        clearTimeout(timer);
        worker.terminate();
        reject(unavailable());
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
    async encodeAnew(bytes, plan) {
      if (waiting >= MAX_WAITING) throw unavailable();
      waiting++;
      const turn = last.then(() => perform({ bytes: new Uint8Array(bytes), plan }));
      last = turn.catch(() => {});
      return await turn.finally(() => waiting--);
    },

    close() {
      stop();
    },
  };
}

function unavailable(): DomainError {
  return new DomainError("vendor_unavailable", "Pictures cannot be taken just now. Please try again.", {
    retryAfter: 10,
  });
}

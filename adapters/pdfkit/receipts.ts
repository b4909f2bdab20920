import type { Receipts } from "../../domain/orders/ports.ts";
import { fairTurns, unavailable } from "../turns.ts";
import type { ReceiptAnswer, ReceiptRequest } from "./receipt_worker.ts";

const TIMEOUT_MS = 30_000;
const BUSY = "Receipts cannot be printed just now. Please try again.";
/** The maximum number of waiting and running receipts: per student, and in total. */
const WAITING = { each: 100, all: 1000 };

/**
 * Prints receipts as PDF, one at a time, in a worker that is started on first use; students take turns. `close` ends
 * the worker. `issuer`: the seller's name and address, one line each.
 */
export function pdfkitReceipts({ issuer }: { issuer: string }): Receipts & { close(): void } {
  const turns = fairTurns({ ...WAITING, detail: BUSY });
  let worker: Worker | null = null;
  let giveUp = () => {};

  function close() {
    worker?.terminate();
    worker = null;
    giveUp();
  }

  function perform(request: ReceiptRequest): Promise<Uint8Array> {
    const printer = worker ??= new Worker(new URL("./receipt_worker.ts", import.meta.url), {
      type: "module",
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    return new Promise<Uint8Array>((resolve, reject) => {
      timer = setTimeout(close, TIMEOUT_MS);
      giveUp = () => reject(unavailable(BUSY));
      printer.onmessage = ({ data }: MessageEvent<ReceiptAnswer>) =>
        "pdf" in data ? resolve(data.pdf) : reject(new Error(`receipt not printed: ${data.error}`));
      printer.onerror = (event) => {
        event.preventDefault();
        worker = null;
        reject(new Error(`receipt worker failed: ${event.message}`));
      };
      printer.postMessage(request);
    }).finally(() => clearTimeout(timer));
  }

  return {
    print: (content, reader) => turns.take({ id: reader.id }, () => perform({ content, issuer })),
    close,
  };
}

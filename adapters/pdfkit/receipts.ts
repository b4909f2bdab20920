import type { Receipts } from "../../domain/orders/ports.ts";
import { fairTurns, unavailable } from "../turns.ts";
import type { ReceiptAnswer, ReceiptRequest } from "./receipt_worker.ts";

const TIMEOUT_MS = 30_000;
const BUSY = "Receipts cannot be printed just now. Please try again.";
/** Receipts that may wait for their turn or be at work: of one student, and of all. */
const WAITING = { each: 100, all: 1000 };

/**
 * Prints receipts as PDF, one at a time, those of each student in turn, in a worker that is started on first use; `close` ends it. `issuer`
 * is who sells, with an address, a line each.
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
    print: (purchase, number) =>
      turns.take({ id: purchase.studentId }, () => perform({ purchase, number, issuer })),
    close,
  };
}

/// <reference lib="deno.worker" />
// Prints receipts. Each takes about 70 ms, which would block all other requests on the main thread.
import type { ReceiptContent } from "../../domain/orders/ports.ts";
import { printReceipt } from "./receipt.ts";

export type ReceiptRequest = { content: ReceiptContent; issuer: string };
export type ReceiptAnswer = { pdf: Uint8Array<ArrayBuffer> } | { error: string };

self.onmessage = async ({ data }: MessageEvent<ReceiptRequest>) => {
  try {
    const pdf = await printReceipt(data);
    self.postMessage({ pdf } satisfies ReceiptAnswer, [pdf.buffer]);
  } catch (error) {
    self.postMessage({ error: String(error) } satisfies ReceiptAnswer);
  }
};

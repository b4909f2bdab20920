import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { pdfkitReceipts } from "../../adapters/pdfkit/receipts.ts";
import type { Purchase } from "../../domain/orders/ports.ts";
import { receiptContent } from "../../domain/orders/receipt_content.ts";

const purchase: Purchase = {
  id: "7f2c0f5e-0000-4000-8000-000000000001",
  receiptNumber: 42n,
  studentId: "ada",
  studentEmail: "ada@example.com",
  studentName: "Ада Лавлейс",
  state: "partially_refunded",
  currency: "kwd",
  subtotal: 20_000n,
  discount: 5_000n,
  promotionCode: "SPRING",
  tax: 1_000n,
  total: 16_000n,
  review: null,
  refunded: 2_000n,
  lines: [{
    id: "line",
    courseId: "course",
    courseSlug: "algebra",
    title: "Линейная алгебра für Ingenieure, Ñandú & ∑",
    amount: 20_000n,
    discount: 5_000n,
    refunded: 2_000n,
    accessDays: null,
  }],
  payments: [],
  refunds: [],
  createdAt: new Date("2026-03-01T12:00:00Z"),
  paidAt: new Date("2026-03-01T12:00:00Z"),
};

/** The characters that a PDF's embedded fonts map their glyphs to. */
function charactersOf(pdf: Uint8Array): string {
  const bytes = Buffer.from(pdf).toString("latin1");
  const streams = [...bytes.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body]) => {
    try {
      return inflateSync(Uint8Array.from(body!, (character) => character.charCodeAt(0))).toString("latin1");
    } catch {
      return "";
    }
  });
  return streams.filter((stream) => stream.includes("beginbfrange")).flatMap((stream) =>
    [...stream.matchAll(/<([0-9a-f]{4})>/gi)].map(([, hex]) => String.fromCharCode(parseInt(hex!, 16)))
  ).join("");
}

async function printed(purchase: Purchase): Promise<Uint8Array> {
  const receipts = pdfkitReceipts({ issuer: "11Tutors\nКалле 5, Мадрид" });
  try {
    return await receipts.print(receiptContent(purchase)!, { id: "ada" });
  } finally {
    receipts.close();
  }
}

Deno.test("the event loop keeps running while receipts are printed", async () => {
  const receipts = pdfkitReceipts({ issuer: "11Tutors" });
  const print = () => receipts.print(receiptContent(purchase)!, { id: "ada" });
  await print();
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const started = performance.now();
  await Promise.all(Array.from({ length: 6 }, print));
  clearInterval(timer);
  receipts.close();
  const took = performance.now() - started;
  assert.ok(longest < took / 4, `of ${took} ms the event loop stood still for ${longest}`);
});

Deno.test("a receipt prints names in any alphabet that its font has", async () => {
  const pdf = await printed(purchase);
  assert.equal(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");
  const characters = charactersOf(pdf);
  const expected = `${purchase.studentName}${purchase.lines[0]!.title}Калле 5, Мадрид−0.`;
  for (const character of expected) {
    assert.ok(characters.includes(character), `the PDF lacks ${character}`);
  }
  assert.ok(pdf.length < 60_000, `only the glyphs in use are embedded, not ${pdf.length} bytes`);
});

Deno.test("a receipt of many lines continues over several pages", async () => {
  const lines = Array.from(
    { length: 80 },
    (_, index) => ({ ...purchase.lines[0]!, title: `Course ${index}` }),
  );
  const pdf = await printed({ ...purchase, lines });
  const pages = Buffer.from(pdf).toString("latin1").match(/\/Type \/Page\n/g);
  assert.ok(pages && pages.length >= 2);
});

import type { ReceiptContent, ReceiptRow } from "../../domain/orders/ports.ts";

/** A4 with margins, in points. */
const PAGE = { size: "A4", margin: 56 } as const;
const WIDTH = 595.28 - 2 * PAGE.margin;
/** The width of the column of amounts, in points. */
const AMOUNT_WIDTH = 110;
const INK = "#111827";
const GREY = "#6b7280";

let fonts: ReturnType<typeof readFonts> | undefined;

/** Prints a receipt as PDF. `issuer`: the seller's name and address, one line each. Fonts are read on first use. */
export async function printReceipt(
  { content, issuer }: { content: ReceiptContent; issuer: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const [{ default: PDFDocument }, { regular, bold }] = await Promise.all([
    import("pdfkit"),
    fonts ??= readFonts(),
  ]);
  const pdf = new PDFDocument({
    ...PAGE,
    font: regular as unknown as string, // pdfkit accepts a font's bytes here, though its types have names only
    info: {
      Title: `Receipt ${content.number}`,
      Author: issuer.split("\n")[0]!,
      CreationDate: content.paidAt,
    },
  });
  const chunks: Uint8Array[] = [];
  pdf.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  const done = new Promise<void>((resolve, reject) => pdf.on("end", resolve).on("error", reject));
  pdf.registerFont("regular", regular).registerFont("bold", bold);
  write(pdf, content, issuer);
  pdf.end();
  await done;
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function readFonts(): Promise<{ regular: Uint8Array; bold: Uint8Array }> {
  const read = (name: string) =>
    Deno.readFile(new URL(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)));
  const [regular, bold] = await Promise.all([read("DejaVuSans"), read("DejaVuSans-Bold")]);
  return { regular, bold };
}

function write(pdf: PDFKit.PDFDocument, content: ReceiptContent, issuer: string): void {
  const row = (label: string, value: string, font: "regular" | "bold" = "regular") => {
    pdf.font(font).fontSize(10).fillColor(INK);
    const height = pdf.heightOfString(label, { width: WIDTH - AMOUNT_WIDTH });
    if (pdf.y + height > pdf.page.height - PAGE.margin) pdf.addPage();
    const { y } = pdf;
    pdf.text(label, PAGE.margin, y, { width: WIDTH - AMOUNT_WIDTH });
    const end = pdf.y;
    pdf.text(value, PAGE.margin + WIDTH - AMOUNT_WIDTH, y, { width: AMOUNT_WIDTH, align: "right" });
    pdf.y = end + 6;
  };
  const amount = (of: ReceiptRow, font?: "bold") => row(of.label, of.amount, font);
  const rule = () => {
    pdf.moveTo(PAGE.margin, pdf.y).lineTo(PAGE.margin + WIDTH, pdf.y).lineWidth(0.5).stroke(GREY);
    pdf.y += 8;
  };

  pdf.font("bold").fontSize(20).fillColor(INK).text("Receipt");
  pdf.moveDown(0.5).font("regular").fontSize(10).fillColor(GREY).text(issuer);
  pdf.moveDown(1.5).fillColor(INK);
  row("Receipt number", content.number, "bold");
  row("Paid on", content.paidAt.toISOString().slice(0, 10));
  row("Order", "");
  pdf.fontSize(9).fillColor(GREY).text(content.orderId, PAGE.margin, pdf.y - 6);
  pdf.moveDown(0.5);
  row("Paid by", "");
  pdf.fontSize(9).fillColor(GREY).text(content.payer, PAGE.margin, pdf.y - 6, { width: WIDTH });
  pdf.moveDown(1.5);
  rule();
  for (const line of content.lines) amount(line);
  rule();
  for (const adjustment of content.adjustments) amount(adjustment);
  amount(content.total, "bold");
  if (content.refunds) {
    amount(content.refunds.refunded);
    amount(content.refunds.remaining, "bold");
  }
}

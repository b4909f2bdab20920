import type { Recipient } from "../../domain/notifications/ports.ts";
import { PHRASES } from "./phrases.ts";
import type { Block, Words } from "./words/block.ts";

/**
 * The line width of plain text. A link is alone on its line and never broken, however long: transports send such
 * lines as quoted-printable, whose soft breaks every client removes.
 */
const WIDTH = 72;

type Setting = { shop: string; to: Recipient; unsubscribeUrl: string | null };

/** Renders a letter as plain text. */
export function textOf({ blocks }: Words, { shop, to, unsubscribeUrl }: Setting): string {
  const phrases = PHRASES[to.language];
  return [
    wrap(phrases.greeting(to.name)),
    ...blocks.map(blockText),
    ["-- ", shop, ...(to.userId === null ? [] : [wrap(phrases.reason(shop))])].join("\n"),
    ...(unsubscribeUrl ? [`${phrases.unsubscribe}:\n${unsubscribeUrl}`] : []),
  ].join("\n\n") + "\n";
}

function blockText(block: Block): string {
  switch (block.as) {
    case "paragraph":
    case "note":
      return wrap(block.text);
    case "heading":
      return `${wrap(block.text)}\n${"-".repeat(Math.min(block.text.length, WIDTH))}`;
    case "rows":
      return block.rows.map(({ label, value }) => wrap(`${label}: ${value}`)).join("\n");
    case "quote":
      return block.text.trim().split("\n").map(wrap).join("\n");
    case "link":
      return `${block.label}:\n${block.url}`;
  }
}

/** Breaks a paragraph at its spaces. A word longer than the line, such as a link, stays whole. */
function wrap(paragraph: string): string {
  const lines: string[] = [];
  for (const word of paragraph.split(/[ \t]+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.join("\n");
}

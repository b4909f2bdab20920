import type { Language } from "../../../domain/accounts/ports.ts";
import type { Message, NoticeData, NoticeKind } from "../../../domain/notifications/ports.ts";

/** A block of a letter, in plain text. It is rendered as text and as HTML. */
export type Block =
  | { as: "paragraph"; text: string }
  | { as: "heading"; text: string }
  /** Labels and values; with `hasTotal` the last row is the total. */
  | { as: "rows"; rows: { label: string; value: string }[]; hasTotal?: true }
  /** Text by another person, with its line breaks. */
  | { as: "quote"; text: string }
  /** A side note. */
  | { as: "note"; text: string }
  | { as: "link"; label: string; url: string };

/** The text of a notice in one language. `brief` is the preview in an inbox and in the shop's list. */
export type Words = { subject: string; brief: string; blocks: Block[] };

/** One kind of notice in every language; a missing one does not compile. */
export type Wording<Kind extends NoticeKind> = Record<
  Language,
  (data: NoticeData[Kind], shop: string) => Words
>;
export type Wordings<Kind extends NoticeKind> = { [Each in Kind]: Wording<Each> };
export type AnyWording = (data: Message["data"], shop: string) => Words;

export const paragraph = (text: string): Block => ({ as: "paragraph", text });
export const heading = (text: string): Block => ({ as: "heading", text });
export const quote = (text: string): Block => ({ as: "quote", text });
export const note = (text: string): Block => ({ as: "note", text });
export const linkBlock = (label: string, url: string): Block => ({ as: "link", label, url });

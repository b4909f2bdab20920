import type { Language } from "../../../domain/accounts/ports.ts";
import type { Message, NoticeData, NoticeKind } from "../../../domain/notifications/ports.ts";

/** A piece of a letter. Text is plain: it is set as text and as HTML from here. */
export type Block =
  | { as: "paragraph"; text: string }
  | { as: "heading"; text: string }
  /** Names and values; the last row sums up the others where `hasTotal`. */
  | { as: "rows"; rows: { label: string; value: string }[]; hasTotal?: true }
  /** What somebody else wrote, with their line breaks. */
  | { as: "quote"; text: string }
  /** Said on the side. */
  | { as: "note"; text: string }
  | { as: "link"; label: string; url: string };

/** What a notice says in one language. `brief` is the first thing shown of it: in an inbox, and in the shop's list. */
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

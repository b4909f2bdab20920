import type { Mail } from "./ports.ts";

/** The words of a mail, from which its text and HTML are made. No part of it is taken for markup. */
export type Letter = { subject: string; paragraphs: string[]; link?: { label: string; url: string } };

/** Sets a letter as a mail with a plain and an HTML version. `key` names its cause: one mail per key. */
export function setLetter(letter: Letter, envelope: { to: string; key: string }): Mail {
  const { subject, paragraphs, link } = letter;
  const text = [...paragraphs, ...(link ? [`${link.label}:\n${link.url}`] : []), "11Tutors"].join("\n\n") +
    "\n";
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:34em;margin:auto">
${paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join("\n")}
${link ? button(link) : ""}
<p>11Tutors</p>
</div></body></html>
`;
  return { ...envelope, subject: subject.replace(/\s+/g, " "), text, html };
}

function button({ label, url }: { label: string; url: string }): string {
  const style =
    "display:inline-block;padding:12px 20px;border-radius:8px;background:#4338ca;color:#fff;text-decoration:none";
  return `<p><a href="${escapeHtml(url)}" style="${style}">${escapeHtml(label)}</a></p>`;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

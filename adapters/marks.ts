/**
 * What a search puts before and after the words that it found: private-use characters, which people do not type and
 * which are removed from texts anyway.
 */
export const BEGIN = "\ue000";
export const END = "\ue001";

/** Converts a marked text to HTML in which `<mark>` marks the words and everything else is escaped. */
export function markedHtml(marked: string): string {
  const escapes: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return marked.replace(/[&<>"']/g, (sign) => escapes[sign]!).replaceAll(BEGIN, "<mark>").replaceAll(
    END,
    "</mark>",
  );
}

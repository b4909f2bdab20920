import type { Highlights } from "../../../domain/catalog/ports.ts";
import type { Fragment, Queries } from "../queries.ts";

export type HeadlineRow = { titleMarked?: string; descriptionMarked?: string };

// Private-use characters, which no text has that people write; taken out of it all the same.
const BEGIN = "\ue000";
const END = "\ue001";

/** SQL for columns that mark where a course `c` has the words of `typed.query`. */
export function headline(sql: Queries): Fragment {
  const marked = (text: Fragment, options: string) =>
    sql`ts_headline(
      search_configuration(c.language), translate(${text}, ${BEGIN + END}, ''), typed.query,
      ${`StartSel=${BEGIN}, StopSel=${END}, ${options}`})`;
  const title = marked(sql`c.title`, "HighlightAll=true");
  const description = marked(sql`left(c.description, 5000)`, "MaxFragments=2, MinWords=8, MaxWords=25");
  return sql`, ${title} as "titleMarked", ${description} as "descriptionMarked"`;
}

/** The marked texts as HTML. */
export function toHighlights({ titleMarked = "", descriptionMarked = "" }: HeadlineRow): Highlights {
  return { title: toHtml(titleMarked), description: toHtml(descriptionMarked) };
}

function toHtml(marked: string): string {
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

import type { Highlights } from "../../../domain/catalog/ports.ts";
import { BEGIN, END, markedHtml } from "../../marks.ts";
import type { Fragment, Queries } from "../queries.ts";

export type HeadlineRow = { titleMarked?: string; descriptionMarked?: string };

/** Returns SQL for columns that mark the words of `typed.query` in a course `c`. */
export function headline(sql: Queries): Fragment {
  const marked = (text: Fragment, options: string) =>
    sql`ts_headline(
      search_configuration(c.language), translate(${text}, ${BEGIN + END}, ''), typed.query,
      ${`StartSel=${BEGIN}, StopSel=${END}, ${options}`})`;
  const title = marked(sql`c.title`, "HighlightAll=true");
  const description = marked(sql`left(c.description, 5000)`, "MaxFragments=2, MinWords=8, MaxWords=25");
  return sql`, ${title} as "titleMarked", ${description} as "descriptionMarked"`;
}

/** Converts the marked texts to HTML. */
export function toHighlights({ titleMarked = "", descriptionMarked = "" }: HeadlineRow): Highlights {
  return { title: markedHtml(titleMarked), description: markedHtml(descriptionMarked) };
}

import type { Language } from "../../../domain/accounts/ports.ts";
import type { NoticeData } from "../../../domain/notifications/ports.ts";
import { type Block, heading, linkBlock, note, paragraph, quote, type Wordings } from "./block.ts";
import { counted, day, money } from "./format.ts";

type Digest = NoticeData["tutor_digest"];

function sold(
  language: Language,
  sales: Digest["sales"],
  title: string,
  unit: (count: number) => string,
): Block[] {
  if (sales.length === 0) return [];
  const rows = sales.map(({ title, count, earned }) => ({
    label: title,
    value: `${unit(count)}, ${money(language, earned)}`,
  }));
  return [heading(title), { as: "rows", rows }];
}

function said(comments: Digest["comments"], title: string): Block[] {
  if (comments.length === 0) return [];
  return [
    heading(title),
    ...comments.flatMap(({ courseTitle, lessonTitle, author, excerpt }) => [
      paragraph(`${author} · ${courseTitle} · ${lessonTitle}`),
      quote(excerpt),
    ]),
  ];
}

/** Texts of notices from tutors to their students, to tutors about their courses, and to the operator. */
export const TEACHING: Wordings<"course_update" | "tutor_digest" | "operator_alert"> = {
  course_update: {
    en: ({ courseTitle, author, title, text, courseUrl }) => ({
      subject: `${courseTitle}: ${title}`,
      brief: author ? `News from ${author}` : "News about your course",
      blocks: [
        heading(title),
        quote(text),
        linkBlock("Open the course", courseUrl),
        note(
          author ? `Written by ${author} for students of ${courseTitle}.` : `For students of ${courseTitle}.`,
        ),
      ],
    }),
    ru: ({ courseTitle, author, title, text, courseUrl }) => ({
      subject: `${courseTitle}: ${title}`,
      brief: author ? `Новости от преподавателя: ${author}` : "Новости вашего курса",
      blocks: [
        heading(title),
        quote(text),
        linkBlock("Открыть курс", courseUrl),
        note(
          author
            ? `Автор: ${author}. Для тех, кто проходит курс «${courseTitle}».`
            : `Для тех, кто проходит курс «${courseTitle}».`,
        ),
      ],
    }),
    es: ({ courseTitle, author, title, text, courseUrl }) => ({
      subject: `${courseTitle}: ${title}`,
      brief: author ? `Novedades de ${author}` : "Novedades de tu curso",
      blocks: [
        heading(title),
        quote(text),
        linkBlock("Abrir el curso", courseUrl),
        note(
          author
            ? `Escrito por ${author} para quienes siguen ${courseTitle}.`
            : `Para quienes siguen ${courseTitle}.`,
        ),
      ],
    }),
  },

  tutor_digest: {
    en: (digest) => ({
      subject: `Your courses on ${day("en", digest.day)}`,
      brief: `${enSales(salesCount(digest))}, ${enComments(digest.comments.length)}`,
      blocks: [
        ...sold("en", digest.sales, "Sales and your share", enSales),
        ...said(digest.comments, "Comments"),
        linkBlock("Open the dashboard", digest.dashboardUrl),
      ],
    }),
    ru: (digest) => ({
      subject: `Ваши курсы ${day("ru", digest.day)}`,
      brief: `${ruSales(salesCount(digest))}, ${ruComments(digest.comments.length)}`,
      blocks: [
        ...sold("ru", digest.sales, "Продажи и ваша доля", ruSales),
        ...said(digest.comments, "Комментарии"),
        linkBlock("Открыть кабинет", digest.dashboardUrl),
      ],
    }),
    es: (digest) => ({
      subject: `Tus cursos el ${day("es", digest.day)}`,
      brief: `${esSales(salesCount(digest))}, ${esComments(digest.comments.length)}`,
      blocks: [
        ...sold("es", digest.sales, "Ventas y tu parte", esSales),
        ...said(digest.comments, "Comentarios"),
        linkBlock("Abrir el panel", digest.dashboardUrl),
      ],
    }),
  },

  operator_alert: {
    en: alert,
    ru: alert,
    es: alert,
  },
};

const salesCount = ({ sales }: Digest) => sales.reduce((sum, { count }) => sum + count, 0);
const enSales = (n: number) => counted("en", n, { one: "sale", other: "sales" });
const enComments = (n: number) => counted("en", n, { one: "comment", other: "comments" });
const ruSales = (n: number) => counted("ru", n, { one: "продажа", few: "продажи", other: "продаж" });
const ruComments = (n: number) =>
  counted("ru", n, { one: "комментарий", few: "комментария", other: "комментариев" });
const esSales = (n: number) => counted("es", n, { one: "venta", other: "ventas" });
const esComments = (n: number) => counted("es", n, { one: "comentario", other: "comentarios" });

/** Renders an alert, whose text is written by the code that raised it. */
function alert({ subject, text }: NoticeData["operator_alert"], shop: string) {
  return { subject: `[${shop}] ${subject}`, brief: subject, blocks: [heading(subject), quote(text)] };
}

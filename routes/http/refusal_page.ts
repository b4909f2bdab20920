import { MESSAGE_PAGE_POLICY, messagePage } from "./message_page.ts";
import { PAGE_WORDS, pageLanguage } from "./page_words.ts";
import { type problem, type ProblemCode, PROBLEMS, refusalHeaders } from "./problems.ts";
import { reply } from "./reply.ts";

/** The shop's name on pages, and the frontend that they lead on to. */
export type Shop = { name: string; frontendUrl: string };

/** Temporary problems: the link is valid, and works later. */
const PASSING: ProblemCode[] = [
  "too_many_requests",
  "vendor_unavailable",
  "request_timeout",
  "internal_error",
];

/**
 * Returns a refusal with the status and headers of `problem`, but as a page in the browser's language, for people who
 * followed a link.
 */
export function refusalPage({ name, frontendUrl }: Shop): typeof problem {
  return (c, code, detail, { details = {}, headers } = {}) => {
    const language = pageLanguage(c.req.header("accept-language") ?? null);
    const words = PAGE_WORDS[language];
    const goOn = { label: words.goTo(name), url: frontendUrl };
    const passes = PASSING.includes(code);
    const message = passes
      ? words.refusals[code] ?? words.later
      : details.fields?.token
      ? words.incomplete
      : words.refusals[code] ?? Object.values(details.fields ?? {})[0]?.[0] ?? detail;
    const title = passes ? words.notNow : words.badLink;
    const body = messagePage({ language, shopName: name }, title, message, goOn);
    return reply(c, body, {
      status: PROBLEMS[code].status,
      headers: {
        ...refusalHeaders(details),
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": MESSAGE_PAGE_POLICY,
        ...headers,
      },
    });
  };
}

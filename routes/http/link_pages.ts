import { DomainError } from "../../domain/errors.ts";
import { messagePage, type PageForm } from "./message_page.ts";
import { PAGE_WORDS, pageLanguage, type PageWords } from "./page_words.ts";

/** A request that follows a mailed link, or presses the button of its page. */
export type FollowedLink = { path: string; query: { token: string }; header(name: string): string | null };

type Reading = {
  words: PageWords;
  /** Renders a page that leads on to the shop, or has a form, which posts to the link's URL. */
  say(title: string, message: string, form?: Omit<PageForm, "action">): string;
  /** Returns why the link, or the input, is refused. */
  refusal(error: DomainError): string;
};

/** Renders the pages behind mailed links, in the browser's language. */
export function linkPages({ shopName, frontendUrl }: { shopName: string; frontendUrl: string }) {
  function reading({ path, query, header }: FollowedLink): Reading {
    const language = pageLanguage(header("accept-language"));
    const words = PAGE_WORDS[language];
    const action = `${path}?token=${encodeURIComponent(query.token)}`;
    const goOn = { label: words.goTo(shopName), url: frontendUrl };
    return {
      words,
      say: (title, message, form) =>
        messagePage({ language, shopName }, title, message, form ? { ...form, action } : goOn),
      refusal: ({ code, message }) => words.refusals[code] ?? message,
    };
  }

  /** Returns the page for the result of the work. Refusals become pages too (`refusal_page.ts`). */
  async function page(
    request: FollowedLink,
    work: (reading: Reading) => Promise<string>,
  ): Promise<{ status: 200; body: string }> {
    return { status: 200, body: await work(reading(request)) };
  }

  return { reading, page };
}

import type { Letters, NoticeKind } from "../../domain/notifications/ports.ts";
import { type Brand, htmlOf } from "./layout.tsx";
import { tame, tamed, tameForStrangers } from "./tame.ts";
import { textOf } from "./text.ts";
import { ACCOUNT } from "./words/account.ts";
import type { AnyWording, Wordings } from "./words/block.ts";
import { PURCHASE } from "./words/purchase.ts";
import { TEACHING } from "./words/teaching.ts";

/** Every kind of notice in every language. */
const WORDINGS: Wordings<NoticeKind> = { ...ACCOUNT, ...PURCHASE, ...TEACHING };

/** Returns letters that render each message as plain text and as HTML, from the same words. */
export function brandedLetters(brand: Brand): Letters {
  return {
    write(message, recipient, unsubscribeUrl) {
      // An unverified address may belong to somebody else, and an invitation goes to somebody who need not know its
      // author.
      const isForStranger = !recipient.isProven || message.kind === "tutor_invitation";
      const to = { ...recipient, name: recipient.isProven ? tame(recipient.name) : "" };
      const wording = WORDINGS[message.kind][to.language] as AnyWording;
      const words = wording(tamed(message.data, isForStranger ? tameForStrangers : tame), brand.name);
      const firstLink = words.blocks.find((block) => block.as === "link");
      return {
        subject: words.subject,
        text: textOf(words, { shop: brand.name, to, unsubscribeUrl }),
        html: htmlOf({ words, brand, to, unsubscribeUrl }),
        brief: { title: words.subject, text: words.brief, url: firstLink?.url ?? null },
      };
    },
  };
}

import { askForReset, changePassword, resetPassword } from "../../domain/accounts/change_password.ts";
import {
  checkLink,
  confirmEmailChange,
  resendVerification,
  verifyEmail,
} from "../../domain/accounts/links.ts";
import type { LinkPurpose } from "../../domain/accounts/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Handlers } from "../http/contract_app.ts";
import { type FollowedLink, linkPages } from "../http/link_pages.ts";
import type { PageForm } from "../http/message_page.ts";
import type { PageWords } from "../http/page_words.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps =
  & Needs<
    | typeof askForReset
    | typeof changePassword
    | typeof checkLink
    | typeof confirmEmailChange
    | typeof resendVerification
    | typeof resetPassword
    | typeof verifyEmail
  >
  & { frontendUrl: string; shopName: string };

/** Serves mailed links with their pages, and passwords. */
export const passwordRoutes = (
  deps: Deps,
): Handlers<
  | "showVerifyEmail"
  | "verifyEmail"
  | "resendVerification"
  | "showConfirmEmail"
  | "confirmEmail"
  | "changePassword"
  | "askForPasswordReset"
  | "resetPassword"
  | "showResetPassword"
  | "submitResetPassword"
> => {
  const { reading, page } = linkPages(deps);

  /** Returns the page of a followed link: a form, because only a click on its button changes anything. */
  const formPage = (request: FollowedLink & { ipAddress: string }, purpose: LinkPurpose) =>
    page(request, async ({ words, say }) => {
      const { email } = await checkLink(deps, { purpose, ...request.query, ipAddress: request.ipAddress });
      const { title, ask } = words.links[purpose];
      return say(title, ask(email), formOf(words, purpose));
    });

  return {
    showVerifyEmail: (request) => formPage(request, "verify_email"),

    verifyEmail: (request) =>
      page(request, async ({ words, say }) => {
        const { email } = await verifyEmail(deps, { ...request.query, ipAddress: request.ipAddress });
        const { doneTitle, done } = words.links.verify_email;
        return say(doneTitle, done(email));
      }),

    async resendVerification({ caller, ipAddress }) {
      await resendVerification(deps, { userId: caller.id, ipAddress });
      return { status: 202, body: { status: "accepted" } };
    },

    showConfirmEmail: (request) => formPage(request, "change_email"),

    confirmEmail: (request) =>
      page(request, async ({ words, say }) => {
        const { email } = await confirmEmailChange(deps, { ...request.query, ipAddress: request.ipAddress });
        const { doneTitle, done } = words.links.change_email;
        return say(doneTitle, done(email));
      }),

    async changePassword({ caller, body }) {
      await changePassword(deps, { caller, oldPassword: body.old_password, newPassword: body.new_password });
      return { status: 200, body: { status: "changed" } };
    },

    async askForPasswordReset({ body, ipAddress }) {
      await askForReset(deps, { email: body.email, ipAddress });
      return { status: 202, body: { status: "accepted" } };
    },

    async resetPassword({ body, ipAddress }) {
      await resetPassword(deps, { ...body, ipAddress });
      return { status: 200, body: { status: "changed" } };
    },

    showResetPassword: (request) => formPage(request, "reset_password"),

    async submitResetPassword(request) {
      const { query, body, ipAddress } = request;
      const { words, refusal, say } = reading(request);
      const { title, doneTitle, done } = words.links.reset_password;
      try {
        const { email } = await resetPassword(deps, { ...query, ...body, ipAddress });
        return { status: 200, body: say(doneTitle, done(email)) };
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== "invalid_input") throw error;
        return { status: 400, body: say(title, refusal(error), formOf(words, "reset_password")) };
      }
    },
  };
};

/** Returns the form for a purpose: a button, and perhaps a field for a password. */
function formOf(words: PageWords, purpose: LinkPurpose): Omit<PageForm, "action"> {
  const { button } = words.links[purpose];
  return purpose === "reset_password" ? { button, passwordLabel: words.newPassword } : { button };
}

import { askForReset, changePassword, resetPassword } from "../domain/accounts/change_password.ts";
import { checkLink, confirmEmailChange, resendVerification, verifyEmail } from "../domain/accounts/links.ts";
import type {
  LinkPurpose,
  Passwords,
  PasswordStrength,
  Sessions,
  Tokens,
  Users,
} from "../domain/accounts/ports.ts";
import type { Clock } from "../domain/clock.ts";
import { DomainError } from "../domain/errors.ts";
import type { Jobs } from "../domain/jobs.ts";
import type { Limits } from "../domain/limits/ports.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { Handlers } from "./contract_app.ts";
import { messagePage, type PageForm } from "./message_page.ts";

type Deps = {
  transaction: Transaction<{ users: Users; sessions: Sessions; jobs: Jobs }>;
  users: Users;
  passwords: Passwords;
  strength: PasswordStrength;
  tokens: Tokens;
  limits: Limits;
  clock: Clock;
  frontendUrl: string;
  shopName: string;
};
type Page = { status: 200 | 400; body: string };

/** Mailed links with their pages, and passwords. */
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
  const { shopName, frontendUrl } = deps;
  const goOn = { label: `Go to ${shopName}`, url: frontendUrl };

  /** The page that the work leads to, or one that says why it was refused. */
  async function page(work: () => Promise<string>): Promise<Page> {
    try {
      return { status: 200, body: await work() };
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === "too_many_requests") throw error;
      return { status: 400, body: messagePage(shopName, "This link does not work", error.message, goOn) };
    }
  }

  /** What a followed link shows first: a form, for it is only a click on its button that does something. */
  function formPage(
    request: { query: { token: string }; address: string; path: string },
    purpose: LinkPurpose,
    title: string,
    text: (email: string) => string,
    form: Omit<PageForm, "action">,
  ): Promise<Page> {
    return page(async () => {
      const { token } = request.query;
      const { email } = await checkLink(deps, { purpose, token, address: request.address });
      const action = `${request.path}?token=${encodeURIComponent(token)}`;
      return messagePage(shopName, title, text(email), { ...form, action });
    });
  }

  return {
    showVerifyEmail: (request) =>
      formPage(request, "verify_email", "Verify your address", (email) => `Is ${email} yours?`, {
        button: "Verify my address",
      }),

    verifyEmail: ({ query, address }) =>
      page(async () => {
        const { email } = await verifyEmail(deps, { ...query, address });
        return messagePage(shopName, "Your address is verified", `Thank you: ${email} is yours.`, goOn);
      }),

    async resendVerification({ caller, address }) {
      await resendVerification(deps, { userId: caller.id, address });
      return { status: 202, body: { status: "accepted" } };
    },

    showConfirmEmail: (request) =>
      formPage(
        request,
        "change_email",
        "Confirm your new address",
        (email) => `Your account is to have the address ${email}.`,
        { button: "Use this address" },
      ),

    confirmEmail: ({ query, address }) =>
      page(async () => {
        const { email } = await confirmEmailChange(deps, { ...query, address });
        return messagePage(shopName, "Your address was changed", `Sign in with ${email} from now on.`, goOn);
      }),

    async changePassword({ caller, body }) {
      await changePassword(deps, { caller, oldPassword: body.old_password, newPassword: body.new_password });
      return { status: 200, body: { status: "changed" } };
    },

    async askForPasswordReset({ body, address }) {
      await askForReset(deps, { email: body.email, address });
      return { status: 202, body: { status: "accepted" } };
    },

    async resetPassword({ body, address }) {
      await resetPassword(deps, { ...body, address });
      return { status: 200, body: { status: "changed" } };
    },

    showResetPassword: (request) =>
      formPage(
        request,
        "reset_password",
        "Set a new password",
        (email) => `For ${email}. All devices will be signed out.`,
        { button: "Set password", asksForPassword: true },
      ),

    async submitResetPassword({ query, body, address, path }) {
      try {
        await resetPassword(deps, { ...query, ...body, address });
        return {
          status: 200,
          body: messagePage(shopName, "Your password was changed", "Sign in with it now.", goOn),
        };
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== "invalid_input") {
          return await page(() => Promise.reject(error));
        }
        const action = `${path}?token=${encodeURIComponent(query.token)}`;
        const form = { action, button: "Set password", asksForPassword: true };
        return { status: 400, body: messagePage(shopName, "Set a new password", error.message, form) };
      }
    },
  };
};

import { changeProfile, showAccount } from "../domain/accounts/change_profile.ts";
import type { Passwords, Sessions, Tokens, User, Users } from "../domain/accounts/ports.ts";
import { refreshAccess } from "../domain/accounts/refresh_access.ts";
import { register } from "../domain/accounts/register.ts";
import { signIn } from "../domain/accounts/sign_in.ts";
import { verifyEmail } from "../domain/accounts/verify_email.ts";
import type { Clock } from "../domain/clock.ts";
import { DomainError } from "../domain/errors.ts";
import type { Jobs } from "../domain/jobs.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { User as WireUser } from "../openapi/generated/types.gen.ts";
import type { Handlers } from "./contract_app.ts";
import { messagePage } from "./message_page.ts";

type Deps = {
  transaction: Transaction<{ users: Users; jobs: Jobs }>;
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
  tokens: Tokens;
  clock: Clock;
  frontendUrl: string;
};

/** Registration, sign-in and one's own profile. */
export const accountRoutes = (
  deps: Deps,
): Handlers<"createToken" | "refreshToken" | "registerStudent" | "getMe" | "updateMe" | "verifyEmail"> => ({
  async createToken({ body, userAgent }) {
    return { status: 200, body: await signIn(deps, { ...body, userAgent }) };
  },

  async refreshToken({ body }) {
    return { status: 200, body: await refreshAccess(deps, body) };
  },

  async registerStudent({ body }) {
    const user = await register(deps, {
      email: body.email,
      password: body.password,
      firstName: body.first_name,
      lastName: body.last_name,
    });
    return { status: 201, body: toWire(user) };
  },

  async getMe({ caller }) {
    return { status: 200, body: toWire(await showAccount(deps, { userId: caller.id })) };
  },

  async updateMe({ caller, body }) {
    const { first_name: firstName, last_name: lastName, username, phone, email } = body;
    const given = Object.entries({ firstName, lastName, username, phone, email }).filter(([, value]) =>
      value !== undefined
    );
    const user = await changeProfile(deps, { userId: caller.id, change: Object.fromEntries(given) });
    return { status: 200, body: toWire(user) };
  },

  async verifyEmail({ query }) {
    const goOn = { label: "Go to 11Tutors", url: deps.frontendUrl };
    try {
      const { email } = await verifyEmail(deps, query);
      return {
        status: 200,
        body: messagePage("Your address is verified", `Thank you: ${email} is yours.`, goOn),
      };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { status: 400, body: messagePage("This link does not work", error.message, goOn) };
    }
  },
});

function toWire(user: User): WireUser {
  return {
    id: user.id,
    email: user.email,
    first_name: user.firstName,
    last_name: user.lastName,
    username: user.username,
    phone: user.phone,
    role: user.role,
    is_email_verified: user.emailVerifiedAt !== null,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

import { changeProfile } from "../../domain/accounts/change_profile.ts";
import { type DeviceName, type ProfileChange, ROLE, type User } from "../../domain/accounts/ports.ts";
import { refreshAccess } from "../../domain/accounts/refresh_access.ts";
import { register } from "../../domain/accounts/register.ts";
import { showOwnAccount } from "../../domain/accounts/show_account.ts";
import { signIn } from "../../domain/accounts/sign_in.ts";
import type {
  ProfileChange as WireProfile,
  Registration,
  User as WireUser,
} from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { toVisit } from "../wire/visits.ts";
import { mediaUrl } from "../wire/pictures.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps =
  & Needs<
    typeof changeProfile | typeof refreshAccess | typeof register | typeof showOwnAccount | typeof signIn
  >
  & { deviceName: DeviceName };

/** Serves registration, sign-in and the caller's profile. */
export const accountRoutes = (
  deps: Deps,
): Handlers<"createToken" | "refreshToken" | "registerStudent" | "registerTutor" | "getMe" | "updateMe"> => ({
  async createToken({ body, userAgent, ipAddress }) {
    const device = deps.deviceName(userAgent);
    return { status: 200, body: await signIn(deps, { ...body, userAgent, device, ipAddress }) };
  },

  async refreshToken({ body }) {
    return { status: 200, body: await refreshAccess(deps, body) };
  },

  async registerStudent({ body, origin, ipAddress }) {
    const user = await register(deps, { ...toRegistration(body), role: ROLE.user, ipAddress });
    return { status: 201, body: toWireUser(origin, user) };
  },

  async registerTutor({ body, origin, ipAddress }) {
    const user = await register(deps, { ...toRegistration(body), role: ROLE.tutor, ipAddress });
    return { status: 201, body: toWireUser(origin, user) };
  },

  async getMe({ caller, origin }) {
    return { status: 200, body: toWireUser(origin, await showOwnAccount(deps, { caller })) };
  },

  async updateMe({ caller, body, files, origin, isGone }) {
    const change = toProfileChange(body);
    const { password } = body;
    const user = await changeProfile(deps, {
      caller,
      change,
      password,
      avatar: files.avatar?.bytes,
      isGone,
    });
    return { status: 200, body: toWireUser(origin, user) };
  },
});

function toRegistration({ analytics, ...body }: Registration) {
  const { email, password, first_name: firstName = "", last_name: lastName = "" } = body;
  return { email, password, firstName, lastName, visit: toVisit(analytics) };
}

/** Converts the given fields of a profile to the domain's names. */
export function toProfileChange(body: WireProfile): ProfileChange & { email?: string } {
  const { first_name: firstName, last_name: lastName, username, phone, language, email, avatar } = body;
  const avatarKey = avatar === null ? null : undefined;
  const given = Object.entries({ firstName, lastName, username, phone, language, email, avatarKey })
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** Converts an account to the wire's shape for its owner and administrators. */
export function toWireUser(origin: string, user: User): WireUser {
  return {
    id: user.id,
    email: user.email,
    first_name: user.firstName,
    last_name: user.lastName,
    username: user.username,
    phone: user.phone,
    language: user.language,
    avatar: mediaUrl(origin, user.avatarKey),
    role: user.role,
    is_email_verified: user.emailVerifiedAt !== null,
    pending_email: user.pendingEmail,
    is_active: user.deactivatedAt === null,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

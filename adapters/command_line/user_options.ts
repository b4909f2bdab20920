import { parseArgs } from "node:util";
import { ROLE, type Role } from "../../domain/accounts/ports.ts";

const ROLES: Record<string, Role> = { admin: ROLE.admin, tutor: ROLE.tutor, student: ROLE.student };

/** Whom `deno task user` is to save. Throws, saying how it is used, when an option is missing or none. */
export function readUserOptions(args: string[]): { email: string; password: string; role: Role } {
  const { values: { email, password, role: roleName } } = parseArgs({
    args,
    options: { email: { type: "string" }, password: { type: "string" }, role: { type: "string" } },
  });
  const role = ROLES[roleName ?? ""];
  if (!email?.includes("@") || !password || password.length < 8 || role === undefined) {
    throw new Error(
      "Usage: deno task user --email <address> --password <8 characters or more> --role admin|tutor|student",
    );
  }
  return { email, password, role };
}

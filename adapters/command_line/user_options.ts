import { parseArgs } from "node:util";
import { ROLE, type Role } from "../../domain/accounts/ports.ts";

const ROLES: Record<string, Role> = { admin: ROLE.admin, tutor: ROLE.tutor, student: ROLE.student };

/** Reads the options of `deno task user`. Throws an error with its usage if an option is missing or unknown. */
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

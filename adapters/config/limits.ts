import { DEFAULT_LIMITS, type LimitName } from "../../domain/limits/ports.ts";
import type { Config } from "./config.ts";
import type { Variables } from "./variables.ts";

/** Outside production one machine plays every user, so limits per IP address are multiplied by this. */
const DEV_LIMIT_FACTOR = 1000;

/**
 * Reads the limits: the defaults, except those that RATE_LIMITS names: `sign_in_of_account=10/900,…`, attempts per
 * seconds.
 */
export function readLimits(
  { list, fault }: Variables,
  environment: Config["environment"],
): Config["limits"] {
  const limits: Config["limits"] = { ...DEFAULT_LIMITS };
  const names = Object.keys(limits) as LimitName[];
  for (const name of names) {
    const { tries, seconds } = limits[name];
    const isLax = environment !== "production" && name.endsWith("_of_address");
    limits[name] = { tries: isLax ? tries * DEV_LIMIT_FACTOR : tries, seconds };
  }
  for (const entry of list("RATE_LIMITS")) {
    const [, given, tries, seconds] = entry.match(/^(\w+)=([1-9]\d{0,8})\/([1-9]\d{0,6})$/) ?? [];
    const name = names.find((name) => name === given);
    if (name) limits[name] = { tries: Number(tries), seconds: Number(seconds) };
    else {
      fault(
        `RATE_LIMITS must list limits such as sign_in_of_account=10/900 (tries/seconds), with the names ${
          names.join(", ")
        }`,
      );
    }
  }
  return limits;
}

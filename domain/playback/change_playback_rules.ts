import { type Caller, ROLE } from "../accounts/ports.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Authoring } from "../authoring/ports.ts";
import { lockAuthored, mayAuthor } from "../authoring/rights.ts";
import { invalidFields, noSuch } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { CoursePlaybackRules, PlaybackRules } from "./ports.ts";

type Request = { caller: Caller; slugOrId: string };

/**
 * Returns where a course's videos may play, for its tutors and administrators; for everyone else the course does not
 * exist.
 */
export async function showPlaybackRules(
  { coursePlaybackRules }: { coursePlaybackRules: CoursePlaybackRules },
  { caller, slugOrId }: Request,
): Promise<{ courseId: string; rules: PlaybackRules }> {
  const found = await coursePlaybackRules.find(slugOrId, caller.id);
  if (!found || !mayAuthor(caller, found.callerTeaches)) {
    throw noSuch("course of yours");
  }
  return { courseId: found.courseId, rules: found.rules };
}

/** Changes where a course's videos may play. Throws DomainError: `invalid_input`, and what `showPlaybackRules` throws. */
export async function changePlaybackRules(
  deps: {
    transaction: Transaction<
      { authoring: Authoring; coursePlaybackRules: CoursePlaybackRules; audit: AuditLog }
    >;
  },
  { rules, requestId, ...request }: Request & { rules: PlaybackRules; requestId: string },
): Promise<PlaybackRules> {
  const wanted = checked(rules);
  await deps.transaction(async ({ authoring, coursePlaybackRules, audit }) => {
    const { courseId, rules: before } = await showPlaybackRules({ coursePlaybackRules }, request);
    await lockAuthored(authoring, request.caller, courseId);
    await coursePlaybackRules.save(courseId, wanted);
    if (request.caller.role !== ROLE.admin) return;
    await audit.record({
      ...actorOf(request.caller),
      action: "course.playback_rules",
      subject: { type: "course", id: courseId },
      before,
      after: wanted,
      requestId,
    });
  });
  return wanted;
}

const HOST = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/;
const regions = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

function checked({ embedHosts, countryRule, countries }: PlaybackRules): PlaybackRules {
  const hosts = [...new Set(embedHosts.map((host) => host.toLowerCase()))];
  const codes = [...new Set(countries.map((code) => code.toUpperCase()))];
  const fields: Record<string, string[]> = {};
  const badHosts = hosts.filter((host) => !HOST.test(host));
  if (badHosts.length > 0) {
    fields.embed_hosts = [`Enter host names such as www.example.com, not ${badHosts.join(", ")}.`];
  }
  const badCodes = codes.filter((code) => !/^[A-Z]{2}$/.test(code) || regions.of(code) === undefined);
  if (badCodes.length > 0) {
    fields.countries = [`Enter countries as ISO 3166 codes such as DE, not ${badCodes.join(", ")}.`];
  } else if ((countryRule === "none") !== (codes.length === 0)) {
    fields.countries = ["List countries for `allow` and `block`; leave the list empty for `none`."];
  }
  if (Object.keys(fields).length > 0) {
    throw invalidFields(fields);
  }
  return { embedHosts: hosts, countryRule, countries: codes };
}

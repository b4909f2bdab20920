import type { AccessReads, AccessRecord, Grant } from "../access/ports.ts";
import { type Letter, setLetter } from "./letter.ts";
import type { Mailer, Notice } from "./ports.ts";

type Deps = { accessReads: AccessReads; mailer: Mailer; frontendUrl: string };
type AccessNotice = Extract<Notice, { grantId: string }>;

/** Tells a student that access was given, will end or has ended; nothing when that is not so (any more). */
export async function sendAccessNotice(deps: Deps, notice: AccessNotice): Promise<void> {
  const grant = await deps.accessReads.byId(notice.grantId);
  const record = grant &&
    await deps.accessReads.record({ student: grant.studentId, course: grant.courseId });
  if (!record || !isStillSo(notice.kind, grant, record)) return;
  const letter = letterOf(notice.kind, grant, record, deps.frontendUrl);
  await deps.mailer.send(
    setLetter(letter, { to: record.student.email, key: `${notice.kind}:${grant.id}` }),
  );
}

function isStillSo(kind: AccessNotice["kind"], grant: Grant, { hasGrant, grants }: AccessRecord): boolean {
  if (kind === "access_ended") return !hasGrant;
  if (kind === "access_granted") return grant.revoked === null;
  const others = grants.filter((other) => other.isActive && other.id !== grant.id);
  return grant.isActive &&
    !others.some(({ endsAt }) => endsAt === null || (grant.endsAt !== null && endsAt > grant.endsAt));
}

function letterOf(
  kind: AccessNotice["kind"],
  grant: Grant,
  { course }: AccessRecord,
  frontendUrl: string,
): Letter {
  const link = { label: "Open the course", url: `${frontendUrl}/courses/${course.slug}` };
  const end = grant.endsAt ? `${grant.endsAt.toISOString().slice(0, 16).replace("T", " ")} UTC` : null;
  switch (kind) {
    case "access_granted":
      return {
        subject: `You now have access to ${course.title}`,
        paragraphs: [
          `You have been given access to ${course.title}${end ? ` until ${end}` : ""}.`,
        ],
        link,
      };
    case "access_ending":
      return {
        subject: `Your access to ${course.title} ends soon`,
        paragraphs: [`You can watch ${course.title} until ${end}. Your progress is kept.`],
        link,
      };
    case "access_ended":
      return {
        subject: `Your access to ${course.title} has ended`,
        paragraphs: [`Your access to ${course.title} has ended. Your progress is kept.`],
        link,
      };
  }
}

import { normaliseEmail } from "../accounts/email_address.ts";
import { allot } from "../money.ts";
import type { Statistics } from "../statistics/ports.ts";
import type { Violations } from "../operations/ports.ts";
import { isBlank, tidyText } from "../text.ts";
import { type FactReader, type Facts, FORMER_TABLES, type ImportReport } from "./ports.ts";

/** The result of one comparison. `explained`: differences that the import's report names. */
export type Check = {
  name: string;
  former: number | string;
  here: number | string;
  explained: number;
  unexplained: string[];
};

type Deps = {
  former: FactReader;
  here: FactReader;
  importReport: Pick<ImportReport, "lines">;
  statistics: Pick<Statistics, "ofTutor">;
  violations: Pick<Violations, "all">;
};

/** Compares two lists of values by key. */
class Comparison {
  #former = new Map<string, { value: string; row: string }>();
  #here = new Map<string, { value: string; row: string }>();

  constructor(readonly name: string) {}

  /** `row`: the row, as `table id`, whose line in the report explains why nothing is here. */
  former(key: string, value: string, row = ""): void {
    this.#former.set(key, { value, row });
  }

  /** `row`: the row whose line in the report explains why this is here although nothing was there. */
  here(key: string, value: string, row = ""): void {
    this.#here.set(key, { value, row });
  }

  /** A difference between two values is never explained. */
  result(report: Report): Check {
    const check: Check = {
      name: this.name,
      former: this.#former.size,
      here: this.#here.size,
      explained: 0,
      unexplained: [],
    };
    for (const key of new Set([...this.#former.keys(), ...this.#here.keys()])) {
      const [former, here] = [this.#former.get(key), this.#here.get(key)];
      if (former?.value === here?.value) continue;
      const isExplained = here === undefined
        ? report.isGone(former!.row)
        : former === undefined && report.has(here.row);
      if (isExplained) check.explained++;
      else check.unexplained.push(`${key}: ${former?.value ?? "nothing"}, here ${here?.value ?? "nothing"}`);
    }
    return check;
  }
}

/**
 * Compares the former shop with this one as the import left it, from the rows of both, without the import's own SQL:
 * rows, accounts, the catalog, access per student, sales per course and month, tutors' statistics, receipts, and the
 * invariants. Meant for right after an import: what people do in the shop afterwards are differences too.
 */
export async function verifyImport(deps: Deps): Promise<Check[]> {
  const report = await readReport(deps);
  const accounts = await compareAccounts(deps, report);
  const access = await compareAccess(deps, report, accounts);
  const sales = await compareSales(deps, report, accounts);
  return [
    ...await compareRows(deps, report, accounts),
    ...accounts.checks,
    await compareCourses(deps, report),
    await compareParts(deps, report),
    await compareLessons(deps, report),
    await compareComments(deps, report, accounts),
    access.check,
    ...sales.checks,
    ...await compareTutors(deps, report, accounts, access, sales),
    await checkInvariants(deps),
  ];
}

/** Which rows the report has a line about; which of them are not here; and which are in no other row either. */
type Report = Record<"has" | "isGone" | "isSkipped", (row: string) => boolean>;

async function readReport({ importReport }: Deps): Promise<Report> {
  const rows = new Set<string>();
  const gone = new Set<string>();
  const skipped = new Set<string>();
  for await (const lines of importReport.lines()) {
    for (const { table, id, what } of lines) {
      rows.add(`${table} ${id}`);
      if (what === "merged" || what === "skipped") gone.add(`${table} ${id}`);
      if (what === "skipped") skipped.add(`${table} ${id}`);
    }
  }
  return {
    has: (row) => rows.has(row),
    isGone: (row) => gone.has(row),
    isSkipped: (row) => skipped.has(row),
  };
}

/** Every row of the former shop is here, or the report says what became of it. */
async function compareRows({ former, here }: Deps, report: Report, { idHere }: Accounts): Promise<Check[]> {
  const checks: Check[] = [];
  for (const table of FORMER_TABLES) {
    const counts = { former: 0, here: 0 };
    const check = { explained: 0, unexplained: [] as string[] };
    const found = new Set<string>();
    for await (const rows of here.rows(table)) {
      counts.here += rows.length;
      for (const { accountId, rest } of rows) found.add(`${accountId} ${rest}`);
    }
    for await (const rows of former.rows(table)) {
      counts.former += rows.length;
      for (const { id, accountId, rest } of rows) {
        if (report.isGone(`${table} ${id}`)) check.explained++;
        else if (!found.has(`${accountId === null ? null : idHere(accountId)} ${rest}`)) {
          check.unexplained.push(`${id}: neither here nor reported`);
        }
      }
    }
    checks.push({ name: `rows of ${table}`, ...counts, ...check });
  }
  return checks;
}

type Accounts = {
  checks: Check[];
  /** The id that an account of the former shop has here. */
  idHere(id: string): string;
  /** Whether the account could sign in to the former shop, or one that it was merged with. */
  isActive(idHere: string): boolean;
};

async function compareAccounts({ former, here }: Deps, report: Report): Promise<Accounts> {
  const merged = new Map<string, string>();
  for await (const rows of here.facts("mergedAccounts")) {
    for (const { id, idHere } of rows) merged.set(id, idHere);
  }
  const idHere = (id: string) => merged.get(id) ?? id;
  // Accounts that were made of several, none of which was empty.
  const isJoint = new Set(
    [...merged].filter(([id]) => !report.isSkipped(`users_user ${id}`)).map(([, kept]) => kept),
  );
  const people = new Comparison("accounts: address and name");
  const powers = new Comparison("accounts: role, whether they may sign in");
  const passwords = new Comparison("passwords that work as before");
  const invited = new Comparison("accounts that get a password by mail");
  const addresses = new Map<string, string>();
  const powerOf = new Map<string, { isActive: boolean; isAdministrator: boolean; isTutor: boolean }>();
  // Whoever has signed in since has a new hash of the same password.
  const digests = new Map<string, string>();
  const misplaced: string[] = [];
  for await (const rows of former.facts("accounts")) {
    for (const row of rows) {
      const [id, name] = [idHere(row.id), `users_user ${row.id}`];
      addresses.set(row.id, normaliseEmail(row.email));
      if (report.isGone(name) !== (id !== row.id)) misplaced.push(`${row.id}: its place here is not known`);
      if (report.isSkipped(name)) continue;
      const power = powerOf.get(id) ?? { isActive: false, isAdministrator: false, isTutor: false };
      power.isActive ||= row.isActive;
      power.isAdministrator ||= row.isSuperuser && row.isActive;
      power.isTutor ||= row.hasCourses || row.role === 2;
      powerOf.set(id, power);
      if (id !== row.id) continue;
      people.former(id, `${normaliseEmail(row.email)} ${tidyText(row.firstName)} ${tidyText(row.lastName)}`);
      if (row.passwordDigest !== null && !isJoint.has(id)) digests.set(id, row.passwordDigest);
    }
  }
  for (const [id, kept] of merged) {
    if (addresses.get(id) !== addresses.get(kept)) misplaced.push(`${id}: merged with another address`);
  }
  for (const [id, digest] of digests) passwords.former(id, digest);
  for (const [id, power] of powerOf) {
    powers.former(id, wordsFor(power));
    if (power.isActive && !digests.has(id)) invited.former(id, "invited");
  }
  for await (const rows of here.facts("accounts")) {
    for (const row of rows) {
      if (!powerOf.has(row.id)) continue; // an account of this shop
      people.here(row.id, `${row.email} ${row.firstName} ${row.lastName}`);
      const { isActive, role } = row;
      powers.here(row.id, wordsFor({ isActive, isAdministrator: role === 1, isTutor: role === 2 }));
      const digest = row.hasSignedIn ? digests.get(row.id) : row.passwordDigest;
      if (digest) passwords.here(row.id, digest);
      if (row.isInvited) invited.here(row.id, "invited");
    }
  }
  const joined = { former: merged.size, here: merged.size, explained: merged.size, unexplained: misplaced };
  return {
    checks: [
      { name: "accounts that are another one now", ...joined },
      ...[people, powers, passwords, invited].map((comparison) => comparison.result(report)),
    ],
    idHere,
    isActive: (id) => powerOf.get(id)?.isActive === true,
  };
}

function wordsFor(power: { isActive: boolean; isAdministrator: boolean; isTutor: boolean }): string {
  const role = power.isAdministrator ? "administrator" : power.isTutor ? "tutor" : "neither";
  return `${role}, ${power.isActive ? "active" : "deactivated"}`;
}

/** A slug that this shop made up for a row without one is not compared. */
const MADE_UP = "made up";

async function compareCourses({ former, here }: Deps, report: Report): Promise<Check> {
  const courses = new Comparison("courses: slug, title, price, category, whether on sale");
  const nameless = new Set<string>();
  for await (const rows of former.facts("courses")) {
    for (const row of rows) {
      if (isBlank(row.slug ?? "")) nameless.add(row.id);
      const cents = Math.max(0, Number(row.cents) || 0);
      const isOnSale = row.isPublished && (Number(row.cents) === 0 || cents >= 50);
      const category = row.category === null ? null : tidyText(row.category) || `Category ${row.categoryId}`;
      courses.former(
        row.id,
        [nameless.has(row.id) ? MADE_UP : row.slug, tidyText(row.title), cents, category, isOnSale].join(
          " | ",
        ),
        `courses_course ${row.id}`,
      );
    }
  }
  for await (const rows of here.facts("courses")) {
    for (const row of rows) {
      const slug = nameless.has(row.id) ? MADE_UP : row.slug;
      courses.here(row.id, [slug, row.title, row.cents, row.category, row.isPublished].join(" | "));
    }
  }
  return courses.result(report);
}

async function compareParts({ former, here }: Deps, report: Report): Promise<Check> {
  const parts = new Comparison("parts: course, place, slug, title");
  const nameless = new Set<string>();
  const valueOf = (row: Facts["parts"]) =>
    [row.courseId, row.place, nameless.has(row.id) ? MADE_UP : row.slug, row.title].join(" | ");
  for await (const rows of former.facts("parts")) {
    for (const row of rows) {
      if (isBlank(row.slug ?? "")) nameless.add(row.id);
      parts.former(row.id, valueOf({ ...row, title: tidyText(row.title) }));
    }
  }
  for await (const rows of here.facts("parts")) {
    for (const row of rows) parts.here(row.id, valueOf(row));
  }
  return parts.result(report);
}

async function compareLessons({ former, here }: Deps, report: Report): Promise<Check> {
  const lessons = new Comparison("lessons: place, slug, title, video, length, preview");
  const nameless = new Set<string>();
  const valueOf = (row: Facts["lessons"]) =>
    [row.partId, row.place, row.slug, row.title, row.videoId, row.seconds, row.isFreePreview].join(" | ");
  for await (const rows of former.facts("lessons")) {
    for (const row of rows) {
      const video = tidyText(row.videoId ?? "");
      if (isBlank(row.slug ?? "")) nameless.add(row.id);
      const seconds = Number(row.seconds ?? 0);
      lessons.former(
        row.id,
        valueOf({
          ...row,
          slug: nameless.has(row.id) ? MADE_UP : row.slug,
          title: tidyText(row.title),
          videoId: video.length === 32 && !/[^a-f0-9]/.test(video) ? video : null,
          seconds: seconds > 0 && seconds <= 86_400 ? String(seconds) : null,
        }),
      );
    }
  }
  for await (const rows of here.facts("lessons")) {
    for (const row of rows) {
      lessons.here(row.id, valueOf(nameless.has(row.id) ? { ...row, slug: MADE_UP } : row));
    }
  }
  return lessons.result(report);
}

async function compareComments(
  { former, here }: Deps,
  report: Report,
  { idHere }: Accounts,
): Promise<Check> {
  const comments = new Comparison("comments: author, lesson, text");
  for await (const rows of former.facts("comments")) {
    for (const row of rows) {
      const author = row.authorId === null ? null : idHere(row.authorId);
      comments.former(row.id, `${author} ${row.lessonId} ${row.textDigest}`, `courses_comment ${row.id}`);
    }
  }
  for await (const rows of here.facts("comments")) {
    for (const row of rows) {
      comments.here(row.id, `${row.authorId} ${row.lessonId} ${row.textDigest}`);
    }
  }
  return comments.result(report);
}

type Access = { check: Check; studentsOf: Map<string, Set<string>> };

/** Whoever could watch a course can, and nobody else, except who had paid for it. */
async function compareAccess(
  { former, here }: Deps,
  report: Report,
  { idHere, isActive }: Accounts,
): Promise<Access> {
  const access = new Comparison("access: student and course");
  const studentsOf = new Map<string, Set<string>>();
  const note = (courseId: string, studentId: string) =>
    studentsOf.set(courseId, (studentsOf.get(courseId) ?? new Set()).add(studentId));
  for await (const rows of former.facts("access")) {
    for (const { studentId, courseId } of rows) {
      const student = idHere(studentId);
      if (!isActive(student)) continue;
      access.former(`${student} ${courseId}`, "may watch");
      note(courseId, student);
    }
  }
  for await (const rows of here.facts("access")) {
    for (const { studentId, courseId, paymentId } of rows) {
      const row = `payments_payment ${paymentId}`;
      access.here(`${studentId} ${courseId}`, "may watch", row);
      if (paymentId !== null && report.has(row)) note(courseId, studentId);
    }
  }
  return { check: access.result(report), studentsOf };
}

type Sales = {
  checks: Check[];
  /** Earnings in minor units by course and month (`2026-11`, UTC). */
  earned: Map<string, Map<string, bigint>>;
};

async function compareSales(
  { former, here }: Deps,
  report: Report,
  { idHere }: Accounts,
): Promise<Sales> {
  const sessions = new Comparison("Stripe sessions: buyer, amount, whether refunded");
  const months = new Comparison("sales: number and sum per course and month");
  const earned: Sales["earned"] = new Map();
  const [before, now] = [new Tally(), new Tally()];
  const sums = { former: 0n, here: 0n };
  for await (const rows of former.facts("sales")) {
    for (const sale of rows) {
      const row = `payments_payment ${sale.paymentId}`;
      if (report.isGone(row)) continue;
      const student = sale.buyerId === null ? "nobody" : idHere(sale.buyerId);
      const cents = BigInt(sale.cents);
      sums.former += cents;
      const isRefunded = sale.isRefunded && cents > 0n;
      sessions.former(sale.sessionId, `${student} ${cents} ${isRefunded}`);
      const weights = sale.prices.map((price) => BigInt(price) > 0n ? BigInt(price) : 0n);
      const isFree = weights.every((weight) => weight === 0n);
      const parts = allot({ amount: cents, currency: "usd" }, isFree ? weights.map(() => 1n) : weights);
      for (const [index, courseId] of sale.courseIds.entries()) {
        before.add(`${courseId} ${sale.month}`, parts[index]!, isRefunded);
        if (!isRefunded) addTo(earned, courseId, sale.month, parts[index]!);
      }
      if (sale.courseIds.length === 0) before.add(`a deleted course ${sale.month}`, cents, isRefunded);
    }
  }
  for await (const rows of here.facts("sales")) {
    for (const sale of rows) {
      const cents = BigInt(sale.cents);
      sums.here += cents;
      sessions.here(sale.sessionId, `${sale.buyerId ?? "nobody"} ${cents} ${sale.isRefunded}`);
      for (const [index, courseId] of sale.courseIds.entries()) {
        now.add(`${courseId} ${sale.month}`, BigInt(sale.prices[index]!), sale.isRefunded);
      }
      if (sale.courseIds.length === 0) now.add(`a deleted course ${sale.month}`, cents, sale.isRefunded);
    }
  }
  before.each((key, value) => months.former(key, value, ""));
  now.each((key, value) => months.here(key, value, ""));
  const total: Check = {
    name: "sales: total in minor units",
    former: sums.former.toString(),
    here: sums.here.toString(),
    explained: 0,
    unexplained: sums.former === sums.here ? [] : [`${sums.former}, here ${sums.here}`],
  };
  const receipts = new Comparison("receipts: numbered from 1 in the order of payment");
  for await (const rows of here.facts("receipts")) {
    for (const { orderId, number, place } of rows) {
      receipts.former(orderId, String(place));
      receipts.here(orderId, String(number));
    }
  }
  return {
    checks: [sessions.result(report), months.result(report), total, receipts.result(report)],
    earned,
  };
}

/** Numbers and sums of sales by key. */
class Tally {
  #of = new Map<string, { count: number; sum: bigint; refunded: bigint }>();

  add(key: string, amount: bigint, isRefunded: boolean): void {
    const { count, sum, refunded } = this.#of.get(key) ?? { count: 0, sum: 0n, refunded: 0n };
    this.#of.set(key, {
      count: count + 1,
      sum: sum + amount,
      refunded: refunded + (isRefunded ? amount : 0n),
    });
  }

  each(note: (key: string, value: string) => void): void {
    for (const [key, { count, sum, refunded }] of this.#of) {
      note(key, `${count} for ${sum}, of it ${refunded} refunded`);
    }
  }
}

function addTo(totals: Map<string, Map<string, bigint>>, outer: string, inner: string, amount: bigint): void {
  const within = totals.get(outer) ?? new Map<string, bigint>();
  within.set(inner, (within.get(inner) ?? 0n) + amount);
  totals.set(outer, within);
}

/** Statistics of tutors are what the former rows give: earnings go to a course's first tutor. */
async function compareTutors(
  { former, statistics }: Deps,
  report: Report,
  { idHere }: Accounts,
  { studentsOf }: Access,
  { earned }: Sales,
): Promise<Check[]> {
  const totals = new Comparison("tutors: earnings and active students");
  const months = new Comparison("tutors: earnings of the last twelve months");
  const taughtBy = new Map<string, Set<string>>();
  const owned = new Map<string, string[]>();
  for await (const rows of former.facts("tutors")) {
    for (const { courseId, tutorId, isFirst } of rows) {
      const id = idHere(tutorId);
      taughtBy.set(id, (taughtBy.get(id) ?? new Set()).add(courseId));
      if (isFirst) owned.set(id, [...owned.get(id) ?? [], courseId]);
    }
  }
  for (const [id, courses] of taughtBy) {
    const byMonth = new Map<string, bigint>();
    for (const courseId of owned.get(id) ?? []) {
      for (const [month, amount] of earned.get(courseId) ?? []) {
        byMonth.set(month, (byMonth.get(month) ?? 0n) + amount);
      }
    }
    const students = new Set([...courses].flatMap((courseId) => [...studentsOf.get(courseId) ?? []]));
    const total = [...byMonth.values()].reduce((sum, amount) => sum + amount, 0n);
    totals.former(id, `${total} usd, ${students.size} students`);
    const shown = await statistics.ofTutor(id);
    totals.here(id, `${shown.earnings.amount} usd, ${shown.activeStudents} students`);
    for (const { month, earnings } of shown.months) {
      months.former(`${id} ${month}`, String(byMonth.get(month) ?? 0n));
      months.here(`${id} ${month}`, String(earnings.amount));
    }
  }
  return [totals.result(report), months.result(report)];
}

async function checkInvariants({ violations }: Deps): Promise<Check> {
  const found = await violations.all();
  return {
    name: "invariants of money and access",
    former: 0,
    here: found.length,
    explained: 0,
    unexplained: found.map(({ invariant, subject, detail }) => `${invariant}: ${subject}: ${detail}`),
  };
}

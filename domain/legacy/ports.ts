/** Tables of the former shop's database that are read, in the order in which they are. */
export const FORMER_TABLES = [
  "core_university",
  "users_user",
  "users_onboardinganswer",
  "courses_category",
  "courses_course",
  "courses_course_tutors",
  "courses_coursepart",
  "courses_lesson",
  "courses_comment",
  "courses_enrollment",
  "payments_order",
  "payments_order_courses",
  "payments_payment",
] as const;
export type FormerTable = (typeof FORMER_TABLES)[number];

/** A row of the former shop by column. Numbers beyond 32 bits, amounts and timestamps are text. */
export type FormerRow = Record<string, string | number | boolean | null>;

/**
 * merged into another row; skipped; changed: kept with a different value; person: needs somebody's decision. A row may
 * have several lines.
 */
export type ReportKind = "merged" | "skipped" | "changed" | "person";
/**
 * What the import did with a row other than copying it. It never contains names, addresses or secrets. `otherId`: the
 * row that it was merged into, or that is the reason.
 */
export type ReportLine = { table: string; id: string; what: ReportKind; why: string; otherId: string | null };

/** How many rows of a table were read, how many of them exist in this shop, and the lines about the others. */
export type TableCount = {
  table: string;
  read: number;
  written: number;
  merged: number;
  skipped: number;
  changed: number;
  person: number;
};

/** Why nothing can be imported, in a sentence for the operator that says what to do. */
export class ImportRefusal extends Error {
  override readonly name = "ImportRefusal";
}

/** One snapshot of the former shop's database. */
export interface FormerRows {
  /** The number of rows of each table. */
  counts(): Promise<Record<FormerTable, number>>;
  /** Reads a table in batches, by id. */
  read(table: FormerTable): AsyncIterable<FormerRow[]>;
}

export interface FormerShop {
  /**
   * Performs the work on a snapshot, which is read only. Throws ImportRefusal if it is not the former shop's database
   * in its last version, before the work begins, or if it can no longer be read.
   */
  snapshot<Result>(work: (rows: FormerRows) => Promise<Result>): Promise<Result>;
}

/** Collects the rows of the former shop, then turns them into rows of this one. */
export interface Intake {
  /** Adds rows of a table, with lines for the report about them. */
  add(table: FormerTable, rows: FormerRow[], report: ReportLine[]): Promise<void>;
  /**
   * Writes everything that was added into the tables of the shop. Calls `progress` before each of the steps. Throws
   * ImportRefusal if the rows cannot be imported.
   */
  settle(progress: (step: string, number: number, of: number) => void): Promise<void>;
}

/** What an import left in the database. */
export type ImportState = { importedAt: Date; digest: string };

/** The database that the former shop moves into. */
export interface ImportTarget {
  /** Returns the import that was made; null if there is none. */
  made(): Promise<ImportState | null>;
  /**
   * Performs the work in one transaction, which is rolled back if it is a dry run. Records that an import has begun
   * before it starts. Throws ImportRefusal if another import is running, or if the shop has rows of its own that an
   * import cannot be added to.
   */
  write(
    options: { dryRun: boolean },
    work: (intake: Intake) => Promise<{ digest: string }>,
    report: (read: ImportReport) => Promise<void>,
  ): Promise<void>;
  /** Reads the report of the import that was made. */
  report: ImportReport;
}

/** The report of an import. */
export interface ImportReport {
  counts(): Promise<TableCount[]>;
  /** How many lines there are for each reason, most frequent first. */
  reasons(): Promise<{ table: string; what: ReportKind; why: string; count: number }[]>;
  /** All lines, in batches. */
  lines(): AsyncIterable<ReportLine[]>;
}

/** What is compared after an import, read from the rows of either shop. Ids of accounts are those of that shop. */
export type Facts = {
  mergedAccounts: { id: string; idHere: string };
  accounts: {
    id: string;
    email: string;
    firstName: string;
    lastName: string;
    role: number;
    isActive: boolean;
    isSuperuser: boolean;
    hasCourses: boolean;
    isInvited: boolean;
    hasSignedIn: boolean;
    /** Of a hash that Django made; null if there is none. */
    passwordDigest: string | null;
  };
  courses: {
    id: string;
    slug: string | null;
    title: string;
    /** In minor units; `NaN` is possible in the former shop. */
    cents: string;
    category: string | null;
    categoryId: string | null;
    /** In the former shop: marked so, or sold or watched all the same. */
    isPublished: boolean;
  };
  parts: { id: string; courseId: string; place: number; slug: string | null; title: string };
  lessons: {
    id: string;
    partId: string;
    place: number;
    slug: string | null;
    title: string;
    videoId: string | null;
    seconds: string | null;
    isFreePreview: boolean;
  };
  comments: { id: string; authorId: string | null; lessonId: string | null; textDigest: string | null };
  /** Who may watch what. `paymentId`: the payment that gives it, if one does. */
  access: { studentId: string; courseId: string; paymentId: string | null };
  /** Payments that Stripe took. `prices`: those of the courses, for a former sale; the amounts of the lines, here. */
  sales: {
    paymentId: string;
    sessionId: string;
    buyerId: string | null;
    cents: string;
    isRefunded: boolean;
    /** UTC, as `2026-11`. */
    month: string;
    courseIds: string[];
    prices: string[];
  };
  /** `place`: in the order of payment. */
  receipts: { orderId: string; number: string; place: string };
  tutors: { courseId: string; tutorId: string; isFirst: boolean };
};
export type FactName = keyof Facts;

/**
 * What identifies a row in both shops: the id of an account, if it is part of that, and the rest. `id`: that of the row
 * in its own shop.
 */
export type RowKey = { id: string; accountId: string | null; rest: string };

/** Reads what is compared, in batches. */
export interface FactReader {
  facts<Name extends FactName>(name: Name): AsyncIterable<Facts[Name][]>;
  /** The rows of a table of the former shop, or those of this one that came from such a table. */
  rows(table: FormerTable): AsyncIterable<RowKey[]>;
}

/** An imported account without a usable password. `isMerged`: several accounts of the former shop became this one. */
export type PasswordInvitation = { userId: string; isMerged: boolean };

/** Imported accounts that are to be invited to choose a password. */
export interface PasswordInvitations {
  /** Counts those that wait for their invitation. Accounts with a new password, or that may not sign in, do not. */
  waiting(): Promise<{ count: number; merged: number }>;
  /** Marks up to so many of them as invited, and returns them. To be used in a transaction. */
  take(limit: number): Promise<PasswordInvitation[]>;
}

/** A picture of the former shop, for one or more courses or universities. */
export type FormerPicture = { subject: "course" | "university"; key: string };

/** The former shop's pictures, which move after the rows. */
export interface FormerPictures {
  /** Counts the pictures that have not moved. */
  waiting(): Promise<number>;
  /** Returns the first of them after the given one, in a fixed order; null if there are no more. */
  next(after: FormerPicture | null): Promise<FormerPicture | null>;
  /**
   * Gives the picture's courses or universities its new key, unless they have got another picture since. Without one,
   * notes the problem instead; if `isLost`, they lose the former key.
   */
  settle(picture: FormerPicture, as: { key: string } | { problem: string; isLost: boolean }): Promise<void>;
  /** Lists the pictures that could not be moved. */
  problems(): Promise<{ subject: string; id: string; key: string; problem: string }[]>;
  /**
   * Declares that the former shop's files are no longer needed. Returns false if the rows have not been imported, or if
   * there are pictures that nobody has tried to move.
   */
  complete(): Promise<boolean>;
}

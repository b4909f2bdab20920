import type { Range } from "../range.ts";

/** An entry of the audit log: who did what to what, with the state before and after. */
export type AuditEntry = {
  /** Null if the shop itself acted. */
  actorId: string | null;
  /** The API key with which a program acted for that person; null if they acted themselves. */
  keyId: string | null;
  /** Subject and verb, such as `user.deactivate` or `grant.revoke`. */
  action: string;
  subject: { type: string; id: string };
  /** Never contains personal data, such as a name or an address, because the log stays when a person is erased. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** The reason in the actor's own words; empty if none is required. */
  reason?: string;
  /** The id of the request; empty for commands and jobs. */
  requestId?: string;
};

/** To be used in the transaction of the action itself, so that neither exists without the other. */
export interface AuditLog {
  record(...entries: AuditEntry[]): Promise<void>;
}

export type RecordedAct = {
  id: string;
  actorId: string | null;
  keyId: string | null;
  action: string;
  subject: { type: string; id: string };
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  reason: string;
  requestId: string;
  occurredAt: Date;
};

export type AuditFilter = {
  actorId?: string;
  action?: string;
  subjectType?: string;
  subjectId?: string;
  since?: Date;
  until?: Date;
};

export interface AuditHistory {
  /** Lists the matching entries, latest first. */
  list(
    filter: AuditFilter,
    range: Range,
  ): Promise<{ count: number; acts: RecordedAct[] }>;
}

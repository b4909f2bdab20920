import type { Range } from "../range.ts";

/** One act that must be answered for: who did what to what, and how it stood before and after. */
export type AuditEntry = {
  /** Null when the shop itself acted. */
  actorId: string | null;
  /** Subject and verb, such as `user.deactivate` or `grant.revoke`. */
  action: string;
  subject: { type: string; id: string };
  /** Never anything personal, such as a name or an address: what is in the log stays when a person is erased. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Why, in the actor's own words; empty when none were asked for. */
  reason?: string;
  /** The request that did it; empty for commands and jobs. */
  requestId?: string;
};

/** To be used in the transaction of the act itself, so that neither is there without the other. */
export interface AuditLog {
  record(...entries: AuditEntry[]): Promise<void>;
}

export type RecordedAct = {
  id: string;
  actorId: string | null;
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
  /** The acts that fit, the latest first. */
  list(
    filter: AuditFilter,
    range: Range,
  ): Promise<{ count: number; acts: RecordedAct[] }>;
}

import type { Money } from "../money.ts";

/** A person as the support team sees them: what it needs to recognise them and to write back. */
export type SupportContact = {
  userId: string;
  email: string;
  name: string | null;
  role: "administrator" | "tutor" | "student" | "user";
  signedUpAt: Date;
};

/** What happened to a student, for the support team. Reported again with the same moment, it counts once. */
export type SupportEvent = {
  userId: string;
  name: "purchased-course" | "refunded" | "access-ended" | "finished-course";
  at: Date;
  course: string | null;
  orderId: string | null;
  amount: Money | null;
};

/** What the support team is told of, by ids: the rest is looked up when it is told. */
export type SupportNews =
  | { kind: "order_paid"; orderId: string }
  | { kind: "refund"; refundId: string }
  | { kind: "access_ended"; grantId: string }
  | { kind: "lesson_completed"; studentId: string; lessonId: string };

export interface SupportFacts {
  /** Returns the events that the news consists of, one per course; none if it no longer holds or the account is erased. */
  events(news: SupportNews): Promise<SupportEvent[]>;
}

/**
 * The support team's tool. Each method throws DomainError `vendor_unavailable` if it fails or does not respond within 5
 * seconds, and returns `refused` with a reason without personal data if it will never accept the request.
 */
export interface SupportDesk {
  /** Creates the contact, or changes the existing one with this user id or address. Returns the tool's id of it. */
  save(contact: SupportContact): Promise<{ contactId: string } | { refused: string }>;
  /** Records an event; `no_contact` if there is no contact for the user. */
  record(event: SupportEvent): Promise<SupportOutcome | "no_contact">;
  /** Deletes the contact, also by the tool's id if that is known. Returns false as long as there was one. */
  remove(contact: { userId: string; contactId: string | null }): Promise<boolean>;
}

/** The tool's ids of contacts: it finds an archived contact by nothing else. */
export interface SupportContacts {
  note(userId: string, contactId: string): Promise<void>;
  /** Returns null if none is known. */
  idOf(userId: string): Promise<string | null>;
  forget(userId: string): Promise<void>;
}

export type SupportOutcome = "done" | { refused: string };

/** Proves to the support team's chat who is signed in. */
export interface SupportIdentity {
  appId: string;
  /** Returns a token that is valid for an hour. */
  issue(user: { id: string; email: string; name: string | null }): Promise<string>;
}

import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { type MailPreferences, type Topic, TOPICS, type UnsubscribeTokens } from "./ports.ts";

export type Wishes = Record<Topic, boolean>;

/** Returns which mails the user wants, by topic. */
export async function showPreferences(
  deps: { mailPreferences: MailPreferences },
  { userId }: { userId: string },
): Promise<Wishes> {
  const declined = await deps.mailPreferences.declined(userId);
  return Object.fromEntries(TOPICS.map((topic) => [topic, !declined.includes(topic)])) as Wishes;
}

/** Changes the given preferences, and returns all. */
export async function changePreferences(
  deps: { transaction: Transaction<{ mailPreferences: MailPreferences }> },
  { userId, wishes }: { userId: string; wishes: Partial<Wishes> },
): Promise<Wishes> {
  return await deps.transaction(async ({ mailPreferences }) => {
    for (const topic of TOPICS) {
      if (wishes[topic] === true) await mailPreferences.accept(userId, topic);
      if (wishes[topic] === false) await mailPreferences.decline(userId, topic);
    }
    return await showPreferences({ mailPreferences }, { userId });
  });
}

/** Returns the topic of an unsubscribe link. Throws DomainError `invalid_link`. */
export async function readUnsubscribeLink(
  deps: { unsubscribeTokens: UnsubscribeTokens },
  { token }: { token: string },
): Promise<{ userId: string; topic: Topic }> {
  const claim = await deps.unsubscribeTokens.read(token);
  if (claim) return claim;
  throw new DomainError("invalid_link", "This link is incomplete. Copy the whole link from the mail.");
}

/** Opts the recipient of a link out of its topic. Repeating it is harmless. */
export async function unsubscribe(
  deps: { unsubscribeTokens: UnsubscribeTokens; mailPreferences: MailPreferences },
  input: { token: string },
): Promise<{ topic: Topic }> {
  const { userId, topic } = await readUnsubscribeLink(deps, input);
  await deps.mailPreferences.decline(userId, topic);
  return { topic };
}

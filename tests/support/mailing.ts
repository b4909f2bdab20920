import { joseTokens } from "../../adapters/jose/tokens.ts";
import { joseUnsubscribeTokens } from "../../adapters/jose/unsubscribe_tokens.ts";
import { brandedLetters } from "../../adapters/letters/letters.ts";
import { postgresNoticeBoard } from "../../adapters/postgres/notifications/notice_board.ts";
import { postgresNoticeFacts } from "../../adapters/postgres/notifications/notice_facts.ts";
import { postgresOutbox } from "../../adapters/postgres/notifications/outbox.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { deliverMails } from "../../domain/notifications/mails/deliver_mails.ts";
import { outboxEntryOf } from "../../domain/notifications/kinds.ts";
import type { Delivery, Mail, Mailer, MailLimits } from "../../domain/notifications/mails/ports.ts";
import type { Notice } from "../../domain/notifications/ports.ts";

const SECRET = "a secret of the tests that is long enough";

/** The way of mails on a real database, with a mail server that answers as it is told and a clock that can be moved. */
export function mailing(
  sql: Database,
  options: { limits?: Partial<MailLimits>; mailer?: Mailer; aheadMs?: number } = {},
) {
  const sent: Mail[] = [];
  const answers: Delivery[] = [];
  let now = new Date(Date.now() + (options.aheadMs ?? 3600_000)); // past everything that is due by the database's clock
  const mailer: Mailer = options.mailer ?? {
    async send(mail, beforeHandOver) {
      const answer = answers.shift() ?? { outcome: "accepted" };
      if (answer.outcome === "accepted" || answer.outcome === "unknown") await beforeHandOver();
      if (answer.outcome === "accepted") sent.push(mail);
      return answer;
    },
  };
  const deps = {
    outbox: postgresOutbox(sql),
    noticeBoard: postgresNoticeBoard(sql),
    noticeFacts: postgresNoticeFacts(sql),
    letters: brandedLetters({ name: "11Tutors", logoUrl: null, colour: "#4338ca" }),
    unsubscribeTokens: joseUnsubscribeTokens([SECRET]),
    tokens: joseTokens([SECRET]),
    mailer,
    mailLimits: { perDay: null, bulkPerMinute: null, ...options.limits },
    publicUrl: "https://api.example",
    frontendUrl: "https://shop.example",
    operatorEmail: "operator@example.com",
    clock: () => now,
    log: { warn() {} },
  };
  return {
    deps,
    /** What the server took, oldest first. */
    sent,
    /** What the server answers to the next mails; it takes those after. */
    answers,
    add: (notice: Notice) => deps.outbox.add(outboxEntryOf(notice)),
    /** Rounds until nothing is due. */
    async deliver() {
      while (await deliverMails(deps) > 0);
    },
    wait(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    /** State and reason of every mail, oldest first. */
    states: async () => [
      ...await sql<{ state: string; reason: string | null; attempts: number }[]>`
        select state, reason, attempts from mails order by created_at, id`,
    ],
  };
}

/** An account; returns its id. */
export async function addUser(
  sql: Database,
  email = "ada@example.com",
  { firstName = "Ada", language = "en", role = 4, isVerified = true } = {},
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, first_name, language, role, email_verified_at)
    values (${email}, 'x', ${firstName}, ${language}, ${role}, ${
    isVerified ? new Date() : null
  }) returning id`;
  return row!.id;
}

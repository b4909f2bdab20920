import type { DatabaseSync } from "node:sqlite";
import { simpleParser } from "mailparser";

export type StoredMail = {
  id: number;
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  headers: Record<string, string>;
  receivedAt: string;
};

/** Returns the mails that the sandbox received, in SQLite. */
export function mailStore(db: DatabaseSync) {
  db.exec("create table if not exists mails (id integer primary key autoincrement, body text not null)");
  const parsed = (row: unknown) => {
    const { id, body } = row as { id: number; body: string };
    return { ...JSON.parse(body), id } as StoredMail;
  };
  const store = {
    put(mail: Omit<StoredMail, "id" | "receivedAt">): void {
      const stored = { ...mail, receivedAt: new Date().toISOString() };
      db.prepare("insert into mails (body) values (?)").run(JSON.stringify(stored));
    },
    async add(raw: Uint8Array, recipients: string[]): Promise<void> {
      const mail = await simpleParser(new TextDecoder().decode(raw));
      store.put({
        to: recipients,
        from: mail.from?.text ?? "",
        subject: mail.subject ?? "",
        text: mail.text ?? "",
        html: mail.html || "",
        messageId: mail.messageId ?? "",
        headers: Object.fromEntries(
          mail.headerLines.map(({ key, line }) => [key, line.slice(key.length + 2)]),
        ),
      });
    },
    /** Lists mails, newest first; `to` filters by recipient. */
    list(to?: string): StoredMail[] {
      const mails = db.prepare("select id, body from mails order by id desc limit 500").all().map(parsed);
      return to === undefined ? mails : mails.filter((mail) => mail.to.includes(to));
    },
    get(id: number): StoredMail | null {
      const row = db.prepare("select id, body from mails where id = ?").get(id);
      return row ? parsed(row) : null;
    },
    clear(): void {
      db.exec("delete from mails");
    },
  };
  return store;
}

/** Work that must follow a commit. Added inside the transaction that causes it, it runs after the commit, at least once. */
export type Job =
  | { kind: "send_verification_mail"; userId: string }
  | { kind: "send_order_confirmation"; orderId: string };

export interface Jobs {
  add(job: Job): Promise<void>;
}

export type Mail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Becomes the Message-ID, so that a repeated delivery of the same mail is recognisable. */
  key: string;
};

export interface Mailer {
  /** Hands the mail to the mail server. Throws when the server refuses or does not answer within 30 seconds. */
  send(mail: Mail): Promise<void>;
}

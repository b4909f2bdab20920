/** Something that a person is to be told. It holds ids only: names, addresses and words are looked up when it is sent. */
export type Notice = AccountNotice | { kind: "order_confirmation"; orderId: string };

/** What concerns somebody's account. */
export type AccountNotice =
  | { kind: "welcome"; userId: string }
  | { kind: "verify_email"; userId: string }
  /** Goes to the address that is to be confirmed. */
  | { kind: "confirm_email_change"; userId: string }
  /** Goes to the former address. */
  | { kind: "email_changed"; userId: string; formerEmail: string }
  | { kind: "reset_password"; userId: string }
  | { kind: "password_changed"; userId: string }
  | { kind: "new_sign_in"; sessionId: string };

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

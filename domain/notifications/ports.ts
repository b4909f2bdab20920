/** Something that a person is to be told. It holds ids only: names, addresses and words are looked up when it is sent. */
export type Notice =
  | { kind: "verify_email"; userId: string }
  | { kind: "order_confirmation"; orderId: string }
  | { kind: "tutor_invitation"; invitationId: string }
  | { kind: "payment_processing"; orderId: string }
  | { kind: "payment_failed"; orderId: string }
  | { kind: "refund"; refundId: string }
  | { kind: "access_granted" | "access_ending" | "access_ended"; grantId: string }
  /** For those who run the shop. Sent once per key. */
  | { kind: "operator_alert"; key: string; subject: string; text: string };

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

import type { Parcel } from "../mailing/ports.ts";
import type { Notice, NoticeKind, NoticeOf, Topic } from "./ports.ts";

type Traits<Kind extends NoticeKind> = {
  /** What it is about. A kind is sent once per subject; a `recurring` one once per time that it is caused. */
  subject(notice: NoticeOf<Kind>): string;
  recurring?: true;
  /** To many at once: it waits for urgent mail and for the provider's limits. */
  bulk?: true;
  /** What to decline to be spared it; without a topic it cannot be declined. */
  topic?: Topic;
  /** Shown in the list within the shop too; links that open an account are not. */
  onBoard: boolean;
};

/** How each kind of notice travels. */
export const KINDS: { [Kind in NoticeKind]: Traits<Kind> } = {
  welcome: { subject: ({ userId }) => userId, onBoard: true },
  verify_email: { subject: ({ userId }) => userId, recurring: true, onBoard: false },
  confirm_email_change: { subject: ({ userId }) => userId, recurring: true, onBoard: false },
  email_changed: {
    subject: ({ userId, formerEmail }) => `${userId} ${formerEmail}`,
    recurring: true,
    onBoard: true,
  },
  reset_password: { subject: ({ userId }) => userId, recurring: true, onBoard: false },
  password_changed: { subject: ({ userId }) => userId, recurring: true, onBoard: true },
  new_sign_in: { subject: ({ sessionId }) => sessionId, onBoard: true },
  tutor_invitation: { subject: ({ invitationId }) => invitationId, recurring: true, onBoard: false },
  order_confirmation: { subject: ({ orderId }) => orderId, onBoard: true },
  payment_processing: { subject: ({ orderId }) => orderId, onBoard: true },
  payment_failed: { subject: ({ orderId }) => orderId, recurring: true, onBoard: true },
  refund: { subject: ({ refundId }) => refundId, onBoard: true },
  access_granted: { subject: ({ grantId }) => grantId, onBoard: true },
  access_ending: { subject: ({ grantId }) => grantId, onBoard: true },
  access_ended: { subject: ({ grantId }) => grantId, onBoard: true },
  course_update: {
    subject: ({ updateId, userId }) => `${updateId} ${userId}`,
    bulk: true,
    topic: "course_updates",
    onBoard: true,
  },
  tutor_digest: {
    subject: ({ tutorId, day }) => `${tutorId} ${day}`,
    bulk: true,
    topic: "tutor_digest",
    onBoard: true,
  },
  operator_alert: { subject: ({ key }) => key, onBoard: false },
};

/** The notice made ready for its way. */
export function parcelOf(notice: Notice): Parcel {
  const { subject, recurring = false, bulk = false } = KINDS[notice.kind];
  return {
    notice,
    subject: (subject as (notice: Notice) => string)(notice),
    isRecurring: recurring,
    isBulk: bulk,
  };
}

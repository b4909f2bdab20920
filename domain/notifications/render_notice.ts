import { INVITATION_SECONDS, LINK_SECONDS, type LinkPurpose, type Tokens } from "../accounts/ports.ts";
import type {
  Message,
  Notice,
  NoticeFacts,
  NoticeKind,
  NoticeOf,
  Person,
  Recipient,
  Saying,
} from "./ports.ts";

export type SayingDeps = {
  noticeFacts: NoticeFacts;
  tokens: Pick<Tokens, "issueLink">;
  /** The base URLs of this API and of the shop's pages, without a trailing slash. */
  publicUrl: string;
  frontendUrl: string;
  /** The operator's e-mail address. */
  operatorEmail: string;
};

const NO_ACCOUNT = { cancelled: "the account is gone" };
const NO_ORDER = { cancelled: "the order is gone" };

/** Renders a notice from current data. The result is cancelled if its cause has been undone. */
export function renderNotice(deps: SayingDeps, notice: Notice): Promise<Saying> {
  const render = RENDERERS[notice.kind] as (deps: SayingDeps, notice: Notice) => Promise<Saying>;
  return render(deps, notice);
}

const RENDERERS: {
  [Kind in NoticeKind]: (deps: SayingDeps, notice: NoticeOf<Kind>) => Promise<Saying>;
} = {
  async welcome({ noticeFacts, frontendUrl }, { userId }) {
    const to = await noticeFacts.person(userId);
    return to ? sayTo(to, { kind: "welcome", data: { coursesUrl: `${frontendUrl}/courses` } }) : NO_ACCOUNT;
  },

  async verify_email(deps, { userId }) {
    const to = await deps.noticeFacts.person(userId);
    if (!to) return NO_ACCOUNT;
    if (to.emailVerifiedAt) return { cancelled: "the address is verified already" };
    const url = await linkWithToken(deps, "verify_email", "verify-email", to);
    return sayTo(to, { kind: "verify_email", data: { url, validHours: LINK_SECONDS.verify_email / 3600 } });
  },

  async confirm_email_change(deps, { userId }) {
    const person = await deps.noticeFacts.person(userId);
    if (!person) return NO_ACCOUNT;
    if (!person.pendingEmail) return { cancelled: "the change of address was withdrawn" };
    const to = { ...person, email: person.pendingEmail, isProven: false };
    const url = await linkWithToken(deps, "change_email", "confirm-email", to);
    const validHours = LINK_SECONDS.change_email / 3600;
    return sayTo(to, { kind: "confirm_email_change", data: { url, newEmail: to.email, validHours } });
  },

  async email_changed({ noticeFacts, frontendUrl }, { userId, formerEmail }) {
    const person = await noticeFacts.person(userId);
    if (!person) return NO_ACCOUNT;
    // Sent to the former address: its owner must be told, no matter who changed it.
    return sayTo({ ...person, email: formerEmail, isProven: false }, {
      kind: "email_changed",
      data: { formerEmail, newEmail: masked(person.email), shopUrl: frontendUrl },
    });
  },

  async reset_password(deps, { userId }) {
    const to = await deps.noticeFacts.person(userId);
    if (!to) return NO_ACCOUNT;
    const url = await linkWithToken(deps, "reset_password", "reset-password", to);
    return sayTo(to, {
      kind: "reset_password",
      data: { url, validMinutes: LINK_SECONDS.reset_password / 60 },
    });
  },

  async choose_password(deps, { userId, isMerged }) {
    const to = await deps.noticeFacts.person(userId);
    if (!to) return NO_ACCOUNT;
    if (to.version > 1) return { cancelled: "a password has been chosen already" };
    const url = await linkWithToken(deps, "reset_password", "reset-password", to, INVITATION_SECONDS);
    const validDays = INVITATION_SECONDS / (24 * 3600);
    return sayTo(to, { kind: "choose_password", data: { url, validDays, isMerged } });
  },

  async password_changed({ noticeFacts, frontendUrl }, { userId }) {
    const to = await noticeFacts.person(userId);
    return to ? sayTo(to, { kind: "password_changed", data: { shopUrl: frontendUrl } }) : NO_ACCOUNT;
  },

  async new_sign_in({ noticeFacts, frontendUrl }, { sessionId }) {
    const session = await noticeFacts.session(sessionId);
    if (!session) return { cancelled: "the session has ended" };
    const { to, device, openedAt } = session;
    return sayTo(to, { kind: "new_sign_in", data: { device, at: openedAt, shopUrl: frontendUrl } });
  },

  async tutor_invitation({ noticeFacts, frontendUrl }, { invitationId }) {
    const invitation = await noticeFacts.invitation(invitationId);
    if (!invitation?.isOpen) return { cancelled: "the invitation is no longer open" };
    const { to, isOpen: _, ...data } = invitation;
    return sayTo(to, {
      kind: "tutor_invitation",
      data: { ...data, url: `${frontendUrl}/dashboard/creator` },
    });
  },

  async order_confirmation({ noticeFacts, frontendUrl }, { orderId }) {
    const order = await noticeFacts.order(orderId);
    if (!order) return NO_ORDER;
    if (order.state !== "paid" && order.state !== "partially_refunded") {
      return { cancelled: `the order is ${order.state}` };
    }
    const { to, lines, discount, tax, total } = order;
    const open = lines.filter(({ isOpen }) => isOpen);
    if (open.length === 0) return { cancelled: "nothing of the order can be watched" };
    const opened = open.map(({ title }) => title);
    const learnUrl = `${frontendUrl}/courses/${open[0]!.courseSlug}`;
    return sayTo(to, {
      kind: "order_confirmation",
      data: { orderId, lines, discount, tax, total, opened, learnUrl },
    });
  },

  async payment_processing({ noticeFacts }, { orderId }) {
    const order = await noticeFacts.order(orderId);
    if (!order) return NO_ORDER;
    if (order.state !== "processing") return { cancelled: `the order is ${order.state}` };
    const titles = order.lines.map(({ title }) => title);
    return sayTo(order.to, { kind: "payment_processing", data: { orderId, titles, total: order.total } });
  },

  async payment_failed({ noticeFacts, frontendUrl }, { orderId }) {
    const order = await noticeFacts.order(orderId);
    if (!order) return NO_ORDER;
    if (order.state !== "failed") return { cancelled: `the order is ${order.state}` };
    const titles = order.lines.map(({ title }) => title);
    const retryUrl = `${frontendUrl}/courses/${order.lines[0]!.courseSlug}`;
    return sayTo(order.to, {
      kind: "payment_failed",
      data: { orderId, titles, total: order.total, retryUrl },
    });
  },

  async refund({ noticeFacts }, { refundId }) {
    const refund = await noticeFacts.refund(refundId);
    if (!refund) return { cancelled: "the refund or its order is gone" };
    if (refund.isFailed) return { cancelled: "the refund failed" };
    const { to, isFailed: _, ...data } = refund;
    return sayTo(to, { kind: "refund", data });
  },

  async access_granted({ noticeFacts, frontendUrl }, { grantId }) {
    const grant = await noticeFacts.grant(grantId);
    if (!grant || grant.endedBy) return { cancelled: "the access has ended" };
    return sayTo(grant.to, {
      kind: "access_granted",
      data: {
        courseTitle: grant.courseTitle,
        until: grant.endsAt,
        courseUrl: `${frontendUrl}/courses/${grant.courseSlug}`,
      },
    });
  },

  async access_ending({ noticeFacts, frontendUrl }, { grantId }) {
    const grant = await noticeFacts.grant(grantId);
    if (!grant?.endsAt || !grant.hasAccess) return { cancelled: "the access has ended" };
    if (grant.isOutlasted) return { cancelled: "another grant lasts longer" };
    return sayTo(grant.to, {
      kind: "access_ending",
      data: {
        courseTitle: grant.courseTitle,
        until: grant.endsAt,
        courseUrl: `${frontendUrl}/courses/${grant.courseSlug}`,
      },
    });
  },

  async access_ended({ noticeFacts, frontendUrl }, { grantId }) {
    const grant = await noticeFacts.grant(grantId);
    if (!grant) return { cancelled: "the grant is gone" };
    if (grant.hasAccess) return { cancelled: "there is access again" };
    return sayTo(grant.to, {
      kind: "access_ended",
      data: {
        courseTitle: grant.courseTitle,
        why: grant.endedBy ?? "expired",
        courseUrl: `${frontendUrl}/courses/${grant.courseSlug}`,
      },
    });
  },

  async course_update({ noticeFacts, frontendUrl }, { updateId, userId }) {
    const update = await noticeFacts.update(updateId, userId);
    if (!update) return { cancelled: "the update or the access to its course is gone" };
    const { to, courseSlug, ...words } = update;
    return sayTo(to, {
      kind: "course_update",
      data: { ...words, courseUrl: `${frontendUrl}/courses/${courseSlug}` },
    });
  },

  async tutor_digest({ noticeFacts, frontendUrl }, { tutorId, day }) {
    const digest = await noticeFacts.digest(tutorId, day);
    if (!digest) return { cancelled: "nothing happened on that day" };
    const { to, sales } = digest;
    const comments = to.isProven ? digest.comments : []; // an unverified address gets no texts by others
    return sayTo(to, {
      kind: "tutor_digest",
      data: { day, sales, comments, dashboardUrl: `${frontendUrl}/dashboard` },
    });
  },

  operator_alert({ operatorEmail }, { subject, text }) {
    const to: Recipient = { userId: null, email: operatorEmail, name: "", language: "en", isProven: true };
    return Promise.resolve(sayTo(to, { kind: "operator_alert", data: { subject, text } }));
  },
};

const sayTo = (to: Recipient, message: Message): Saying => ({ to, message });

/** Returns a link that proves that the person who follows it reads the mailbox. */
async function linkWithToken(
  { tokens, publicUrl }: SayingDeps,
  purpose: LinkPurpose,
  path: string,
  { userId, email, version }: Person,
  seconds?: number,
): Promise<string> {
  const token = await tokens.issueLink(purpose, { userId, email, version }, seconds);
  return `${publicUrl}/api/auth/${path}/?token=${token}`;
}

/** Masks an address so that its owner recognises it, but readers of another mailbox do not. */
function masked(email: string): string {
  const [local, domain] = email.split("@");
  return `${local![0]}***@${domain}`;
}

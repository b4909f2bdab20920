import type { OrderState } from "../../../domain/checkout/ports.ts";
import type { NoticeFacts } from "../../../domain/notifications/ports.ts";
import { sum } from "../../../domain/money.ts";
import { grantIsActive, hasActiveGrant, type Queries, uuidOrNull } from "../queries.ts";
import { linePaid, orderTotal } from "../orders/amounts.ts";
import { fullName, recipient, type RecipientRow, stranger, toRecipient } from "./recipients.ts";
import { postgresTutorDigests } from "./tutor_digests.ts";

/** Returns the data for notices, in PostgreSQL. Takes one query per notice, two per digest. */
export function postgresNoticeFacts(sql: Queries): NoticeFacts {
  return {
    ...postgresTutorDigests(sql),

    async person(userId) {
      const [row] = await sql<
        (RecipientRow & { emailVerifiedAt: Date | null; pendingEmail: string | null; version: number })[]
      >`
        select ${recipient(sql)}, u.email_verified_at as "emailVerifiedAt", u.pending_email as "pendingEmail",
          u.credentials_version as version
        from users u where u.id = ${userId} and u.deactivated_at is null and u.erased_at is null`;
      return row ?? null;
    },

    async order(orderId) {
      const rows = await sql<
        (Partial<RecipientRow> & {
          studentEmail: string;
          state: OrderState;
          currency: string;
          total: bigint;
          title: string;
          courseSlug: string;
          amount: bigint;
          discount: bigint;
          isOpen: boolean;
        })[]
      >`
        select ${recipient(sql)}, o.student_email as "studentEmail", o.state, o.currency,
          ${orderTotal(sql)} as total, l.title, l.course_slug as "courseSlug", l.amount,
          l.discount_amount as discount,
          l.no_grant_reason is null and not exists (
            select from grants g
            where g.order_line_id = l.id
              and (coalesce(g.payment_hold <> 'disputed', false) or g.revoked_at is not null)
          ) as "isOpen"
        from orders o
        join order_lines l on l.order_id = o.id
        left join users u on u.id = o.student_id and u.erased_at is null
        where o.id = ${uuidOrNull(orderId)}
        order by l.position`;
      const [first] = rows;
      if (!first) return null;
      const { currency } = first;
      const money = (amount: bigint) => ({ amount, currency });
      const subtotal = sum(rows.map(({ amount }) => amount));
      const discount = sum(rows.map(({ discount }) => discount));
      return {
        to: first.userId ? toRecipient(first as RecipientRow) : stranger(first.studentEmail),
        state: first.state,
        lines: rows.map(({ title, courseSlug, amount, isOpen }) => ({
          title,
          courseSlug,
          price: money(amount),
          isOpen,
        })),
        discount: money(discount),
        tax: money(first.total - (subtotal - discount)),
        total: money(first.total),
      };
    },

    async refund(refundId) {
      const [row] = await sql<
        (Partial<RecipientRow> & {
          studentEmail: string;
          orderId: string;
          status: string;
          amount: bigint;
          currency: string;
          titles: string[];
          ended: string[];
        })[]
      >`
        select ${recipient(sql)}, o.student_email as "studentEmail", o.id as "orderId",
          r.status, r.amount, r.currency, about.titles, about.ended
        from refunds r
        join orders o on o.id = r.order_id
        left join users u on u.id = o.student_id and u.erased_at is null
        cross join lateral (
          select
            coalesce(
              array_agg(line.title order by line.position) filter (where line."isMeant" and line.paid > 0),
              array_agg(line.title order by line.position), '{}'
            ) as titles,
            coalesce(
              array_agg(line.title order by line.position) filter (
                where (line."isMeant" or line.paid = 0) and line.hold = 'refunded'
              ), '{}'
            ) as ended
          from (
            select l.title, l.position, ${linePaid(sql)} as paid,
              (select g.payment_hold from grants g where g.order_line_id = l.id) as hold,
              case when exists (select from refund_lines f where f.refund_id = r.id)
                then exists (select from refund_lines f where f.refund_id = r.id and f.order_line_id = l.id)
                else not exists (
                  select from refunds b join refund_lines f on f.refund_id = b.id
                  where f.order_line_id = l.id and b.status in ('requires_action', 'pending', 'succeeded')
                    and (b.created_at, b.id) < (r.created_at, r.id)
                )
              end as "isMeant"
            from order_lines l where l.order_id = o.id
          ) line
        ) about
        where r.id = ${uuidOrNull(refundId)}`;
      if (!row) return null;
      const { status, amount, currency, orderId, titles, ended } = row;
      return {
        to: row.userId ? toRecipient(row as RecipientRow) : stranger(row.studentEmail),
        orderId,
        isFailed: status === "failed" || status === "canceled",
        titles,
        amount: { amount, currency },
        ended,
      };
    },

    async grant(grantId) {
      const [row] = await sql<
        (RecipientRow & {
          courseTitle: string;
          courseSlug: string;
          endsAt: Date | null;
          endedBy: "revoked" | "refunded" | "disputed" | null;
          hasAccess: boolean;
          isOutlasted: boolean;
        })[]
      >`
        select ${recipient(sql)}, c.title as "courseTitle", c.slug as "courseSlug", given.ends_at as "endsAt",
          case
            when given.payment_hold = 'refunded' then 'refunded'
            when given.payment_hold is not null then 'disputed'
            when given.revoked_at is not null then 'revoked'
          end as "endedBy",
          ${hasActiveGrant(sql, sql`given.course_id`, sql`given.student_id`)} as "hasAccess",
          exists (
            select from grants g
            where g.student_id = given.student_id and g.course_id = given.course_id and g.id <> given.id
              and ${grantIsActive(sql)} and (g.ends_at is null or g.ends_at > given.ends_at)
          ) as "isOutlasted"
        from grants given join users u on u.id = given.student_id join courses c on c.id = given.course_id
        where given.id = ${uuidOrNull(grantId)}`;
      if (!row) return null;
      const { courseTitle, courseSlug, endsAt, endedBy, hasAccess, isOutlasted } = row;
      return { to: toRecipient(row), courseTitle, courseSlug, endsAt, endedBy, hasAccess, isOutlasted };
    },

    async invitation(invitationId) {
      const [row] = await sql<
        (Partial<RecipientRow> & {
          address: string;
          isOpen: boolean;
          courseTitle: string;
          invitedBy: string;
          sharePercent: number;
        })[]
      >`
        select ${recipient(sql)}, i.email as address, i.state = 'open' as "isOpen", c.title as "courseTitle",
          ${fullName(sql)} as "invitedBy", i.share_percent as "sharePercent"
        from tutor_invitations i
        join courses c on c.id = i.course_id
        join users a on a.id = i.invited_by
        left join users u on u.email = i.email
        where i.id = ${uuidOrNull(invitationId)}`;
      if (!row) return null;
      const { address, isOpen, courseTitle, invitedBy, sharePercent } = row;
      const to = row.userId ? toRecipient(row as RecipientRow) : stranger(address);
      return { to, isOpen, courseTitle, invitedBy, sharePercent };
    },

    async session(sessionId) {
      const [row] = await sql<(RecipientRow & { device: string; openedAt: Date })[]>`
        select ${recipient(sql)}, s.device, s.created_at as "openedAt"
        from sessions s join users u on u.id = s.user_id
        where s.id = ${uuidOrNull(sessionId)} and s.revoked_at is null and u.deactivated_at is null`;
      return row ? { to: toRecipient(row), device: row.device, openedAt: row.openedAt } : null;
    },

    async update(updateId, userId) {
      const [row] = await sql<
        (RecipientRow & {
          courseTitle: string;
          courseSlug: string;
          author: string;
          title: string;
          text: string;
        })[]
      >`
        select ${recipient(sql)}, c.title as "courseTitle", c.slug as "courseSlug", n.title, n.body as text,
          coalesce((select ${fullName(sql)} from users a where a.id = n.author_id), '') as author
        from course_updates n join courses c on c.id = n.course_id join users u on u.id = ${userId}
        where n.id = ${uuidOrNull(updateId)} and ${hasActiveGrant(sql, sql`n.course_id`, userId)}`;
      if (!row) return null;
      const { courseTitle, courseSlug, author, title, text } = row;
      return { to: toRecipient(row), courseTitle, courseSlug, author, title, text };
    },
  };
}

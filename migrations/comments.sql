-- What tables, columns, constraints and indexes are for, where their names do not say it. schema.sql carries these. Applied as
-- a whole whenever it changes; a comment that is taken out of this file is taken off the database.

do $$
declare
  target text;
begin
  for target in
    select case when d.objsubid = 0 then format('table %s', c.oid::regclass)
      else format('column %s.%I', c.oid::regclass, a.attname) end
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    union all
    select format('index %s', c.oid::regclass)
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'i'
    union all
    select format('constraint %I on %s', k.conname, k.conrelid::regclass)
    from pg_description d join pg_constraint k on k.oid = d.objoid and d.classoid = 'pg_constraint'::regclass
    where k.connamespace = 'public'::regnamespace and k.conrelid <> 0
  loop
    execute format('comment on %s is null', target);
  end loop;
end $$;

-- People

comment on table users is 'Accounts of students, tutors and administrators.';
comment on column users.role is '1 admin, 2 tutor, 3 student, 4 user.';
comment on column users.deactivated_at is 'Since when the account may not sign in, refresh or watch.';
comment on column users.erased_at is
  'When personal data was erased. The row stays for the id in the rows of money and audit.';
comment on column users.credentials_version is
  'Counts the passwords of the account. A mailed link holds it, so that a link from before a new password is void.';
comment on column users.pending_email is 'Becomes email once it is confirmed.';
comment on column users.avatar_key is 'The key of the picture in the bucket.';
comment on column users.publishes_email is 'Whether the public profile shows the email.';

comment on table sessions is 'Sign-ins, one row for each; refreshing tokens keeps the row.';
comment on column sessions.device is 'A name that people recognise, such as "Firefox on Linux".';
comment on column sessions.address is 'The IP address from which the sign-in was made.';

comment on table onboarding_answers is 'What students answered when they joined, one row per student.';

comment on table rate_limits is
  'Counters of attempts, as rate-limiter-flexible keeps them, under hashed keys. '
  'The table is unlogged, because losing it costs little and writing it costs much.';
comment on column rate_limits.expire is 'Milliseconds since 1970.';

comment on table universities is 'Universities that students name in their profiles and answers.';
comment on column universities.logo_key is 'The key of the picture in the bucket.';

-- The catalogue

comment on table categories is 'Categories of courses.';
comment on column categories.course_count is 'The number of courses on sale in it; a trigger keeps it.';

comment on table courses is 'Courses. One is on sale while it is published and not archived.';
comment on column courses.slug is 'Its part of the URL. Never changes, whatever the title becomes.';
comment on column courses.price_amount is 'In minor units of price_currency.';
comment on column courses.price_thousandths is
  'The price in thousandths of the major unit, which all currencies have in common. A price filter compares it.';
comment on column courses.thumbnail_key is 'The key of the picture in the bucket.';
comment on column courses.rating_sum is 'Stars of all visible reviews together; a trigger keeps it.';
comment on column courses.rating_count is 'The number of visible reviews; a trigger keeps it.';
comment on column courses.rating is 'The mean of all visible reviews; 0 when there are none.';
comment on column courses.student_count is 'The number of enrollments; a trigger keeps it.';
comment on column courses.archived_at is
  'Since when the course is neither sold nor listed. Those who bought it keep it.';
comment on column courses.access_days is 'How long a purchase gives access; null: for good.';
comment on column courses.copied_from is
  'The course of which this one is a draft. A tutor who leaves that one leaves this one too.';
comment on index courses_filters is 'Lets a filtered list count itself from the index alone.';
comment on index courses_newest is
  'One of the orders of the list of courses, as the indexes by price, rating and students are. '
  'Ids break ties, so that a cursor can tell where it stands.';

comment on table course_prices is
  'What a course costs in currencies other than its own (courses.price_currency).';
comment on column course_prices.amount is 'In minor units.';

comment on table course_tutors is 'Who teaches a course. The first by position owns it.';

comment on table course_parts is 'Parts of a course; lessons belong to parts.';

comment on table lessons is 'Lessons. Each has at most one video, and any number of attachments.';
comment on column lessons.duration_seconds is 'What the tutor wrote. The length of the video comes before it.';
comment on column lessons.is_free_preview is 'Whether anybody may watch it while its course is published.';
comment on column lessons.video_id is 'The id at the video service, as in videos.';
comment on index lessons_title_slug is
  'Finds a lesson by the slug that the frontend makes of its title. Many lessons may be called Introduction: '
  'the few that count are read from the index in their order.';
comment on function title_slug(text) is
  'Returns the slug that the frontend makes of a title for its links, no longer than a slug may be.';
comment on function in_thousandths(bigint, text) is
  'Returns an amount in minor units as thousandths of the major unit. '
  'Most currencies have two decimals; those listed have none or three, as in domain/money.ts.';

comment on table catalogue_size is 'One row with the number of courses on sale; a trigger keeps it.';

comment on table course_summaries is
  'What follows from the parts, lessons, tutors and words of a course, so that lists and searches need not read them. '
  'Triggers keep it.';
comment on column course_summaries.duration_seconds is 'Of the lessons whose duration is known.';
comment on column course_summaries.document is
  'What a course on sale can be found by. Empty for the others, for nobody searches them.';
comment on column course_summaries.popularity is
  'The power of two that the number of students has reached. A search can put what many took first without reading '
  'courses, and a purchase seldom writes here.';

comment on table search_words is
  'Every word that some course on sale has. What was mistyped is searched for by the words nearest to it.';

comment on table tutor_invitations is 'Who was invited to teach a course with others, and what became of it.';
comment on column tutor_invitations.share_percent is 'The share of the earnings that is offered.';

-- Money

comment on table earning_shares is
  'Whose share of the earnings of a course is how large, from when to when. A sale belongs to those who had a share when it '
  'was made. A course without rows here belongs to its first tutor. Ids have no foreign keys, as in all tables of money.';
comment on column earning_shares.offset_percent is
  'The shares before this one together. Amounts are cut at these marks, so that no part of a cent is lost or made.';

comment on table orders is
  'What somebody set out to buy. Tables of money keep ids of people and courses without foreign keys, for a payment outlives '
  'both.';
comment on column orders.subtotal_amount is 'In minor units, before discounts and tax.';
comment on column orders.total_amount is 'The former name of subtotal_amount, kept for the release before.';
comment on column orders.attempt is 'Counts the payment pages; each has its own idempotency key at Stripe.';
comment on column orders.session_id is 'The present payment page, a Stripe Checkout session.';
comment on column orders.abandoned_at is
  'When the shop or the student gave the order up, while its page could still be paid.';
comment on column orders.checked_at is 'When Stripe was last asked about it outside of events.';
comment on column orders.receipt_number is
  'Receipts are numbered without gaps, in the order in which orders were paid.';
comment on column orders.paid_at is 'The moment of the sale. No paid order is without one.';
comment on column orders.is_needless is 'Whether the shop gave it up because its need was met or over.';
comment on column orders.page_closed_at is 'Since when it is known that its last page can no longer be paid.';

comment on table order_lines is
  'One course of an order, as it was when it was ordered. A line repeats the state of its order, kept equal by the foreign '
  'key, so that an index can see which courses are being bought.';
comment on column order_lines.amount is
  'In minor units of the order''s currency, as all amounts of a line, before the discount.';
comment on column order_lines.access_days is 'As courses.access_days was.';
comment on column order_lines.no_grant_reason is 'Why a paid line has no grant.';
comment on column order_lines.paid_amount is
  'What was charged for the line, with its share of the tax. Null before it is worked out: amount - discount_amount. '
  'What is left of it is paid_amount - refunded_amount.';
comment on column order_lines.sold_lessons is
  'How many lessons the course had when it was paid. A refund to the student is judged by no less than that, whatever its '
  'tutors change afterwards.';
comment on column order_lines.sold_seconds is
  'How long those lessons were together. Lessons of unknown length count as long as the others.';
comment on index order_lines_one_page_per_student_and_course is
  'A student has one page per course that can be paid. Money under way is a fact, of which there may be two.';
comment on index order_lines_not_paid is 'Few of many: what a check of all invariants begins with.';
comment on index orders_refunded is 'Few of many: what a check of all invariants begins with.';

comment on table payments is 'What came of paying an order, as the API shows it; one row per order.';
comment on column payments.status is '1 pending, 2 completed, -1 failed, -2 refunded.';
comment on column payments.reason is
  '1 recipient not found, 2 debit error, 3 transaction error, 4 cancelled by timeout, 5 refund, 10 unknown.';
comment on column payments.amount is
  'What is to be paid, after discounts and before tax. In minor units, as all amounts here.';
comment on column payments.paid_amount is 'What was charged.';
comment on column payments.review_reason is
  'Why a person must look at this payment; null when nothing is wrong. It is derived from facts and stays.';
comment on column payments.reviewed_reason is
  'The review_reason that somebody has looked at. A new one opens the review again.';
comment on column payments.decline_code is 'Why the last attempt was declined.';

comment on table payment_sessions is
  'What Stripe says of each payment page of an order. These are facts, from which the state of the order and its access '
  'follow.';
comment on column payment_sessions.payment_intent_id is 'Null when nothing had to be paid.';
comment on column payment_sessions.mismatch is 'Why this cannot be a payment of the order; null when it fits.';
comment on column payment_sessions.subtotal_amount is 'In minor units, before discounts and tax.';
comment on column payment_sessions.total_amount is 'What was charged.';

comment on table refunds is
  'Every refund, whether the shop asked for it or it was made at Stripe. Its status goes from requested to submitted, and '
  'then to what Stripe says of it.';
comment on column refunds.stripe_refund_id is 'Null until Stripe has accepted it.';
comment on column refunds.order_id is 'Null until the payment is known.';
comment on column refunds.amount is 'In minor units.';
comment on column refunds.request_key is 'Asking twice with one key is asking once.';

comment on table refund_lines is
  'Which lines a refund is for. A refund without any counts against the whole order.';

comment on table disputes is 'Payments that a bank disputes for its customer.';
comment on column disputes.id is 'The id at Stripe.';
comment on column disputes.order_id is 'Null until the payment is known.';
comment on column disputes.status is 'As Stripe says it. Unknown ones are kept too.';
comment on column disputes.observed_at is
  'When Stripe was asked. What was seen earlier never replaces what was seen later.';

comment on table receipt_numbers is
  'One row with the last number given to a receipt. The number is taken in the transaction that settles the order, so the '
  'next settlement waits for this row, and a number goes back when that transaction fails.';
comment on column receipt_numbers.dated_from is
  'From this number on, the dates of receipts follow their numbers; null: from the first.';
comment on column receipt_numbers.last_at is 'The moment of the last receipt. The next one is never earlier.';

comment on table webhook_events is 'Events that Stripe sent, each with what came of it.';
comment on column webhook_events.attempts is 'The number of attempts that failed.';

comment on table reconciled_lists is
  'How far the reconciliation has read each of Stripe''s lists, so that a run that is cut short can be continued.';
comment on column reconciled_lists.read_to is 'The last id that was taken; null: the list was read to its end.';

comment on table order_changes is
  'Orders to check again, so that the recurring check of the invariants need not read all of them. Triggers leave an order '
  'here when a row changes that an invariant is about. One that is broken stays until it is whole.';
comment on column order_changes.changed_in is
  'The transaction. Each has rows of its own, so that none waits for another.';

comment on table invariant_checks is
  'What the last check of the invariants found, so that metrics need no check of their own.';

comment on table keyed_requests is
  'What requests with an idempotency key led to. Kept for good: the same request always gets the same answer.';
comment on column keyed_requests.target is 'What the request was for, as its path names it.';
comment on column keyed_requests.content_digest is
  'SHA-256 of the request. Null for requests from before this table, where it is not known.';
comment on column keyed_requests.answer_id is 'The id of the result. Null until the transaction that makes it commits.';

comment on table promotions is 'Promotion codes.';
comment on column promotions.percent is 'Null: an amount per currency, in promotion_amounts.';
comment on column promotions.ended_by is
  'Who ended it by hand. Null while it is active, and when it ended with the powers of its creator.';

comment on table promotion_amounts is 'What a promotion takes off in each currency, and from which price on.';
comment on column promotion_amounts.amount_off is 'In minor units; null where the promotion is a percentage.';
comment on column promotion_amounts.minimum_amount is
  'What the courses must cost together, before the discount, in minor units.';

comment on table promotion_courses is
  'The courses that a promotion is for; none: every course. Ids have no foreign key to courses, so that a code for one '
  'course does not become a code for every course when that course is deleted.';

comment on table promotion_redemptions is
  'Uses of promotions, one per order. A use counts until it is released: when its order has ended unpaid, and its page is '
  'closed.';
comment on column promotion_redemptions.redeemed_at is
  'Of two uses that exceed a limit by one, the later gives way.';

-- Access

comment on table grants is
  'Who may watch which course, from when to when, and why. A paid order line has exactly one grant; an administrator gives '
  'others. One rule decides whether a grant gives access at a moment: GRANT_IS_ACTIVE.';
comment on column grants.payment_hold is
  'What the payment says, besides what administrators decide. disputed suspends the grant; refunded and dispute_lost end it. '
  'duplicate: something else already gives the course, and the money is being paid back.';
comment on column grants.granted_by is 'The administrator; null when a purchase gave it.';
comment on column grants.end_announced_at is 'When the student was told that it will end.';
comment on column grants.ended_announced_at is 'When the student was told that it has ended.';
comment on column grants.suspended_at is 'Since when the account is deactivated; null while it is not.';
comment on constraint grants_one_standing_purchase on grants is
  'A student has one purchase of a course in force. Checked at commit, for one may take the place of another. Grants that '
  'end with time are left to the rule, for an index knows no time.';

comment on table enrollments is 'Who has ever taken which course. What they may watch now, grants say.';

-- Videos and files

comment on table videos is 'Videos at the video service, and who brought them.';
comment on column videos.id is 'The id at the video service.';
comment on column videos.uploader_id is 'Who asked for the upload, and may use the video in lessons.';
comment on column videos.course_id is 'The course that the upload was for, where that was said.';
comment on column videos.source_url is 'Where an import came from.';
comment on column videos.unused_since is 'When a sweep first found it in no lesson.';
comment on column videos.checked_at is 'When the video service was last asked about it.';

comment on table playback_rules is
  'Where the videos of a course may be embedded and watched. A course without a row has no such rule.';
comment on column playback_rules.embed_hosts is 'Empty: anywhere.';
comment on column playback_rules.countries is 'ISO 3166-1 alpha-2.';

comment on table playback_sessions is
  'Watching one lesson, from its ticket to its last heartbeat. While the lease runs, it counts as a stream of the viewer.';
comment on column playback_sessions.sign_in_id is 'The sign-in of the viewer, which is what counts as one device.';
comment on column playback_sessions.address is 'The IP address.';

comment on table playback_log is 'Requests to watch a lesson, and what came of each.';
comment on column playback_log.address is 'The IP address.';
comment on column playback_log.session_id is 'The row of playback_sessions, where there was one.';

comment on table lesson_attachments is 'Files that belong to lessons.';
comment on column lesson_attachments.key is 'The key in the bucket.';
comment on column lesson_attachments.name is 'The name under which it is downloaded.';
comment on column lesson_attachments.size is 'Bytes.';

comment on table file_uploads is
  'What somebody may upload directly into the bucket, until the upload is confirmed or lapses.';
comment on column file_uploads.refused_etag is
  'The entity tag of an upload that was refused. It is not read again until something else is uploaded in its place.';
comment on column file_uploads.refusal is 'Why it was refused.';

comment on table attachment_links is 'Who was given a link to which attachment.';
comment on column attachment_links.viewer_id is 'Null: not signed in, at a free preview.';
comment on column attachment_links.address is 'The IP address.';

-- Learning

comment on table lesson_progress is 'How far a student has come in a lesson.';

comment on table removed_lesson_progress is
  'What students watched of lessons that were removed since. Refunds and disputes are judged by all that was watched of a '
  'course.';
comment on column removed_lesson_progress.duration_seconds is 'Of the lesson; null when it is not known.';

comment on table comments is 'Comments on lessons, and replies to them.';
comment on column comments.parent_id is 'The comment that a reply is to. Replies have no replies.';
comment on column comments.hidden_at is 'When a moderator hid it.';
comment on column comments.deleted_at is 'When its author deleted it; its content is gone.';
comment on index comments_of_lesson is
  'Finds replies by their lesson too: when the comments of a course are counted, and when a lesson is removed.';

comment on table reviews is 'What students think of a course, one per student and course.';
comment on column reviews.hidden_at is 'When an administrator hid it. It no longer counts.';

-- Mail and notices

comment on table mails is 'Mails on their way and sent, one row per cause.';
comment on column mails.id is 'Makes the Message-ID.';
comment on column mails.subject is
  'What the mail is about, such as the order. A kind is sent once per subject and occasion.';
comment on column mails.occasion is
  'Tells apart mails that may be sent again about the same thing, such as those about a new password.';
comment on column mails.state is
  'unconfirmed: handed over without an answer, so it may have arrived.';
comment on column mails.reason is 'Of the last failure, or why it was cancelled.';
comment on column mails.recipient is 'The email address, once it is known.';
comment on column mails.due_at is
  'While queued: not before this moment. While sending: when whoever sends it is given up.';
comment on column mails.handed_over_at is
  'The last moment at which it surely had not arrived; null when it surely has not.';
comment on column mails.unanswered is 'The number of attempts that followed a hand-over without an answer.';
comment on column mails.dated_at is 'Its Date, the same in every attempt; null before the first.';
comment on column mails.lane is
  'Which mails go first: 0 before 4. Each lane leaves some of a day''s limit to those before it.';
comment on column mails.is_bulk is 'Whether it is mail to many, whose pace is limited.';

comment on index mails_recipient is 'Counts what an address was mailed lately.';

comment on table mail_event_tokens is
  'Events that mail providers signed. Each counts once, by its token and what it said.';
comment on column mail_event_tokens.said is 'A digest of the body.';

comment on table mail_suppressions is 'Email addresses that bounced or complained. Nothing is mailed to them.';

comment on table declined_topics is 'What people do not want to hear about. A topic without a row is wanted.';

comment on table notices is 'Notices shown within the shop.';
comment on column notices.mail_id is 'The mail that says the same.';

comment on table course_updates is 'News that tutors send to the students of a course.';
comment on column course_updates.mailed_up_to is
  'The last student, in order of id, whose mail is in the outbox.';
comment on column course_updates.mailed_at is 'When the mails of all students were.';

-- Operations

comment on table audit_log is
  'Who did what to whom. Rows are only ever added. Ids have no foreign keys, because the log outlives what it is about.';
comment on column audit_log.actor_id is 'Null: the shop itself.';
comment on column audit_log.action is 'Such as user.deactivate, grant.revoke, order.refund.';

comment on table operator_alerts is 'What the operator was told, once per key.';

comment on table schema_migrations is 'The numbered files of migrations/ that were applied.';
comment on table schema_scripts is
  'Every version of the files of functions and comments that was applied. The latest of each is in force.';

-- Describes tables, columns, constraints and indexes whose names do not say enough. schema.sql includes these
-- comments. The whole file is applied whenever it changes; a comment removed from this file is removed from the
-- database.

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
comment on column users.deactivated_at is 'Since when the account may not sign in, refresh tokens or watch.';
comment on column users.erased_at is
  'When personal data was erased. The row stays, because money tables and the audit log hold its id.';
comment on column users.credentials_version is
  'Counts the password changes of the account. Mailed links contain it, so that a new password voids older links.';
comment on column users.pending_email is 'Becomes email once it is confirmed.';
comment on column users.avatar_key is 'The key of the picture in the bucket.';
comment on column users.publishes_email is 'Whether the public profile shows the email.';

comment on table sessions is 'Sign-ins, one row each. Refreshing tokens keeps the row.';
comment on column sessions.device is 'A name that the user recognises, such as "Firefox on Linux".';
comment on column sessions.address is 'The IP address from which the sign-in was made.';

comment on table onboarding_answers is 'Students'' answers to the onboarding questions, one row per student.';

comment on table rate_limits is
  'Counters of attempts, as rate-limiter-flexible keeps them, under hashed keys. '
  'The table is unlogged, because losing it does little harm and logging it would be expensive.';
comment on column rate_limits.expire is 'Milliseconds since 1970.';

comment on table universities is 'Universities that students name in their profiles and answers.';
comment on column universities.logo_key is 'The key of the picture in the bucket.';

-- The catalogue

comment on table categories is 'Categories of courses.';
comment on column categories.course_count is 'The number of courses on sale in it, maintained by a trigger.';

comment on table courses is 'Courses. One is on sale while it is published and not archived.';
comment on column courses.slug is 'Identifies the course in URLs. Never changes, even if the title does.';
comment on column courses.price_amount is 'In minor units of price_currency.';
comment on column courses.price_thousandths is
  'The price in thousandths of the major unit, a scale common to all currencies. Price filters compare it.';
comment on column courses.thumbnail_key is 'The key of the picture in the bucket.';
comment on column courses.rating_sum is 'The sum of the stars of all visible reviews, maintained by a trigger.';
comment on column courses.rating_count is 'The number of visible reviews, maintained by a trigger.';
comment on column courses.rating is 'The mean of all visible reviews; 0 if there are none.';
comment on column courses.student_count is 'The number of enrollments, maintained by a trigger.';
comment on column courses.archived_at is
  'Since when the course is neither sold nor listed. Students who bought it keep it.';
comment on column courses.access_days is 'For how many days a purchase gives access; null: for good.';
comment on column courses.copied_from is
  'The course that this one was copied from as a draft. A tutor who leaves that course leaves this one too.';
comment on index courses_filters is 'Lets a filtered list be counted from the index alone.';
comment on index courses_newest is
  'One of the sort orders of the list of courses, like the indexes by price, rating and students. '
  'Ids break ties, so that a cursor has a unique position.';

comment on table course_prices is
  'Prices of a course in currencies other than its own (courses.price_currency).';
comment on column course_prices.amount is 'In minor units.';

comment on table course_tutors is 'Who teaches a course. The first by position owns it.';

comment on table course_parts is 'Parts of a course; lessons belong to parts.';

comment on table lessons is 'Lessons. Each has at most one video, and any number of attachments.';
comment on column lessons.duration_seconds is
  'The duration that the tutor entered. The length of the video takes precedence.';
comment on column lessons.is_free_preview is 'Whether anybody may watch it while its course is published.';
comment on column lessons.video_id is 'The id at the video service, as in videos.';
comment on index lessons_title_slug is
  'Finds a lesson by the slug that the frontend derives from its title. Many lessons may be called Introduction: the few '
  'that are needed are read from the index in order.';
comment on function title_slug(text) is
  'Returns the slug that the frontend derives from a title for its links, cut to the maximum length of a slug.';
comment on function in_thousandths(bigint, text) is
  'Returns an amount in minor units as thousandths of the major unit. '
  'Most currencies have two decimals; those listed have none or three, as in domain/money.ts.';

comment on table catalogue_size is 'One row with the number of courses on sale, maintained by a trigger.';

comment on table course_summaries is
  'Data derived from the parts, lessons, tutors and texts of a course, so that lists and searches need not read them. '
  'Maintained by triggers.';
comment on column course_summaries.duration_seconds is 'The sum over lessons whose duration is known.';
comment on column course_summaries.document is
  'The search document of a course on sale. Empty for other courses, which are not searched.';
comment on column course_summaries.popularity is
  'The power of two that the number of students has reached. Lets a search rank popular courses first without reading '
  'courses, while a purchase rarely writes here.';

comment on table search_words is
  'Every word that occurs in a course on sale. A mistyped word is searched for by the words most similar to it.';

comment on table tutor_invitations is 'Invitations to teach a course with others, and their outcome.';
comment on column tutor_invitations.share_percent is 'The offered share of the earnings.';

-- Money

comment on table earning_shares is
  'Tutors'' shares of the earnings of a course over time. A sale is split among those who had a share when it was made. '
  'A course without rows here belongs to its first tutor. Ids have no foreign keys, as in all money tables.';
comment on column earning_shares.offset_percent is
  'The sum of the shares before this one. Amounts are split at these offsets, so that no fraction of a cent is lost or '
  'created.';

comment on table orders is
  'Purchases, whether paid or not. Money tables have ids of people and courses without foreign keys, because a payment '
  'outlives both.';
comment on column orders.subtotal_amount is 'In minor units, before discounts and tax.';
comment on column orders.total_amount is 'The former name of subtotal_amount, kept for the previous release.';
comment on column orders.attempt is 'Counts the payment pages; each has its own idempotency key at Stripe.';
comment on column orders.session_id is 'The current payment page, a Stripe Checkout session.';
comment on column orders.abandoned_at is
  'When the shop or the student abandoned the order while its page could still be paid.';
comment on column orders.checked_at is 'When Stripe was last asked about it outside of events.';
comment on column orders.receipt_number is
  'Receipts are numbered without gaps, in the order of payment.';
comment on column orders.paid_at is 'The time of the sale. Every paid order has one.';
comment on column orders.is_needless is
  'Whether the shop abandoned the order because the student no longer needs it or can no longer buy it.';
comment on column orders.page_closed_at is 'When its last page was known to be closed, so that it can no longer be paid.';

comment on table order_lines is
  'One course of an order, as it was when it was ordered. A line repeats the state of its order, kept equal by the '
  'foreign key, so that an index can cover the courses that are being bought.';
comment on column order_lines.amount is
  'Before the discount. In minor units of the order''s currency, like all amounts of a line.';
comment on column order_lines.access_days is 'The value of courses.access_days when it was ordered.';
comment on column order_lines.no_grant_reason is 'Why a paid line has no grant.';
comment on column order_lines.paid_amount is
  'The amount charged for the line, with its share of the tax. Until it is computed it is null and amount - '
  'discount_amount is used. The remaining amount is paid_amount - refunded_amount.';
comment on column order_lines.sold_lessons is
  'The number of lessons that the course had when it was paid. A refund by the student is judged by at least that many, '
  'whatever the tutors change later.';
comment on column order_lines.sold_seconds is
  'The total length of those lessons. Lessons of unknown length count with the average of the others.';
comment on index order_lines_one_page_per_student_and_course is
  'A student has at most one payable page per course. Payments in progress are facts, of which there may be two.';
comment on index order_lines_not_paid is 'A small part of all rows, from which a check of all invariants starts.';
comment on index orders_refunded is 'A small part of all rows, from which a check of all invariants starts.';

comment on table payments is 'The payment of an order as the API shows it, one row per order.';
comment on column payments.status is '1 pending, 2 completed, -1 failed, -2 refunded.';
comment on column payments.reason is
  '1 recipient not found, 2 debit error, 3 transaction error, 4 cancelled by timeout, 5 refund, 10 unknown.';
comment on column payments.amount is
  'The amount to pay, after discounts and before tax. In minor units, like all amounts here.';
comment on column payments.paid_amount is 'The amount charged.';
comment on column payments.review_reason is
  'Why an administrator must review this payment; null if nothing is wrong. It is derived from facts and stays.';
comment on column payments.reviewed_reason is
  'The review_reason that has been reviewed. A new one reopens the review.';
comment on column payments.decline_code is 'Why the last attempt was declined.';

comment on table payment_sessions is
  'What Stripe reports about each payment page of an order. The state of the order and its access are derived from these '
  'facts.';
comment on column payment_sessions.payment_intent_id is 'Null if there was nothing to pay.';
comment on column payment_sessions.mismatch is 'Why this cannot be a payment of the order; null if it matches.';
comment on column payment_sessions.subtotal_amount is 'In minor units, before discounts and tax.';
comment on column payment_sessions.total_amount is 'The amount charged.';

comment on table refunds is
  'Every refund, whether requested by the shop or made in Stripe. Its status goes from requested to submitted, and then '
  'to the status that Stripe reports.';
comment on column refunds.stripe_refund_id is 'Null until Stripe has accepted it.';
comment on column refunds.order_id is 'Null until the payment is known.';
comment on column refunds.amount is 'In minor units.';
comment on column refunds.request_key is 'Idempotency key: a second request with the same key changes nothing.';

comment on table refund_lines is
  'The lines that a refund is for. A refund without lines counts against the whole order.';

comment on table disputes is 'Disputes: payments that a bank contests on behalf of its customer.';
comment on column disputes.id is 'The id at Stripe.';
comment on column disputes.order_id is 'Null until the payment is known.';
comment on column disputes.status is 'As reported by Stripe. Unknown values are stored too.';
comment on column disputes.observed_at is
  'When Stripe was asked. An earlier observation never replaces a later one.';

comment on table receipt_numbers is
  'One row with the number of the last receipt. The number is taken in the transaction that settles the order, so the '
  'next settlement waits for this row, and the number is free again if that transaction fails.';
comment on column receipt_numbers.dated_from is
  'From this number on, receipts are dated in the order of their numbers; null: from the first.';
comment on column receipt_numbers.last_at is 'The time of the last receipt. The next one is never earlier.';

comment on table webhook_events is 'Events that Stripe sent, and their outcomes.';
comment on column webhook_events.attempts is 'The number of failed attempts.';

comment on table reconciled_lists is
  'How far reconciliation has read each of Stripe''s lists, so that an interrupted run can be continued.';
comment on column reconciled_lists.read_to is 'The last id that was processed; null: the list was read to its end.';

comment on table order_changes is
  'Orders to check again, so that the recurring check of the invariants need not read all of them. Triggers add an order '
  'when a row changes that an invariant depends on. A broken order stays until it is repaired.';
comment on column order_changes.changed_in is
  'The transaction. Each has its own rows, so that none waits for another.';

comment on table invariant_checks is
  'The result of the last check of the invariants, so that metrics need no check of their own.';

comment on table keyed_requests is
  'Results of requests with an idempotency key. Kept for good: the same request always gets the same response.';
comment on column keyed_requests.target is 'The subject of the request, as named in its path.';
comment on column keyed_requests.content_digest is
  'SHA-256 of the request. Null for requests older than this table, for which it is unknown.';
comment on column keyed_requests.answer_id is 'The id of the result. Null until the transaction that creates it commits.';

comment on table promotions is 'Promotion codes.';
comment on column promotions.percent is 'Null: the discount is an amount per currency, in promotion_amounts.';
comment on column promotions.ended_by is
  'Who ended it by hand. Null while it is active, and if it ended because its creator lost the right to it.';

comment on table promotion_amounts is 'The discount of a promotion in each currency, and the price from which it applies.';
comment on column promotion_amounts.amount_off is 'In minor units; null if the promotion is a percentage.';
comment on column promotion_amounts.minimum_amount is
  'The minimum total of the courses before the discount, in minor units.';

comment on table promotion_courses is
  'The courses that a promotion is limited to; no rows: every course. Ids have no foreign key to courses, so that a code '
  'for one course does not become a code for every course when that course is deleted.';

comment on table promotion_redemptions is
  'Uses of promotions, one per order. A use counts until it is released, once its order has ended unpaid and its page is '
  'closed.';
comment on column promotion_redemptions.redeemed_at is
  'Determines which uses exceed a limit: the latest ones.';

-- Access

comment on table grants is
  'Who may watch which course, for which period, and why. A paid order line has exactly one grant; administrators give '
  'others. One rule decides whether a grant is active at a given time: GRANT_IS_ACTIVE.';
comment on column grants.payment_hold is
  'The effect of the payment, apart from administrators'' decisions. disputed suspends the grant; refunded and '
  'dispute_lost end it. duplicate: the student already has the course for another reason, and the payment is being '
  'refunded.';
comment on column grants.granted_by is 'The administrator; null for a purchase.';
comment on column grants.end_announced_at is 'When the student was notified that it will end.';
comment on column grants.ended_announced_at is 'When the student was notified that it has ended.';
comment on column grants.suspended_at is 'Since when the account is deactivated; null if it is active.';
comment on constraint grants_one_standing_purchase on grants is
  'A student has at most one purchase of a course in force. Checked at commit, because one may replace another. Grants '
  'that expire are left to the rule, because an index cannot depend on the current time.';

comment on table enrollments is 'Every course that a student has ever had. The grants say what they may watch now.';

-- Videos and files

comment on table videos is 'Videos at the video service, and who uploaded them.';
comment on column videos.id is 'The id at the video service.';
comment on column videos.uploader_id is 'Who requested the upload, and may use the video in lessons.';
comment on column videos.course_id is 'The course that the upload was for, if it was given.';
comment on column videos.source_url is 'The URL that the video was imported from.';
comment on column videos.unused_since is 'When a sweep first found that no lesson uses it.';
comment on column videos.checked_at is 'When the video service was last asked about it.';

comment on table playback_rules is
  'Where the videos of a course may be embedded and watched. A course without a row has no restrictions.';
comment on column playback_rules.embed_hosts is 'Empty: anywhere.';
comment on column playback_rules.countries is 'ISO 3166-1 alpha-2.';

comment on table playback_sessions is
  'A player showing one lesson, from its ticket to its last heartbeat. Until its lease expires it counts as a stream of '
  'the viewer.';
comment on column playback_sessions.sign_in_id is 'The sign-in of the viewer, which counts as one device.';
comment on column playback_sessions.address is 'The IP address.';

comment on table playback_log is 'Requests to watch a lesson, and their outcomes.';
comment on column playback_log.address is 'The IP address.';
comment on column playback_log.session_id is 'The row of playback_sessions, if there was one.';

comment on table lesson_attachments is 'Files that belong to lessons.';
comment on column lesson_attachments.key is 'The key in the bucket.';
comment on column lesson_attachments.name is 'The file name for downloads.';
comment on column lesson_attachments.size is 'In bytes.';

comment on table file_uploads is
  'Permitted direct uploads into the bucket, until they are confirmed or expire.';
comment on column file_uploads.refused_etag is
  'The entity tag of a refused upload. The file is not read again until a different one is uploaded in its place.';
comment on column file_uploads.refusal is 'Why it was refused.';

comment on table attachment_links is 'Download links to attachments, and who got them.';
comment on column attachment_links.viewer_id is 'Null: a free preview, not signed in.';
comment on column attachment_links.address is 'The IP address.';

-- Learning

comment on table lesson_progress is 'A student''s progress in a lesson.';

comment on table removed_lesson_progress is
  'What students watched of lessons that have since been removed. Refunds and disputes are judged by everything that was '
  'watched of a course.';
comment on column removed_lesson_progress.duration_seconds is 'The duration of the lesson; null if unknown.';

comment on table comments is 'Comments on lessons, and replies to them.';
comment on column comments.parent_id is 'The comment that this one replies to. Replies have no replies.';
comment on column comments.hidden_at is 'When a moderator hid it.';
comment on column comments.deleted_at is 'When its author deleted it; its content is gone.';
comment on index comments_of_lesson is
  'Also finds replies by their lesson: to count the comments of a course, and when a lesson is removed.';

comment on table reviews is 'Students'' reviews of courses, one per student and course.';
comment on column reviews.hidden_at is 'When an administrator hid it. It no longer counts.';

-- Mail and notices

comment on table mails is
  'The outbox: queued and sent notices, one row per cause and channel: mail, SMS, or the operator''s webhook.';
comment on column mails.id is 'Part of the Message-ID.';
comment on column mails.subject is
  'What the mail is about, such as an order. Each kind of mail is sent once per subject and occasion.';
comment on column mails.occasion is
  'Distinguishes mails that may be repeated for the same subject, such as those about a new password.';
comment on column mails.state is
  'unconfirmed: handed over without a confirmation, so it may have arrived.';
comment on column mails.reason is 'The reason of the last failure, or of the cancellation.';
comment on column mails.recipient is
  'The email address, once it is known; of a telephone number only the last two digits.';
comment on column mails.due_at is
  'While queued: it is not sent earlier. While sending: when another process may take it over.';
comment on column mails.handed_over_at is
  'The last time at which it had certainly not arrived; null if it certainly has not arrived.';
comment on column mails.unanswered is 'The number of attempts that followed an unconfirmed hand-over.';
comment on column mails.dated_at is 'Its Date header, the same in every attempt; null before the first.';
comment on column mails.lane is
  'The priority: 0 is sent before 4. Each lane leaves a part of the daily limit to more urgent ones. 10 more for an '
  'SMS, 20 more for the webhook: the release before these channels leaves them alone.';
comment on column mails.vendor_id is 'The id that the vendor gave an SMS.';
comment on column mails.delivery is 'What the vendor said last about the delivery of an SMS.';
comment on column mails.is_bulk is 'Whether it is bulk mail, whose rate is limited.';

comment on index mails_recipient is 'Counts the recent mails to an address.';

comment on table mail_event_tokens is
  'Signed events of mail providers. Each counts once, identified by its token and body.';
comment on column mail_event_tokens.said is 'A digest of the body.';

comment on table mail_suppressions is 'Email addresses that bounced or complained. They get no mail.';

comment on table sms_numbers is 'The mobile number of a person, who confirms it by a code.';
comment on column sms_numbers.number is 'In E.164.';
comment on column sms_numbers.problem is 'Why it gets no SMS: its owner replied STOP, or it cannot get any.';
comment on column sms_numbers.code_hash is 'A keyed hash of the last code that was sent; null once it is used up.';
comment on column sms_numbers.code_tries is 'How often a wrong code was given since.';

comment on table sms_consents is 'What people want to get by SMS, and since when. Goes with the number.';

comment on table declined_topics is 'Topics that people have opted out of. A topic without a row is wanted.';

comment on table notices is 'Notices shown within the shop.';
comment on column notices.mail_id is 'The mail with the same content.';

comment on table course_updates is 'Updates that tutors send to the students of a course.';
comment on column course_updates.mailed_up_to is
  'The last student, in the order of ids, whose mail is in the outbox.';
comment on column course_updates.mailed_at is 'When the mails of all students were in the outbox.';

-- Operations

comment on table audit_log is
  'Who did what to whom. Append-only. Ids have no foreign keys, because the log outlives the rows that it is about.';
comment on column audit_log.actor_id is 'Null: the shop itself.';
comment on column audit_log.action is 'For example user.deactivate, grant.revoke, order.refund.';

comment on table operator_alerts is 'Alerts to the operator, one per key.';
comment on column operator_alerts.times is 'How often its cause came about.';
comment on column operator_alerts.resolved_at is
  'When its cause was over; null while it lasts, and for causes that do not end.';

comment on table webhook_endpoints is 'Addresses of integrators that are told of events.';
comment on column webhook_endpoints.secret is
  'As it is, because messages are signed with it. Whoever reads it can forge messages to that endpoint.';
comment on column webhook_endpoints.former_secret is 'The secret that was replaced. It signs as well until former_until.';
comment on table webhook_messages is
  'Events for endpoints, with ids rather than data about people. Kept for 30 days. webhook_events is what Stripe sends.';
comment on column webhook_messages.key is 'What the event is about, so that it is announced once; null: a test.';
comment on table webhook_deliveries is
  'A message on its way to an endpoint. sending: a process is at it until due_at; after that it is tried again.';
comment on table api_keys is
  'Keys with which programs act for tutors and administrators. Of their secrets there are only SHA-256 hashes, which '
  'suffice for 256 random bits.';
comment on column api_keys.start is 'The beginning of the secret, by which people recognise it.';
comment on column api_keys.former_hash is 'The secret that was replaced. It works until former_until.';
comment on column api_keys.last_used_at is 'To the minute, so that frequent calls do not write each time.';
comment on column audit_log.api_key_id is
  'The API key with which a program acted for the actor; null: they acted themselves.';
comment on table student_count_changes is
  'Changes of courses.student_count in a transaction under way. Each is applied and deleted at its commit, so that others '
  'see none.';
comment on table stale_tags is
  'Tags by which edge caches must forget responses, noted by triggers when what anybody may read changes. A row per '
  'change, so that no transaction waits for another.';
comment on column stale_tags.due_at is 'When to purge it. While a process does so: when another may take it over.';
comment on column stale_tags.failures is 'How often purging it has failed in a row.';
comment on column stale_tags.is_again is
  'Whether it was purged and waits for the second time, for responses that were under way at the first.';

comment on table schema_migrations is 'The numbered files of migrations/ that have been applied.';
comment on table schema_scripts is
  'Every applied version of the files of functions and comments. The latest of each is in force.';

-- The former shop

comment on table legacy_import is
  'One row once an import of the former shop has begun. Its rows are imported in one transaction.';
comment on column legacy_import.imported_at is 'When its rows were committed; null: an import was begun and did not end.';
comment on column legacy_import.rows_digest is 'SHA-256 of all rows read, so that a second run recognises them.';
comment on column legacy_import.completed_at is
  'When an operator declared it complete. Until then the former shop''s files are left alone.';

comment on table legacy_counts is 'How many rows of each table of the former shop were read, and how many of them written.';

comment on table legacy_report is
  'What the import did with single rows of the former shop other than copying them. No addresses, names or secrets.';
comment on column legacy_report.what is
  'merged into another row; skipped; changed: kept with a different value; person: needs somebody''s decision.';

comment on column legacy_report.other_id is 'The row that it was merged into, or that is the reason.';

comment on table legacy_accounts is
  'Accounts of the former shop that were merged into another one. Payment pages that it opened name the former id.';

comment on table password_invitations is
  'Imported accounts that have no usable password and get a link by mail.';
comment on column password_invitations.reason is
  'no_password: the former shop had no hash of one; merged: several accounts had the address, so only its mailbox decides.';
comment on column password_invitations.invited_at is 'When the mail was put into the outbox.';

comment on table legacy_pictures is 'Pictures in the former shop''s bucket that belong to imported rows.';
comment on column legacy_pictures.subject_id is 'The id of the course or university.';
comment on column legacy_pictures.key is 'The former key in the bucket.';
comment on column legacy_pictures.moved_at is 'When it was stored again under a key of this shop.';
comment on column legacy_pictures.problem is 'Why it could not be moved.';

comment on table course_completions is
  'When a student first completed all lessons of a course. Written only while a support tool is told of it.';

comment on table analytics_visits is
  'Ids of the browsers of buyers and newcomers who agreed to be measured. Nobody else is here.';
comment on column analytics_visits.order_id is
  'The order that was placed in it; null for a registration, whose visit is deleted once its event is sent.';
comment on table analytics_hits is 'Events of visits, to be sent and sent, so that none is sent twice.';
comment on column analytics_hits.event is 'Without anything about the person. Amounts are minor units, as text.';
comment on column analytics_hits.is_sending is
  'A try has begun, and no outcome is known. If it stays, the process ended meanwhile.';

comment on table search_indexes is
  'The indexes of courses in a search engine. While one is told of changes, these are noted in search_changes.';
comment on column search_indexes.state is
  'new: about to be made; open: told of changes while it is filled; filled: it has every course and may be searched.';
comment on column search_indexes.kept_until is
  'When changes are no longer noted, because nobody asked for any. A worker that indexes them puts it off.';

comment on table search_changes is
  'Courses that the indexes are to be told of. There is no foreign key, because a removed course is one of them.';
comment on column search_changes.due_at is 'When to index it. While a process does so: when another may take it over.';
comment on column search_changes.failures is 'How often indexing it has failed in a row.';

comment on table search_version is
  'The latest version of what is indexed. It is raised before courses are read, and stays locked until they are, so that '
  'what was read later has the higher version, which wins.';

comment on table support_contacts is
  'Accounts that the support tool has as contacts. The job that deletes a contact of an erased account deletes the row.';
comment on column support_contacts.contact_id is 'The tool''s id: it finds an archived contact by nothing else.';

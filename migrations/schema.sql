-- Written by `deno task schema`. Do not edit: change the migrations (README.md beside this file says how).

CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;

CREATE TEXT SEARCH CONFIGURATION folded_english (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION folded_english ADD MAPPING FOR asciihword, asciiword, hword_asciipart WITH english_stem;
ALTER TEXT SEARCH CONFIGURATION folded_english ADD MAPPING FOR email, file, float, host, hword_numpart, int, numhword, numword, sfloat, uint, url, url_path, version WITH simple;
ALTER TEXT SEARCH CONFIGURATION folded_english ADD MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE TEXT SEARCH CONFIGURATION folded_russian (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION folded_russian ADD MAPPING FOR asciihword, asciiword, hword_asciipart WITH english_stem;
ALTER TEXT SEARCH CONFIGURATION folded_russian ADD MAPPING FOR email, file, float, host, hword_numpart, int, numhword, numword, sfloat, uint, url, url_path, version WITH simple;
ALTER TEXT SEARCH CONFIGURATION folded_russian ADD MAPPING FOR hword, hword_part, word WITH unaccent, russian_stem;
CREATE TEXT SEARCH CONFIGURATION folded_spanish (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION folded_spanish ADD MAPPING FOR email, file, float, host, hword_numpart, int, numhword, numword, sfloat, uint, url, url_path, version WITH simple;
ALTER TEXT SEARCH CONFIGURATION folded_spanish ADD MAPPING FOR asciihword, asciiword, hword_asciipart WITH spanish_stem;
ALTER TEXT SEARCH CONFIGURATION folded_spanish ADD MAPPING FOR hword, hword_part, word WITH unaccent, spanish_stem;

CREATE TABLE analytics_hits (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  visit_id uuid NOT NULL,
  key text NOT NULL,
  event jsonb NOT NULL,
  happened_at timestamptz NOT NULL,
  tries smallint NOT NULL DEFAULT 0,
  is_sending boolean NOT NULL DEFAULT false,
  ended_as text,
  CONSTRAINT analytics_hits_pkey PRIMARY KEY (id),
  CONSTRAINT analytics_hits_visit_id_key_key UNIQUE (visit_id, key),
  CONSTRAINT analytics_hits_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES analytics_visits(id) ON DELETE CASCADE,
  CONSTRAINT analytics_hits_ended_as_check CHECK (ended_as = ANY (ARRAY['sent'::text, 'dropped'::text]))
);
COMMENT ON TABLE analytics_hits IS 'Events of visits, to be sent and sent, so that none is sent twice.';
COMMENT ON COLUMN analytics_hits.event IS 'Without anything about the person. Amounts are minor units, as text.';
COMMENT ON COLUMN analytics_hits.is_sending IS 'A try has begun, and no outcome is known. If it stays, the process ended meanwhile.';

CREATE TABLE analytics_visits (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  student_id text NOT NULL,
  order_id uuid,
  client_id text NOT NULL,
  session_id text NOT NULL,
  ad_user_data boolean NOT NULL,
  ad_personalization boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT analytics_visits_pkey PRIMARY KEY (id),
  CONSTRAINT analytics_visits_order_id_key UNIQUE (order_id),
  CONSTRAINT analytics_visits_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id) ON DELETE CASCADE,
  CONSTRAINT analytics_visits_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT analytics_visits_client_id_check CHECK (client_id ~ '^[0-9]{1,20}\.[0-9]{1,20}$'::text),
  CONSTRAINT analytics_visits_session_id_check CHECK (session_id ~ '^[0-9]{1,20}$'::text)
);
CREATE INDEX analytics_visits_student_id ON analytics_visits (student_id);
COMMENT ON TABLE analytics_visits IS 'Ids of the browsers of buyers and newcomers who agreed to be measured. Nobody else is here.';
COMMENT ON COLUMN analytics_visits.order_id IS 'The order that was placed in it; null for a registration, whose visit is deleted once its event is sent.';

CREATE TABLE api_keys (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  owner_id text NOT NULL,
  name text NOT NULL,
  start text NOT NULL,
  scopes text[] NOT NULL,
  secret_hash bytea NOT NULL,
  former_hash bytea,
  former_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_former_hash_key UNIQUE (former_hash),
  CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash),
  CONSTRAINT api_keys_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT api_keys_former_ends CHECK ((former_hash IS NULL) = (former_until IS NULL)),
  CONSTRAINT api_keys_scopes_check CHECK (cardinality(scopes) > 0)
);
CREATE INDEX api_keys_owner_id ON api_keys (owner_id);
COMMENT ON TABLE api_keys IS 'Keys with which programs act for tutors and administrators. Of their secrets there are only SHA-256 hashes, which suffice for 256 random bits.';
COMMENT ON COLUMN api_keys.start IS 'The beginning of the secret, by which people recognise it.';
COMMENT ON COLUMN api_keys.former_hash IS 'The secret that was replaced. It works until former_until.';
COMMENT ON COLUMN api_keys.last_used_at IS 'To the minute, so that frequent calls do not write each time.';

CREATE TABLE attachment_links (
  id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  attachment_id uuid NOT NULL,
  lesson_id uuid NOT NULL,
  course_id uuid NOT NULL,
  name text NOT NULL,
  viewer_id text,
  address text NOT NULL,
  user_agent text NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT attachment_links_pkey PRIMARY KEY (id)
);
CREATE INDEX attachment_links_occurred_at ON attachment_links (occurred_at DESC, id DESC);
CREATE INDEX attachment_links_viewer_id ON attachment_links (viewer_id, course_id) WHERE viewer_id IS NOT NULL;
COMMENT ON TABLE attachment_links IS 'Download links to attachments, and who got them.';
COMMENT ON COLUMN attachment_links.viewer_id IS 'Null: a free preview, not signed in.';
COMMENT ON COLUMN attachment_links.address IS 'The IP address.';

CREATE TABLE audit_log (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  actor_id text,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  before jsonb,
  after jsonb,
  reason text NOT NULL DEFAULT ''::text,
  request_id text NOT NULL DEFAULT ''::text,
  occurred_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  api_key_id uuid,
  CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_actor_id ON audit_log (actor_id, id DESC);
CREATE INDEX audit_log_subject ON audit_log (subject_type, subject_id, id DESC);
CREATE TRIGGER audit_log_is_append_only BEFORE DELETE OR UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE audit_log IS 'Who did what to whom. Append-only. Ids have no foreign keys, because the log outlives the rows that it is about.';
COMMENT ON COLUMN audit_log.actor_id IS 'Null: the shop itself.';
COMMENT ON COLUMN audit_log.action IS 'For example user.deactivate, grant.revoke, order.refund.';
COMMENT ON COLUMN audit_log.api_key_id IS 'The API key with which a program acted for the actor; null: they acted themselves.';

CREATE TABLE catalogue_size (
  is_the_row boolean NOT NULL DEFAULT true,
  course_count integer NOT NULL DEFAULT 0,
  CONSTRAINT catalogue_size_pkey PRIMARY KEY (is_the_row),
  CONSTRAINT catalogue_size_course_count_check CHECK (course_count >= 0),
  CONSTRAINT catalogue_size_is_the_row_check CHECK (is_the_row)
);
COMMENT ON TABLE catalogue_size IS 'One row with the number of courses on sale, maintained by a trigger.';

CREATE TABLE categories (
  id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  name text NOT NULL,
  slug text NOT NULL,
  course_count integer NOT NULL DEFAULT 0,
  CONSTRAINT categories_pkey PRIMARY KEY (id),
  CONSTRAINT categories_name_key UNIQUE (name),
  CONSTRAINT categories_slug_key UNIQUE (slug),
  CONSTRAINT categories_course_count_check CHECK (course_count >= 0)
);
CREATE TRIGGER categories_go_stale AFTER INSERT OR DELETE OR UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION note_stale_category();
CREATE TRIGGER category_names_are_summarised AFTER UPDATE ON categories FOR EACH ROW WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION summarise_category_name();
COMMENT ON TABLE categories IS 'Categories of courses.';
COMMENT ON COLUMN categories.course_count IS 'The number of courses on sale in it, maintained by a trigger.';

CREATE TABLE comments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  lesson_id uuid NOT NULL,
  author_id text NOT NULL,
  parent_id uuid,
  content text NOT NULL,
  hidden_at timestamptz,
  hidden_by text,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT comments_pkey PRIMARY KEY (id),
  CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT comments_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES lessons(id) ON DELETE CASCADE,
  CONSTRAINT comments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES comments(id) ON DELETE CASCADE,
  CONSTRAINT comments_check CHECK (deleted_at IS NOT NULL OR content <> ''::text),
  CONSTRAINT comments_check1 CHECK ((hidden_at IS NULL) = (hidden_by IS NULL))
);
CREATE INDEX comments_author_id ON comments (author_id, created_at DESC, id DESC);
CREATE INDEX comments_lesson_id ON comments (lesson_id, created_at DESC, id DESC) WHERE parent_id IS NULL;
CREATE INDEX comments_of_lesson ON comments (lesson_id);
CREATE INDEX comments_parent_id ON comments (parent_id, created_at, id);
COMMENT ON TABLE comments IS 'Comments on lessons, and replies to them.';
COMMENT ON COLUMN comments.parent_id IS 'The comment that this one replies to. Replies have no replies.';
COMMENT ON COLUMN comments.hidden_at IS 'When a moderator hid it.';
COMMENT ON COLUMN comments.deleted_at IS 'When its author deleted it; its content is gone.';
COMMENT ON INDEX comments_of_lesson IS 'Also finds replies by their lesson: to count the comments of a course, and when a lesson is removed.';

CREATE TABLE course_completions (
  student_id text NOT NULL,
  course_id uuid NOT NULL,
  completed_at timestamptz NOT NULL,
  CONSTRAINT course_completions_pkey PRIMARY KEY (student_id, course_id),
  CONSTRAINT course_completions_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT course_completions_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX course_completions_course_id ON course_completions (course_id);
COMMENT ON TABLE course_completions IS 'When a student first completed all lessons of a course. Written only while a support tool is told of it.';

CREATE TABLE course_parts (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL,
  slug text NOT NULL,
  title text NOT NULL DEFAULT ''::text,
  description text NOT NULL DEFAULT ''::text,
  "position" integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT course_parts_pkey PRIMARY KEY (id),
  CONSTRAINT course_parts_slug_key UNIQUE (slug),
  CONSTRAINT course_parts_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE
);
CREATE INDEX course_parts_course_id ON course_parts (course_id, "position");
CREATE TRIGGER course_parts_keep_watched BEFORE DELETE ON course_parts FOR EACH ROW EXECUTE FUNCTION keep_watched_of_part();
CREATE TRIGGER parts_are_summarised AFTER INSERT ON course_parts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_parts();
CREATE TRIGGER parts_are_summarised_anew AFTER UPDATE ON course_parts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_parts();
CREATE TRIGGER parts_go_stale AFTER UPDATE ON course_parts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_parts();
CREATE TRIGGER parts_go_stale_added AFTER INSERT ON course_parts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_parts();
CREATE TRIGGER parts_go_stale_removed AFTER DELETE ON course_parts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_parts();
CREATE TRIGGER parts_leave_the_summary AFTER DELETE ON course_parts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_parts();
COMMENT ON TABLE course_parts IS 'Parts of a course; lessons belong to parts.';

CREATE TABLE course_prices (
  course_id uuid NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL,
  CONSTRAINT course_prices_pkey PRIMARY KEY (course_id, currency),
  CONSTRAINT course_prices_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT course_prices_amount_check CHECK (amount >= 0),
  CONSTRAINT course_prices_currency_check CHECK (currency ~ '^[a-z]{3}$'::text)
);
COMMENT ON TABLE course_prices IS 'Prices of a course in currencies other than its own (courses.price_currency).';
COMMENT ON COLUMN course_prices.amount IS 'In minor units.';

CREATE TABLE course_summaries (
  course_id uuid NOT NULL,
  lesson_count integer NOT NULL DEFAULT 0,
  duration_seconds integer NOT NULL DEFAULT 0,
  document tsvector NOT NULL DEFAULT ''::tsvector,
  popularity smallint NOT NULL DEFAULT 0,
  CONSTRAINT course_summaries_pkey PRIMARY KEY (course_id),
  CONSTRAINT course_summaries_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE
);
CREATE INDEX course_summaries_document ON course_summaries USING gin (document);
CREATE TRIGGER documents_are_noted AFTER UPDATE ON course_summaries FOR EACH ROW WHEN (old.document IS DISTINCT FROM new.document) EXECUTE FUNCTION note_searched_summary();
COMMENT ON TABLE course_summaries IS 'Data derived from the parts, lessons, tutors and texts of a course, so that lists and searches need not read them. Maintained by triggers.';
COMMENT ON COLUMN course_summaries.duration_seconds IS 'The sum over lessons whose duration is known.';
COMMENT ON COLUMN course_summaries.document IS 'The search document of a course on sale. Empty for other courses, which are not searched.';
COMMENT ON COLUMN course_summaries.popularity IS 'The power of two that the number of students has reached. Lets a search rank popular courses first without reading courses, while a purchase rarely writes here.';

CREATE TABLE course_tutors (
  course_id uuid NOT NULL,
  user_id text NOT NULL,
  "position" integer NOT NULL DEFAULT 0,
  CONSTRAINT course_tutors_pkey PRIMARY KEY (course_id, user_id),
  CONSTRAINT course_tutors_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT course_tutors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT
);
CREATE INDEX course_tutors_user_id ON course_tutors (user_id);
CREATE TRIGGER course_tutors_are_noted AFTER INSERT OR DELETE OR UPDATE ON course_tutors FOR EACH ROW EXECUTE FUNCTION note_searched_tutor();
CREATE TRIGGER course_tutors_are_summarised AFTER INSERT OR DELETE ON course_tutors FOR EACH ROW EXECUTE FUNCTION summarise_tutors();
CREATE TRIGGER course_tutors_go_stale AFTER UPDATE ON course_tutors REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_teaching();
CREATE TRIGGER course_tutors_go_stale_added AFTER INSERT ON course_tutors REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_teaching();
CREATE TRIGGER course_tutors_go_stale_removed AFTER DELETE ON course_tutors REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_teaching();
COMMENT ON TABLE course_tutors IS 'Who teaches a course. The first by position owns it.';

CREATE TABLE course_updates (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL,
  author_id text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  mailed_up_to text NOT NULL DEFAULT ''::text,
  mailed_at timestamptz,
  CONSTRAINT course_updates_pkey PRIMARY KEY (id),
  CONSTRAINT course_updates_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT course_updates_body_check CHECK (body <> ''::text),
  CONSTRAINT course_updates_title_check CHECK (title <> ''::text)
);
CREATE INDEX course_updates_course_id ON course_updates (course_id, created_at DESC, id);
COMMENT ON TABLE course_updates IS 'Updates that tutors send to the students of a course.';
COMMENT ON COLUMN course_updates.mailed_up_to IS 'The last student, in the order of ids, whose mail is in the outbox.';
COMMENT ON COLUMN course_updates.mailed_at IS 'When the mails of all students were in the outbox.';

CREATE TABLE courses (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  slug text NOT NULL,
  title text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  category_id integer,
  price_amount bigint NOT NULL,
  price_currency text NOT NULL DEFAULT 'usd'::text,
  thumbnail_key text,
  is_published boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  level text NOT NULL DEFAULT ''::text,
  language text NOT NULL DEFAULT 'en'::text,
  objectives text[] NOT NULL DEFAULT '{}'::text[],
  requirements text[] NOT NULL DEFAULT '{}'::text[],
  rating_sum integer NOT NULL DEFAULT 0,
  rating_count integer NOT NULL DEFAULT 0,
  student_count integer NOT NULL DEFAULT 0,
  archived_at timestamptz,
  access_days integer,
  rating numeric(3,2) NOT NULL GENERATED ALWAYS AS (COALESCE(round(rating_sum::numeric / NULLIF(rating_count, 0)::numeric, 2), 0::numeric)) STORED,
  price_thousandths bigint NOT NULL GENERATED ALWAYS AS (in_thousandths(price_amount, price_currency)) STORED,
  copied_from uuid,
  CONSTRAINT courses_pkey PRIMARY KEY (id),
  CONSTRAINT courses_slug_key UNIQUE (slug),
  CONSTRAINT courses_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE SET NULL,
  CONSTRAINT courses_copied_from_fkey FOREIGN KEY (copied_from) REFERENCES courses(id) ON DELETE SET NULL,
  CONSTRAINT courses_access_days_check CHECK (access_days > 0),
  CONSTRAINT courses_language_check CHECK (language = ANY (ARRAY['en'::text, 'ru'::text, 'es'::text])),
  CONSTRAINT courses_level_check CHECK (level = ANY (ARRAY[''::text, 'beginner'::text, 'intermediate'::text, 'advanced'::text])),
  CONSTRAINT courses_price_amount_check CHECK (price_amount >= 0),
  CONSTRAINT courses_price_currency_check CHECK (price_currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT courses_rating_count_check CHECK (rating_count >= 0),
  CONSTRAINT courses_rating_sum_check CHECK (rating_sum >= 0),
  CONSTRAINT courses_student_count_check CHECK (student_count >= 0)
);
CREATE INDEX courses_by_price ON courses (price_amount, id) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_by_rating ON courses (rating DESC, id DESC) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_by_students ON courses (student_count DESC, id DESC) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_category_id ON courses (category_id);
CREATE INDEX courses_copied_from ON courses (copied_from) WHERE copied_from IS NOT NULL;
CREATE INDEX courses_filters ON courses (category_id, language, level, price_amount, price_thousandths) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_newest ON courses (created_at DESC, id DESC) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_of_category ON courses (category_id, created_at DESC, id DESC) WHERE is_published AND archived_at IS NULL;
CREATE INDEX courses_of_price ON courses (price_thousandths) WHERE is_published AND archived_at IS NULL;
CREATE TRIGGER courses_announce AFTER UPDATE OF is_published, archived_at ON courses FOR EACH ROW WHEN ((new.is_published AND new.archived_at IS NULL) <> (old.is_published AND old.archived_at IS NULL)) EXECUTE FUNCTION announce_course();
CREATE TRIGGER courses_are_counted AFTER INSERT ON courses FOR EACH ROW WHEN (new.is_published) EXECUTE FUNCTION count_course_on_sale();
CREATE TRIGGER courses_are_counted_out AFTER DELETE ON courses FOR EACH ROW WHEN (old.is_published) EXECUTE FUNCTION count_course_on_sale();
CREATE TRIGGER courses_are_noted AFTER INSERT OR DELETE ON courses FOR EACH ROW EXECUTE FUNCTION note_searched_course();
CREATE TRIGGER courses_are_noted_anew AFTER UPDATE ON courses FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION note_searched_course();
CREATE TRIGGER courses_are_recounted AFTER UPDATE ON courses FOR EACH ROW WHEN (old.is_published IS DISTINCT FROM new.is_published OR (old.archived_at IS NULL) IS DISTINCT FROM (new.archived_at IS NULL) OR old.category_id IS DISTINCT FROM new.category_id) EXECUTE FUNCTION count_course_on_sale();
CREATE TRIGGER courses_are_summarised AFTER UPDATE ON courses FOR EACH ROW WHEN (course_texts(old.*) IS DISTINCT FROM course_texts(new.*) OR old.language IS DISTINCT FROM new.language OR old.category_id IS DISTINCT FROM new.category_id OR old.is_published IS DISTINCT FROM new.is_published OR (old.archived_at IS NULL) IS DISTINCT FROM (new.archived_at IS NULL) OR popularity(old.student_count) IS DISTINCT FROM popularity(new.student_count)) EXECUTE FUNCTION resummarise_course();
CREATE TRIGGER courses_begin_summaries AFTER INSERT ON courses REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION begin_course_summaries();
CREATE TRIGGER courses_go_stale AFTER DELETE OR UPDATE ON courses FOR EACH ROW EXECUTE FUNCTION note_stale_course();
CREATE TRIGGER courses_go_stale_added AFTER INSERT ON courses REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_new_courses();
COMMENT ON TABLE courses IS 'Courses. One is on sale while it is published and not archived.';
COMMENT ON COLUMN courses.slug IS 'Identifies the course in URLs. Never changes, even if the title does.';
COMMENT ON COLUMN courses.price_amount IS 'In minor units of price_currency.';
COMMENT ON COLUMN courses.thumbnail_key IS 'The key of the picture in the bucket.';
COMMENT ON COLUMN courses.rating_sum IS 'The sum of the stars of all visible reviews, maintained by a trigger.';
COMMENT ON COLUMN courses.rating_count IS 'The number of visible reviews, maintained by a trigger.';
COMMENT ON COLUMN courses.student_count IS 'The number of enrollments, maintained by a trigger.';
COMMENT ON COLUMN courses.archived_at IS 'Since when the course is neither sold nor listed. Students who bought it keep it.';
COMMENT ON COLUMN courses.access_days IS 'For how many days a purchase gives access; null: for good.';
COMMENT ON COLUMN courses.rating IS 'The mean of all visible reviews; 0 if there are none.';
COMMENT ON COLUMN courses.price_thousandths IS 'The price in thousandths of the major unit, a scale common to all currencies. Price filters compare it.';
COMMENT ON COLUMN courses.copied_from IS 'The course that this one was copied from as a draft. A tutor who leaves that course leaves this one too.';
COMMENT ON INDEX courses_filters IS 'Lets a filtered list be counted from the index alone.';
COMMENT ON INDEX courses_newest IS 'One of the sort orders of the list of courses, like the indexes by price, rating and students. Ids break ties, so that a cursor has a unique position.';

CREATE TABLE declined_topics (
  user_id text NOT NULL,
  topic text NOT NULL,
  declined_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT declined_topics_pkey PRIMARY KEY (user_id, topic),
  CONSTRAINT declined_topics_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
COMMENT ON TABLE declined_topics IS 'Topics that people have opted out of. A topic without a row is wanted.';

CREATE TABLE disputes (
  id text NOT NULL,
  order_id uuid,
  payment_intent_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  reason text NOT NULL DEFAULT ''::text,
  evidence_due_at timestamptz,
  observed_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT disputes_pkey PRIMARY KEY (id),
  CONSTRAINT disputes_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT disputes_currency_check CHECK (currency ~ '^[a-z]{3}$'::text)
);
CREATE INDEX disputes_order_id ON disputes (order_id);
CREATE INDEX disputes_payment_intent_id ON disputes (payment_intent_id);
CREATE TRIGGER disputes_announce_closed AFTER INSERT OR UPDATE OF status, order_id ON disputes FOR EACH ROW WHEN (new.order_id IS NOT NULL AND (new.status = ANY (ARRAY['won'::text, 'lost'::text, 'warning_closed'::text]))) EXECUTE FUNCTION announce_dispute('dispute.closed');
CREATE TRIGGER disputes_announce_opened AFTER INSERT OR UPDATE OF order_id ON disputes FOR EACH ROW WHEN (new.order_id IS NOT NULL) EXECUTE FUNCTION announce_dispute('dispute.opened');
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON disputes FOR EACH ROW EXECUTE FUNCTION note_orders_of_payment();
COMMENT ON TABLE disputes IS 'Disputes: payments that a bank contests on behalf of its customer.';
COMMENT ON COLUMN disputes.id IS 'The id at Stripe.';
COMMENT ON COLUMN disputes.order_id IS 'Null until the payment is known.';
COMMENT ON COLUMN disputes.status IS 'As reported by Stripe. Unknown values are stored too.';
COMMENT ON COLUMN disputes.observed_at IS 'When Stripe was asked. An earlier observation never replaces a later one.';

CREATE TABLE earning_shares (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  course_id uuid NOT NULL,
  user_id text NOT NULL,
  percent smallint NOT NULL,
  offset_percent smallint NOT NULL,
  valid_from timestamptz NOT NULL DEFAULT statement_timestamp(),
  valid_until timestamptz,
  CONSTRAINT earning_shares_pkey PRIMARY KEY (id),
  CONSTRAINT earning_shares_check CHECK (valid_until > valid_from),
  CONSTRAINT earning_shares_check1 CHECK (offset_percent >= 0 AND (offset_percent + percent) <= 100),
  CONSTRAINT earning_shares_percent_check CHECK (percent >= 0 AND percent <= 100)
);
CREATE INDEX earning_shares_course_id ON earning_shares (course_id);
CREATE UNIQUE INDEX earning_shares_one_now ON earning_shares (course_id, user_id) WHERE valid_until IS NULL;
CREATE INDEX earning_shares_user_id ON earning_shares (user_id);
CREATE CONSTRAINT TRIGGER earning_shares_add_up AFTER INSERT OR UPDATE ON earning_shares DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_earning_shares();
COMMENT ON TABLE earning_shares IS 'Tutors'' shares of the earnings of a course over time. A sale is split among those who had a share when it was made. A course without rows here belongs to its first tutor. Ids have no foreign keys, as in all money tables.';
COMMENT ON COLUMN earning_shares.offset_percent IS 'The sum of the shares before this one. Amounts are split at these offsets, so that no fraction of a cent is lost or created.';

CREATE TABLE enrollments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  student_id text NOT NULL,
  course_id uuid NOT NULL,
  enrolled_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT enrollments_pkey PRIMARY KEY (id),
  CONSTRAINT enrollments_student_id_course_id_key UNIQUE (student_id, course_id)
);
CREATE INDEX enrollments_of_course ON enrollments (course_id, enrolled_at DESC);
CREATE INDEX enrollments_of_student ON enrollments (student_id, enrolled_at DESC, id DESC);
CREATE TRIGGER enrollments_are_counted AFTER INSERT ON enrollments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_students('1');
CREATE TRIGGER enrollments_are_counted_out AFTER DELETE ON enrollments REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_students('-1');
COMMENT ON TABLE enrollments IS 'Every course that a student has ever had. The grants say what they may watch now.';

CREATE TABLE file_uploads (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  lesson_id uuid NOT NULL,
  key text NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  size bigint NOT NULL,
  user_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  expires_at timestamptz NOT NULL,
  refused_etag text,
  refusal text,
  CONSTRAINT file_uploads_pkey PRIMARY KEY (id),
  CONSTRAINT file_uploads_key_key UNIQUE (key),
  CONSTRAINT file_uploads_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES lessons(id) ON DELETE CASCADE,
  CONSTRAINT file_uploads_refused CHECK ((refused_etag IS NULL) = (refusal IS NULL)),
  CONSTRAINT file_uploads_size_check CHECK (size > 0)
);
CREATE INDEX file_uploads_expires_at ON file_uploads (expires_at);
COMMENT ON TABLE file_uploads IS 'Permitted direct uploads into the bucket, until they are confirmed or expire.';
COMMENT ON COLUMN file_uploads.refused_etag IS 'The entity tag of a refused upload. The file is not read again until a different one is uploaded in its place.';
COMMENT ON COLUMN file_uploads.refusal IS 'Why it was refused.';

CREATE TABLE grants (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  student_id text NOT NULL,
  course_id uuid NOT NULL,
  source text NOT NULL,
  order_line_id uuid,
  starts_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  ends_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  payment_hold text,
  payment_hold_at timestamptz,
  granted_by text,
  reason text NOT NULL DEFAULT ''::text,
  end_announced_at timestamptz,
  ended_announced_at timestamptz,
  suspended_at timestamptz,
  CONSTRAINT grants_pkey PRIMARY KEY (id),
  CONSTRAINT grants_order_line_id_key UNIQUE (order_line_id),
  CONSTRAINT grants_one_standing_purchase EXCLUDE USING btree (student_id WITH =, course_id WITH =) WHERE (order_line_id IS NOT NULL AND ends_at IS NULL AND revoked_at IS NULL AND payment_hold IS NULL) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT grants_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES order_lines(id),
  CONSTRAINT grants_end_follows_start CHECK (ends_at > starts_at),
  CONSTRAINT grants_payment_hold_check CHECK (payment_hold = ANY (ARRAY['disputed'::text, 'refunded'::text, 'dispute_lost'::text, 'duplicate'::text])),
  CONSTRAINT grants_source_check CHECK (source = ANY (ARRAY['order_line'::text, 'free_enrolment'::text, 'administrator'::text, 'import'::text])),
  CONSTRAINT grants_source_exists CHECK ((source = ANY (ARRAY['order_line'::text, 'free_enrolment'::text])) = (order_line_id IS NOT NULL))
);
CREATE INDEX grants_course_id ON grants (course_id, created_at DESC);
CREATE INDEX grants_student_id_course_id ON grants (student_id, course_id);
CREATE INDEX grants_to_announce ON grants (ends_at) WHERE revoked_at IS NULL AND ended_announced_at IS NULL;
CREATE TRIGGER grants_announce AFTER INSERT ON grants FOR EACH ROW WHEN (new.payment_hold IS NULL AND new.revoked_at IS NULL) EXECUTE FUNCTION announce_access('access.granted');
CREATE TRIGGER grants_announce_end AFTER UPDATE OF revoked_at, payment_hold, ended_announced_at ON grants FOR EACH ROW WHEN (new.revoked_at IS NOT NULL OR new.ended_announced_at IS NOT NULL OR (new.payment_hold = ANY (ARRAY['refunded'::text, 'dispute_lost'::text]))) EXECUTE FUNCTION announce_access('access.ended');
CREATE TRIGGER note_change AFTER DELETE OR UPDATE ON grants FOR EACH ROW WHEN (old.order_line_id IS NOT NULL) EXECUTE FUNCTION note_order_of_grant();
CREATE TRIGGER note_gift AFTER INSERT OR UPDATE ON grants FOR EACH ROW WHEN (new.order_line_id IS NULL) EXECUTE FUNCTION note_orders_of_gift();
CREATE TRIGGER note_grant AFTER INSERT ON grants FOR EACH ROW WHEN (new.order_line_id IS NOT NULL) EXECUTE FUNCTION note_order_of_grant();
COMMENT ON TABLE grants IS 'Who may watch which course, for which period, and why. A paid order line has exactly one grant; administrators give others. One rule decides whether a grant is active at a given time: GRANT_IS_ACTIVE.';
COMMENT ON COLUMN grants.payment_hold IS 'The effect of the payment, apart from administrators'' decisions. disputed suspends the grant; refunded and dispute_lost end it. duplicate: the student already has the course for another reason, and the payment is being refunded.';
COMMENT ON COLUMN grants.granted_by IS 'The administrator; null for a purchase.';
COMMENT ON COLUMN grants.end_announced_at IS 'When the student was notified that it will end.';
COMMENT ON COLUMN grants.ended_announced_at IS 'When the student was notified that it has ended.';
COMMENT ON COLUMN grants.suspended_at IS 'Since when the account is deactivated; null if it is active.';
COMMENT ON CONSTRAINT grants_one_standing_purchase ON grants IS 'A student has at most one purchase of a course in force. Checked at commit, because one may replace another. Grants that expire are left to the rule, because an index cannot depend on the current time.';

CREATE TABLE invariant_checks (
  invariant smallint NOT NULL,
  broken integer NOT NULL,
  checked_at timestamptz NOT NULL,
  CONSTRAINT invariant_checks_pkey PRIMARY KEY (invariant)
);
COMMENT ON TABLE invariant_checks IS 'The result of the last check of the invariants, so that metrics need no check of their own.';

CREATE TABLE keyed_requests (
  caller_id text NOT NULL,
  operation text NOT NULL,
  target text NOT NULL,
  key text NOT NULL,
  content_digest bytea,
  answer_id uuid,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT keyed_requests_pkey PRIMARY KEY (caller_id, operation, target, key),
  CONSTRAINT keyed_requests_key_check CHECK (length(key) >= 1 AND length(key) <= 255)
);
COMMENT ON TABLE keyed_requests IS 'Results of requests with an idempotency key. Kept for good: the same request always gets the same response.';
COMMENT ON COLUMN keyed_requests.target IS 'The subject of the request, as named in its path.';
COMMENT ON COLUMN keyed_requests.content_digest IS 'SHA-256 of the request. Null for requests older than this table, for which it is unknown.';
COMMENT ON COLUMN keyed_requests.answer_id IS 'The id of the result. Null until the transaction that creates it commits.';

CREATE TABLE legacy_accounts (
  former_id text NOT NULL,
  user_id text NOT NULL,
  CONSTRAINT legacy_accounts_pkey PRIMARY KEY (former_id),
  CONSTRAINT legacy_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX legacy_accounts_user_id ON legacy_accounts (user_id);
COMMENT ON TABLE legacy_accounts IS 'Accounts of the former shop that were merged into another one. Payment pages that it opened name the former id.';

CREATE TABLE legacy_counts (
  table_name text NOT NULL,
  "position" integer NOT NULL,
  rows_read bigint NOT NULL,
  rows_written bigint NOT NULL,
  CONSTRAINT legacy_counts_pkey PRIMARY KEY (table_name)
);
COMMENT ON TABLE legacy_counts IS 'How many rows of each table of the former shop were read, and how many of them written.';

CREATE TABLE legacy_import (
  only_row boolean NOT NULL DEFAULT true,
  begun_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  imported_at timestamptz,
  rows_digest text,
  completed_at timestamptz,
  CONSTRAINT legacy_import_pkey PRIMARY KEY (only_row),
  CONSTRAINT legacy_import_check CHECK ((imported_at IS NULL) = (rows_digest IS NULL)),
  CONSTRAINT legacy_import_check1 CHECK (completed_at IS NULL OR imported_at IS NOT NULL),
  CONSTRAINT legacy_import_only_row_check CHECK (only_row)
);
COMMENT ON TABLE legacy_import IS 'One row once an import of the former shop has begun. Its rows are imported in one transaction.';
COMMENT ON COLUMN legacy_import.imported_at IS 'When its rows were committed; null: an import was begun and did not end.';
COMMENT ON COLUMN legacy_import.rows_digest IS 'SHA-256 of all rows read, so that a second run recognises them.';
COMMENT ON COLUMN legacy_import.completed_at IS 'When an operator declared it complete. Until then the former shop''s files are left alone.';

CREATE TABLE legacy_pictures (
  subject text NOT NULL,
  subject_id text NOT NULL,
  key text NOT NULL,
  moved_at timestamptz,
  problem text,
  CONSTRAINT legacy_pictures_pkey PRIMARY KEY (subject, subject_id),
  CONSTRAINT legacy_pictures_subject_check CHECK (subject = ANY (ARRAY['course'::text, 'university'::text]))
);
CREATE INDEX legacy_pictures_key ON legacy_pictures (key);
COMMENT ON TABLE legacy_pictures IS 'Pictures in the former shop''s bucket that belong to imported rows.';
COMMENT ON COLUMN legacy_pictures.subject_id IS 'The id of the course or university.';
COMMENT ON COLUMN legacy_pictures.key IS 'The former key in the bucket.';
COMMENT ON COLUMN legacy_pictures.moved_at IS 'When it was stored again under a key of this shop.';
COMMENT ON COLUMN legacy_pictures.problem IS 'Why it could not be moved.';

CREATE TABLE legacy_report (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  table_name text NOT NULL,
  row_id text NOT NULL,
  what text NOT NULL,
  why text NOT NULL,
  other_id text,
  CONSTRAINT legacy_report_pkey PRIMARY KEY (id),
  CONSTRAINT legacy_report_what_check CHECK (what = ANY (ARRAY['merged'::text, 'skipped'::text, 'changed'::text, 'person'::text]))
);
CREATE INDEX legacy_report_row ON legacy_report (table_name, row_id);
COMMENT ON TABLE legacy_report IS 'What the import did with single rows of the former shop other than copying them. No addresses, names or secrets.';
COMMENT ON COLUMN legacy_report.what IS 'merged into another row; skipped; changed: kept with a different value; person: needs somebody''s decision.';
COMMENT ON COLUMN legacy_report.other_id IS 'The row that it was merged into, or that is the reason.';

CREATE TABLE lesson_attachments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  lesson_id uuid NOT NULL,
  key text NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  size bigint NOT NULL,
  uploaded_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lesson_attachments_pkey PRIMARY KEY (id),
  CONSTRAINT lesson_attachments_key_key UNIQUE (key),
  CONSTRAINT lesson_attachments_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES lessons(id) ON DELETE CASCADE,
  CONSTRAINT lesson_attachments_name_check CHECK (name <> ''::text),
  CONSTRAINT lesson_attachments_size_check CHECK (size > 0)
);
CREATE INDEX lesson_attachments_lesson_id ON lesson_attachments (lesson_id, created_at, id);
COMMENT ON TABLE lesson_attachments IS 'Files that belong to lessons.';
COMMENT ON COLUMN lesson_attachments.key IS 'The key in the bucket.';
COMMENT ON COLUMN lesson_attachments.name IS 'The file name for downloads.';
COMMENT ON COLUMN lesson_attachments.size IS 'In bytes.';

CREATE TABLE lesson_progress (
  student_id text NOT NULL,
  lesson_id uuid NOT NULL,
  position_seconds integer NOT NULL DEFAULT 0,
  watched_seconds integer NOT NULL DEFAULT 0,
  completed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lesson_progress_pkey PRIMARY KEY (student_id, lesson_id),
  CONSTRAINT lesson_progress_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES lessons(id) ON DELETE CASCADE,
  CONSTRAINT lesson_progress_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT lesson_progress_position_seconds_check CHECK (position_seconds >= 0),
  CONSTRAINT lesson_progress_watched_seconds_check CHECK (watched_seconds >= 0)
);
CREATE INDEX lesson_progress_lesson_id ON lesson_progress (lesson_id);
CREATE TRIGGER lesson_progress_announce AFTER INSERT OR UPDATE OF completed_at ON lesson_progress FOR EACH ROW WHEN (new.completed_at IS NOT NULL) EXECUTE FUNCTION announce_completion();
COMMENT ON TABLE lesson_progress IS 'A student''s progress in a lesson.';

CREATE TABLE lessons (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  part_id uuid NOT NULL,
  slug text NOT NULL,
  title text NOT NULL DEFAULT ''::text,
  description text NOT NULL DEFAULT ''::text,
  "position" integer NOT NULL,
  duration_seconds integer,
  is_free_preview boolean NOT NULL DEFAULT false,
  video_id text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lessons_pkey PRIMARY KEY (id),
  CONSTRAINT lessons_slug_key UNIQUE (slug),
  CONSTRAINT lessons_part_id_fkey FOREIGN KEY (part_id) REFERENCES course_parts(id) ON DELETE CASCADE,
  CONSTRAINT lessons_duration_seconds_check CHECK (duration_seconds >= 0)
);
CREATE INDEX lessons_part_id ON lessons (part_id, "position");
CREATE INDEX lessons_title_slug ON lessons (title_slug(title), is_free_preview DESC, created_at, id);
CREATE INDEX lessons_video_id ON lessons (video_id) WHERE video_id IS NOT NULL;
CREATE TRIGGER lessons_are_summarised AFTER INSERT ON lessons REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_lessons();
CREATE TRIGGER lessons_are_summarised_anew AFTER UPDATE ON lessons REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_lessons();
CREATE TRIGGER lessons_go_stale AFTER UPDATE ON lessons REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_lessons();
CREATE TRIGGER lessons_go_stale_added AFTER INSERT ON lessons REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_lessons();
CREATE TRIGGER lessons_go_stale_removed AFTER DELETE ON lessons REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_stale_lessons();
CREATE TRIGGER lessons_keep_watched BEFORE DELETE ON lessons FOR EACH ROW EXECUTE FUNCTION keep_watched_of_lesson();
CREATE TRIGGER lessons_leave_the_summary AFTER DELETE ON lessons REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION summarise_lessons();
COMMENT ON TABLE lessons IS 'Lessons. Each has at most one video, and any number of attachments.';
COMMENT ON COLUMN lessons.duration_seconds IS 'The duration that the tutor entered. The length of the video takes precedence.';
COMMENT ON COLUMN lessons.is_free_preview IS 'Whether anybody may watch it while its course is published.';
COMMENT ON COLUMN lessons.video_id IS 'The id at the video service, as in videos.';
COMMENT ON INDEX lessons_title_slug IS 'Finds a lesson by the slug that the frontend derives from its title. Many lessons may be called Introduction: the few that are needed are read from the index in order.';

CREATE TABLE mail_event_tokens (
  token text NOT NULL,
  said text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT mail_event_tokens_pkey PRIMARY KEY (token)
);
CREATE INDEX mail_event_tokens_seen_at ON mail_event_tokens (seen_at);
COMMENT ON TABLE mail_event_tokens IS 'Signed events of mail providers. Each counts once, identified by its token and body.';
COMMENT ON COLUMN mail_event_tokens.said IS 'A digest of the body.';

CREATE TABLE mail_suppressions (
  email text NOT NULL,
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT mail_suppressions_pkey PRIMARY KEY (email),
  CONSTRAINT mail_suppressions_email_check CHECK (email = lower(email))
);
COMMENT ON TABLE mail_suppressions IS 'Email addresses that bounced or complained. They get no mail.';

CREATE TABLE mails (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  kind text NOT NULL,
  subject text NOT NULL,
  occasion text NOT NULL DEFAULT ''::text,
  notice jsonb NOT NULL,
  is_bulk boolean NOT NULL,
  state text NOT NULL DEFAULT 'queued'::text,
  reason text,
  recipient text,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  handed_over_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  unanswered integer NOT NULL DEFAULT 0,
  dated_at timestamptz,
  lane smallint NOT NULL DEFAULT 1,
  vendor_id text,
  delivery text,
  CONSTRAINT mails_pkey PRIMARY KEY (id),
  CONSTRAINT mails_kind_subject_occasion_key UNIQUE (kind, subject, occasion),
  CONSTRAINT mails_delivery_check CHECK (delivery = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'undelivered'::text, 'failed'::text])),
  CONSTRAINT mails_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'cancelled'::text, 'unconfirmed'::text]))
);
CREATE INDEX mails_created_at ON mails (created_at DESC, id);
CREATE INDEX mails_due_by_lane ON mails (lane, due_at) WHERE state = ANY (ARRAY['queued'::text, 'sending'::text]);
CREATE INDEX mails_handed_over_at ON mails (handed_over_at) WHERE handed_over_at IS NOT NULL;
CREATE INDEX mails_not_sent ON mails (state, created_at DESC, id) WHERE state = ANY (ARRAY['failed'::text, 'cancelled'::text, 'unconfirmed'::text]);
CREATE INDEX mails_recipient ON mails (recipient, handed_over_at) WHERE handed_over_at IS NOT NULL;
COMMENT ON TABLE mails IS 'The outbox: queued and sent notices, one row per cause and channel: mail, SMS, or the operator''s webhook.';
COMMENT ON COLUMN mails.id IS 'Part of the Message-ID.';
COMMENT ON COLUMN mails.subject IS 'What the mail is about, such as an order. Each kind of mail is sent once per subject and occasion.';
COMMENT ON COLUMN mails.occasion IS 'Distinguishes mails that may be repeated for the same subject, such as those about a new password.';
COMMENT ON COLUMN mails.is_bulk IS 'Whether it is bulk mail, whose rate is limited.';
COMMENT ON COLUMN mails.state IS 'unconfirmed: handed over without a confirmation, so it may have arrived.';
COMMENT ON COLUMN mails.reason IS 'The reason of the last failure, or of the cancellation.';
COMMENT ON COLUMN mails.recipient IS 'The email address, once it is known; of a telephone number only the last two digits.';
COMMENT ON COLUMN mails.due_at IS 'While queued: it is not sent earlier. While sending: when another process may take it over.';
COMMENT ON COLUMN mails.handed_over_at IS 'The last time at which it had certainly not arrived; null if it certainly has not arrived.';
COMMENT ON COLUMN mails.unanswered IS 'The number of attempts that followed an unconfirmed hand-over.';
COMMENT ON COLUMN mails.dated_at IS 'Its Date header, the same in every attempt; null before the first.';
COMMENT ON COLUMN mails.lane IS 'The priority: 0 is sent before 4. Each lane leaves a part of the daily limit to more urgent ones. 10 more for an SMS, 20 more for the webhook: the release before these channels leaves them alone.';
COMMENT ON COLUMN mails.vendor_id IS 'The id that the vendor gave an SMS.';
COMMENT ON COLUMN mails.delivery IS 'What the vendor said last about the delivery of an SMS.';
COMMENT ON INDEX mails_recipient IS 'Counts the recent mails to an address.';

CREATE TABLE notices (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  mail_id uuid NOT NULL,
  user_id text NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  url text,
  read_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT notices_pkey PRIMARY KEY (id),
  CONSTRAINT notices_mail_id_key UNIQUE (mail_id),
  CONSTRAINT notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX notices_unread ON notices (user_id) WHERE read_at IS NULL;
CREATE INDEX notices_user_id ON notices (user_id, created_at DESC, id);
COMMENT ON TABLE notices IS 'Notices shown within the shop.';
COMMENT ON COLUMN notices.mail_id IS 'The mail with the same content.';

CREATE TABLE onboarding_answers (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id text NOT NULL,
  university_id integer,
  degree text NOT NULL,
  graduation_year integer NOT NULL,
  interests text NOT NULL DEFAULT ''::text,
  age smallint,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT onboarding_answers_pkey PRIMARY KEY (id),
  CONSTRAINT onboarding_answers_user_id_key UNIQUE (user_id),
  CONSTRAINT onboarding_answers_university_id_fkey FOREIGN KEY (university_id) REFERENCES universities(id) ON DELETE SET NULL,
  CONSTRAINT onboarding_answers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT onboarding_answers_degree_check CHECK (degree = ANY (ARRAY['bachelors'::text, 'masters'::text, 'phd'::text]))
);
CREATE INDEX onboarding_answers_university_id ON onboarding_answers (university_id);
COMMENT ON TABLE onboarding_answers IS 'Students'' answers to the onboarding questions, one row per student.';

CREATE TABLE operator_alerts (
  key text NOT NULL,
  subject text NOT NULL,
  text text NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  times integer NOT NULL DEFAULT 1,
  resolved_at timestamptz,
  CONSTRAINT operator_alerts_pkey PRIMARY KEY (key)
);
CREATE INDEX operator_alerts_raised_at ON operator_alerts (raised_at DESC);
CREATE TRIGGER operator_alerts_announce AFTER INSERT OR UPDATE OF times ON operator_alerts FOR EACH ROW EXECUTE FUNCTION announce_alert();
COMMENT ON TABLE operator_alerts IS 'Alerts to the operator, one per key.';
COMMENT ON COLUMN operator_alerts.times IS 'How often its cause came about.';
COMMENT ON COLUMN operator_alerts.resolved_at IS 'When its cause was over; null while it lasts, and for causes that do not end.';

CREATE TABLE order_changes (
  changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  order_id uuid NOT NULL,
  CONSTRAINT order_changes_pkey PRIMARY KEY (changed_in, order_id)
);
COMMENT ON TABLE order_changes IS 'Orders to check again, so that the recurring check of the invariants need not read all of them. Triggers add an order when a row changes that an invariant depends on. A broken order stays until it is repaired.';
COMMENT ON COLUMN order_changes.changed_in IS 'The transaction. Each has its own rows, so that none waits for another.';

CREATE TABLE order_lines (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL,
  order_state text NOT NULL,
  student_id text NOT NULL,
  course_id uuid NOT NULL,
  course_slug text NOT NULL,
  title text NOT NULL,
  amount bigint NOT NULL,
  "position" integer NOT NULL,
  discount_amount bigint NOT NULL DEFAULT 0,
  refunded_amount bigint NOT NULL DEFAULT 0,
  no_grant_reason text,
  access_days integer,
  paid_amount bigint,
  sold_lessons integer,
  sold_seconds integer,
  CONSTRAINT order_lines_pkey PRIMARY KEY (id),
  CONSTRAINT order_lines_order_id_course_id_key UNIQUE (order_id, course_id),
  CONSTRAINT order_lines_order_id_order_state_fkey FOREIGN KEY (order_id, order_state) REFERENCES orders(id, state) ON UPDATE CASCADE,
  CONSTRAINT order_lines_access_days_check CHECK (access_days > 0),
  CONSTRAINT order_lines_amount_check CHECK (amount >= 0),
  CONSTRAINT order_lines_check CHECK (discount_amount >= 0 AND discount_amount <= amount),
  CONSTRAINT order_lines_paid_amount_check CHECK (paid_amount >= 0),
  CONSTRAINT order_lines_refunded_amount_check CHECK (refunded_amount >= 0),
  CONSTRAINT order_lines_refunded_within_paid CHECK (refunded_amount <= paid_amount)
);
CREATE INDEX order_lines_not_paid ON order_lines (id) WHERE order_state <> ALL (ARRAY['paid'::text, 'partially_refunded'::text, 'refunded'::text]);
CREATE INDEX order_lines_of_course ON order_lines (course_id);
CREATE UNIQUE INDEX order_lines_one_page_per_student_and_course ON order_lines (student_id, course_id) WHERE order_state = ANY (ARRAY['created'::text, 'open'::text]);
CREATE INDEX order_lines_student_id ON order_lines (student_id, course_id);
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON order_lines FOR EACH ROW EXECUTE FUNCTION note_order_of_row();
COMMENT ON TABLE order_lines IS 'One course of an order, as it was when it was ordered. A line repeats the state of its order, kept equal by the foreign key, so that an index can cover the courses that are being bought.';
COMMENT ON COLUMN order_lines.amount IS 'Before the discount. In minor units of the order''s currency, like all amounts of a line.';
COMMENT ON COLUMN order_lines.no_grant_reason IS 'Why a paid line has no grant.';
COMMENT ON COLUMN order_lines.access_days IS 'The value of courses.access_days when it was ordered.';
COMMENT ON COLUMN order_lines.paid_amount IS 'The amount charged for the line, with its share of the tax. Until it is computed it is null and amount - discount_amount is used. The remaining amount is paid_amount - refunded_amount.';
COMMENT ON COLUMN order_lines.sold_lessons IS 'The number of lessons that the course had when it was paid. A refund by the student is judged by at least that many, whatever the tutors change later.';
COMMENT ON COLUMN order_lines.sold_seconds IS 'The total length of those lessons. Lessons of unknown length count with the average of the others.';
COMMENT ON INDEX order_lines_not_paid IS 'A small part of all rows, from which a check of all invariants starts.';
COMMENT ON INDEX order_lines_one_page_per_student_and_course IS 'A student has at most one payable page per course. Payments in progress are facts, of which there may be two.';

CREATE TABLE orders (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  student_id text NOT NULL,
  student_email text NOT NULL,
  state text NOT NULL,
  total_amount bigint NOT NULL,
  currency text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  session_id text,
  session_url text,
  session_expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  abandoned_at timestamptz,
  checked_at timestamptz,
  receipt_number bigint,
  paid_at timestamptz,
  is_needless boolean NOT NULL DEFAULT false,
  page_closed_at timestamptz,
  subtotal_amount bigint NOT NULL,
  CONSTRAINT orders_pkey PRIMARY KEY (id),
  CONSTRAINT orders_id_state_key UNIQUE (id, state),
  CONSTRAINT orders_receipt_number_key UNIQUE (receipt_number),
  CONSTRAINT orders_session_id_key UNIQUE (session_id),
  CONSTRAINT orders_attempt_check CHECK (attempt >= 1),
  CONSTRAINT orders_check CHECK ((session_id IS NULL) = (session_url IS NULL)),
  CONSTRAINT orders_currency_check CHECK (currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT orders_paid_have_moment CHECK (paid_at IS NOT NULL OR (state <> ALL (ARRAY['paid'::text, 'partially_refunded'::text, 'refunded'::text]))),
  CONSTRAINT orders_state_check CHECK (state = ANY (ARRAY['created'::text, 'open'::text, 'processing'::text, 'paid'::text, 'partially_refunded'::text, 'refunded'::text, 'failed'::text, 'expired'::text])),
  CONSTRAINT orders_subtotal_amount_check CHECK (subtotal_amount >= 0),
  CONSTRAINT orders_total_amount_check CHECK (total_amount >= 0),
  CONSTRAINT orders_total_is_subtotal CHECK (total_amount = subtotal_amount)
);
CREATE INDEX orders_created_at ON orders (created_at DESC, id);
CREATE INDEX orders_pages_to_close ON orders (session_expires_at) WHERE state = 'expired'::text AND abandoned_at IS NOT NULL AND page_closed_at IS NULL;
CREATE INDEX orders_paid_at ON orders (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_refunded ON orders (id) WHERE state = 'refunded'::text;
CREATE INDEX orders_student_id ON orders (student_id, created_at DESC);
CREATE INDEX orders_under_way ON orders (created_at) WHERE state = ANY (ARRAY['created'::text, 'open'::text, 'processing'::text]);
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note_changed_order();
CREATE TRIGGER orders_announce AFTER UPDATE OF state ON orders FOR EACH ROW WHEN (old.paid_at IS NULL AND new.paid_at IS NOT NULL) EXECUTE FUNCTION announce_order();
CREATE TRIGGER orders_date_brought_in_paid BEFORE INSERT ON orders FOR EACH ROW WHEN (new.paid_at IS NULL AND (new.state = ANY (ARRAY['paid'::text, 'partially_refunded'::text, 'refunded'::text]))) EXECUTE FUNCTION date_order_brought_in_paid();
CREATE TRIGGER orders_date_paid BEFORE UPDATE OF state ON orders FOR EACH ROW WHEN (new.paid_at IS NULL AND (new.state = ANY (ARRAY['paid'::text, 'partially_refunded'::text, 'refunded'::text]))) EXECUTE FUNCTION date_paid_order();
CREATE TRIGGER orders_fill_subtotal BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_order_subtotal();
CREATE TRIGGER orders_note_what_was_sold AFTER UPDATE OF state ON orders FOR EACH ROW WHEN (old.paid_at IS NULL AND new.paid_at IS NOT NULL) EXECUTE FUNCTION note_what_was_sold();
CREATE CONSTRAINT TRIGGER orders_number_receipt AFTER UPDATE OF state ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.state = ANY (ARRAY['paid'::text, 'partially_refunded'::text, 'refunded'::text])) EXECUTE FUNCTION number_receipt();
COMMENT ON TABLE orders IS 'Purchases, whether paid or not. Money tables have ids of people and courses without foreign keys, because a payment outlives both.';
COMMENT ON COLUMN orders.total_amount IS 'The former name of subtotal_amount, kept for the previous release.';
COMMENT ON COLUMN orders.attempt IS 'Counts the payment pages; each has its own idempotency key at Stripe.';
COMMENT ON COLUMN orders.session_id IS 'The current payment page, a Stripe Checkout session.';
COMMENT ON COLUMN orders.abandoned_at IS 'When the shop or the student abandoned the order while its page could still be paid.';
COMMENT ON COLUMN orders.checked_at IS 'When Stripe was last asked about it outside of events.';
COMMENT ON COLUMN orders.receipt_number IS 'Receipts are numbered without gaps, in the order of payment.';
COMMENT ON COLUMN orders.paid_at IS 'The time of the sale. Every paid order has one.';
COMMENT ON COLUMN orders.is_needless IS 'Whether the shop abandoned the order because the student no longer needs it or can no longer buy it.';
COMMENT ON COLUMN orders.page_closed_at IS 'When its last page was known to be closed, so that it can no longer be paid.';
COMMENT ON COLUMN orders.subtotal_amount IS 'In minor units, before discounts and tax.';
COMMENT ON INDEX orders_refunded IS 'A small part of all rows, from which a check of all invariants starts.';

CREATE TABLE password_invitations (
  user_id text NOT NULL,
  reason text NOT NULL,
  invited_at timestamptz,
  CONSTRAINT password_invitations_pkey PRIMARY KEY (user_id),
  CONSTRAINT password_invitations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT password_invitations_reason_check CHECK (reason = ANY (ARRAY['no_password'::text, 'merged'::text]))
);
COMMENT ON TABLE password_invitations IS 'Imported accounts that have no usable password and get a link by mail.';
COMMENT ON COLUMN password_invitations.reason IS 'no_password: the former shop had no hash of one; merged: several accounts had the address, so only its mailbox decides.';
COMMENT ON COLUMN password_invitations.invited_at IS 'When the mail was put into the outbox.';

CREATE TABLE payment_sessions (
  session_id text NOT NULL,
  order_id uuid NOT NULL,
  attempt integer NOT NULL,
  payment_intent_id text,
  outcome text NOT NULL,
  mismatch text,
  currency text NOT NULL,
  subtotal_amount bigint NOT NULL,
  discount_amount bigint NOT NULL,
  tax_amount bigint NOT NULL,
  total_amount bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT payment_sessions_pkey PRIMARY KEY (session_id),
  CONSTRAINT payment_sessions_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT payment_sessions_currency_check CHECK (currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT payment_sessions_outcome_check CHECK (outcome = ANY (ARRAY['awaiting_funds'::text, 'expired'::text, 'failed'::text, 'paid'::text]))
);
CREATE INDEX payment_sessions_order_id ON payment_sessions (order_id);
CREATE INDEX payment_sessions_payment_intent_id ON payment_sessions (payment_intent_id);
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON payment_sessions FOR EACH ROW EXECUTE FUNCTION note_order_of_row();
COMMENT ON TABLE payment_sessions IS 'What Stripe reports about each payment page of an order. The state of the order and its access are derived from these facts.';
COMMENT ON COLUMN payment_sessions.payment_intent_id IS 'Null if there was nothing to pay.';
COMMENT ON COLUMN payment_sessions.mismatch IS 'Why this cannot be a payment of the order; null if it matches.';
COMMENT ON COLUMN payment_sessions.subtotal_amount IS 'In minor units, before discounts and tax.';
COMMENT ON COLUMN payment_sessions.total_amount IS 'The amount charged.';

CREATE TABLE payments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL,
  student_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  method text NOT NULL,
  status smallint NOT NULL DEFAULT 1,
  reason smallint,
  session_id text,
  payment_intent_id text,
  review_reason text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  discount_amount bigint NOT NULL DEFAULT 0,
  tax_amount bigint NOT NULL DEFAULT 0,
  paid_amount bigint NOT NULL DEFAULT 0,
  refunded_amount bigint NOT NULL DEFAULT 0,
  decline_code text,
  declined_at timestamptz,
  reviewed_reason text,
  CONSTRAINT payments_pkey PRIMARY KEY (id),
  CONSTRAINT payments_order_id_key UNIQUE (order_id),
  CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT payments_amount_check CHECK (amount >= 0),
  CONSTRAINT payments_currency_check CHECK (currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT payments_method_check CHECK (method = ANY (ARRAY['stripe'::text, 'free'::text])),
  CONSTRAINT payments_reason_check CHECK (reason = ANY (ARRAY[1, 2, 3, 4, 5, 10])),
  CONSTRAINT payments_status_check CHECK (status = ANY (ARRAY[1, 2, '-1'::integer, '-2'::integer]))
);
CREATE INDEX payments_student_id ON payments (student_id, created_at DESC, id);
CREATE INDEX payments_to_review ON payments (order_id) WHERE review_reason IS NOT NULL AND review_reason IS DISTINCT FROM reviewed_reason;
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION note_order_of_row();
COMMENT ON TABLE payments IS 'The payment of an order as the API shows it, one row per order.';
COMMENT ON COLUMN payments.amount IS 'The amount to pay, after discounts and before tax. In minor units, like all amounts here.';
COMMENT ON COLUMN payments.status IS '1 pending, 2 completed, -1 failed, -2 refunded.';
COMMENT ON COLUMN payments.reason IS '1 recipient not found, 2 debit error, 3 transaction error, 4 cancelled by timeout, 5 refund, 10 unknown.';
COMMENT ON COLUMN payments.review_reason IS 'Why an administrator must review this payment; null if nothing is wrong. It is derived from facts and stays.';
COMMENT ON COLUMN payments.paid_amount IS 'The amount charged.';
COMMENT ON COLUMN payments.decline_code IS 'Why the last attempt was declined.';
COMMENT ON COLUMN payments.reviewed_reason IS 'The review_reason that has been reviewed. A new one reopens the review.';

CREATE TABLE playback_log (
  id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  lesson_id uuid NOT NULL,
  course_id uuid NOT NULL,
  video_id text,
  viewer_id text,
  address text NOT NULL,
  user_agent text NOT NULL,
  outcome text NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  session_id uuid,
  CONSTRAINT playback_log_pkey PRIMARY KEY (id),
  CONSTRAINT playback_log_outcome_check CHECK (outcome = ANY (ARRAY['ticket_issued'::text, 'no_video'::text, 'vendor_unavailable'::text, 'refused'::text, 'stream_limit'::text]))
);
CREATE INDEX playback_log_course_id ON playback_log (course_id, occurred_at DESC, id DESC);
CREATE INDEX playback_log_lesson_id ON playback_log (lesson_id, occurred_at DESC);
CREATE INDEX playback_log_occurred_at ON playback_log (occurred_at DESC, id DESC);
CREATE INDEX playback_log_tickets ON playback_log (viewer_id, course_id) WHERE outcome = 'ticket_issued'::text;
CREATE INDEX playback_log_viewer_id ON playback_log (viewer_id, occurred_at DESC);
COMMENT ON TABLE playback_log IS 'Requests to watch a lesson, and their outcomes.';
COMMENT ON COLUMN playback_log.address IS 'The IP address.';
COMMENT ON COLUMN playback_log.session_id IS 'The row of playback_sessions, if there was one.';

CREATE TABLE playback_rules (
  course_id uuid NOT NULL,
  embed_hosts text[] NOT NULL DEFAULT '{}'::text[],
  country_rule text NOT NULL DEFAULT 'none'::text,
  countries text[] NOT NULL DEFAULT '{}'::text[],
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT playback_rules_pkey PRIMARY KEY (course_id),
  CONSTRAINT playback_rules_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT playback_rules_country_rule_check CHECK (country_rule = ANY (ARRAY['none'::text, 'allow'::text, 'block'::text]))
);
COMMENT ON TABLE playback_rules IS 'Where the videos of a course may be embedded and watched. A course without a row has no restrictions.';
COMMENT ON COLUMN playback_rules.embed_hosts IS 'Empty: anywhere.';
COMMENT ON COLUMN playback_rules.countries IS 'ISO 3166-1 alpha-2.';

CREATE TABLE playback_sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  viewer_id text NOT NULL,
  sign_in_id text NOT NULL,
  lesson_id uuid NOT NULL,
  course_id uuid NOT NULL,
  video_id text NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL,
  position_seconds integer NOT NULL DEFAULT 0,
  watched_seconds integer NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  lease_until timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by text,
  CONSTRAINT playback_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT playback_sessions_check CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CONSTRAINT playback_sessions_ended_by_check CHECK (ended_by = ANY (ARRAY['viewer'::text, 'takeover'::text, 'failure'::text])),
  CONSTRAINT playback_sessions_position_seconds_check CHECK (position_seconds >= 0),
  CONSTRAINT playback_sessions_watched_seconds_check CHECK (watched_seconds >= 0)
);
CREATE INDEX playback_sessions_started_at ON playback_sessions (started_at);
CREATE INDEX playback_sessions_viewer_id ON playback_sessions (viewer_id, lease_until DESC) WHERE ended_at IS NULL;
COMMENT ON TABLE playback_sessions IS 'A player showing one lesson, from its ticket to its last heartbeat. Until its lease expires it counts as a stream of the viewer.';
COMMENT ON COLUMN playback_sessions.sign_in_id IS 'The sign-in of the viewer, which counts as one device.';
COMMENT ON COLUMN playback_sessions.address IS 'The IP address.';

CREATE TABLE promotion_amounts (
  promotion_id uuid NOT NULL,
  currency text NOT NULL,
  amount_off bigint,
  minimum_amount bigint,
  CONSTRAINT promotion_amounts_pkey PRIMARY KEY (promotion_id, currency),
  CONSTRAINT promotion_amounts_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(id) ON DELETE CASCADE,
  CONSTRAINT promotion_amounts_amount_off_check CHECK (amount_off > 0),
  CONSTRAINT promotion_amounts_check CHECK (amount_off IS NOT NULL OR minimum_amount IS NOT NULL),
  CONSTRAINT promotion_amounts_currency_check CHECK (currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT promotion_amounts_minimum_amount_check CHECK (minimum_amount > 0)
);
COMMENT ON TABLE promotion_amounts IS 'The discount of a promotion in each currency, and the price from which it applies.';
COMMENT ON COLUMN promotion_amounts.amount_off IS 'In minor units; null if the promotion is a percentage.';
COMMENT ON COLUMN promotion_amounts.minimum_amount IS 'The minimum total of the courses before the discount, in minor units.';

CREATE TABLE promotion_courses (
  promotion_id uuid NOT NULL,
  course_id uuid NOT NULL,
  CONSTRAINT promotion_courses_pkey PRIMARY KEY (promotion_id, course_id),
  CONSTRAINT promotion_courses_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(id) ON DELETE CASCADE
);
CREATE INDEX promotion_courses_course_id ON promotion_courses (course_id);
COMMENT ON TABLE promotion_courses IS 'The courses that a promotion is limited to; no rows: every course. Ids have no foreign key to courses, so that a code for one course does not become a code for every course when that course is deleted.';

CREATE TABLE promotion_redemptions (
  order_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  student_id text NOT NULL,
  redeemed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at timestamptz,
  CONSTRAINT promotion_redemptions_pkey PRIMARY KEY (order_id),
  CONSTRAINT promotion_redemptions_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT promotion_redemptions_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(id)
);
CREATE INDEX promotion_redemptions_held ON promotion_redemptions (promotion_id, redeemed_at, order_id) WHERE released_at IS NULL;
CREATE INDEX promotion_redemptions_promotion_id ON promotion_redemptions (promotion_id, student_id);
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON promotion_redemptions FOR EACH ROW EXECUTE FUNCTION note_order_of_row();
COMMENT ON TABLE promotion_redemptions IS 'Uses of promotions, one per order. A use counts until it is released, once its order has ended unpaid and its page is closed.';
COMMENT ON COLUMN promotion_redemptions.redeemed_at IS 'Determines which uses exceed a limit: the latest ones.';

CREATE TABLE promotions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  code text NOT NULL,
  created_by text NOT NULL,
  percent integer,
  valid_from timestamptz,
  valid_until timestamptz,
  max_redemptions integer,
  per_student_limit integer,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  ended_by text,
  CONSTRAINT promotions_pkey PRIMARY KEY (id),
  CONSTRAINT promotions_code_key UNIQUE (code),
  CONSTRAINT promotions_check CHECK (valid_until > valid_from),
  CONSTRAINT promotions_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{2,39}$'::text),
  CONSTRAINT promotions_max_redemptions_check CHECK (max_redemptions > 0),
  CONSTRAINT promotions_per_student_limit_check CHECK (per_student_limit > 0),
  CONSTRAINT promotions_percent_check CHECK (percent >= 1 AND percent <= 100)
);
CREATE INDEX promotions_created_by ON promotions (created_by, created_at DESC);
CREATE TRIGGER note_change AFTER UPDATE OF max_redemptions, per_student_limit ON promotions FOR EACH ROW WHEN (old.max_redemptions IS DISTINCT FROM new.max_redemptions OR old.per_student_limit IS DISTINCT FROM new.per_student_limit) EXECUTE FUNCTION note_orders_of_promotion();
COMMENT ON TABLE promotions IS 'Promotion codes.';
COMMENT ON COLUMN promotions.percent IS 'Null: the discount is an amount per currency, in promotion_amounts.';
COMMENT ON COLUMN promotions.ended_by IS 'Who ended it by hand. Null while it is active, and if it ended because its creator lost the right to it.';

CREATE UNLOGGED TABLE rate_limits (
  key character varying(255) NOT NULL,
  points integer NOT NULL DEFAULT 0,
  expire bigint,
  CONSTRAINT rate_limits_pkey PRIMARY KEY (key)
);
COMMENT ON TABLE rate_limits IS 'Counters of attempts, as rate-limiter-flexible keeps them, under hashed keys. The table is unlogged, because losing it does little harm and logging it would be expensive.';
COMMENT ON COLUMN rate_limits.expire IS 'Milliseconds since 1970.';

CREATE TABLE receipt_numbers (
  only_row boolean NOT NULL DEFAULT true,
  last bigint NOT NULL,
  dated_from bigint,
  last_at timestamptz NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  CONSTRAINT receipt_numbers_pkey PRIMARY KEY (only_row),
  CONSTRAINT receipt_numbers_only_row_check CHECK (only_row)
);
COMMENT ON TABLE receipt_numbers IS 'One row with the number of the last receipt. The number is taken in the transaction that settles the order, so the next settlement waits for this row, and the number is free again if that transaction fails.';
COMMENT ON COLUMN receipt_numbers.dated_from IS 'From this number on, receipts are dated in the order of their numbers; null: from the first.';
COMMENT ON COLUMN receipt_numbers.last_at IS 'The time of the last receipt. The next one is never earlier.';

CREATE TABLE reconciled_lists (
  list text NOT NULL,
  read_to text,
  CONSTRAINT reconciled_lists_pkey PRIMARY KEY (list),
  CONSTRAINT reconciled_lists_list_check CHECK (list = ANY (ARRAY['refunds'::text, 'disputes'::text, 'events'::text]))
);
COMMENT ON TABLE reconciled_lists IS 'How far reconciliation has read each of Stripe''s lists, so that an interrupted run can be continued.';
COMMENT ON COLUMN reconciled_lists.read_to IS 'The last id that was processed; null: the list was read to its end.';

CREATE TABLE refund_lines (
  refund_id uuid NOT NULL,
  order_line_id uuid NOT NULL,
  amount bigint NOT NULL,
  CONSTRAINT refund_lines_pkey PRIMARY KEY (refund_id, order_line_id),
  CONSTRAINT refund_lines_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES order_lines(id),
  CONSTRAINT refund_lines_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES refunds(id),
  CONSTRAINT refund_lines_amount_check CHECK (amount > 0)
);
COMMENT ON TABLE refund_lines IS 'The lines that a refund is for. A refund without lines counts against the whole order.';

CREATE TABLE refunds (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  stripe_refund_id text,
  order_id uuid,
  payment_intent_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  origin text NOT NULL,
  request_key text,
  requested_by text,
  reason text NOT NULL DEFAULT ''::text,
  failure_reason text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT refunds_pkey PRIMARY KEY (id),
  CONSTRAINT refunds_request_key_key UNIQUE (request_key),
  CONSTRAINT refunds_stripe_refund_id_key UNIQUE (stripe_refund_id),
  CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT refunds_amount_check CHECK (amount > 0),
  CONSTRAINT refunds_currency_check CHECK (currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT refunds_origin_check CHECK (origin = ANY (ARRAY['administrator'::text, 'student'::text, 'duplicate'::text, 'mismatch'::text, 'stripe'::text])),
  CONSTRAINT refunds_status_check CHECK (status = ANY (ARRAY['requested'::text, 'submitted'::text, 'requires_action'::text, 'pending'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text]))
);
CREATE INDEX refunds_order_id ON refunds (order_id);
CREATE INDEX refunds_payment_intent_id ON refunds (payment_intent_id);
CREATE INDEX refunds_under_way ON refunds (updated_at) WHERE status = ANY (ARRAY['requested'::text, 'submitted'::text]);
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION note_orders_of_payment();
CREATE TRIGGER refunds_announce AFTER INSERT OR UPDATE OF status, order_id ON refunds FOR EACH ROW WHEN (new.status = 'succeeded'::text AND new.order_id IS NOT NULL) EXECUTE FUNCTION announce_refund();
COMMENT ON TABLE refunds IS 'Every refund, whether requested by the shop or made in Stripe. Its status goes from requested to submitted, and then to the status that Stripe reports.';
COMMENT ON COLUMN refunds.stripe_refund_id IS 'Null until Stripe has accepted it.';
COMMENT ON COLUMN refunds.order_id IS 'Null until the payment is known.';
COMMENT ON COLUMN refunds.amount IS 'In minor units.';
COMMENT ON COLUMN refunds.request_key IS 'Idempotency key: a second request with the same key changes nothing.';

CREATE TABLE removed_lesson_progress (
  student_id text NOT NULL,
  lesson_id uuid NOT NULL,
  course_id uuid NOT NULL,
  watched_seconds integer NOT NULL,
  duration_seconds integer,
  completed_at timestamptz,
  removed_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT removed_lesson_progress_pkey PRIMARY KEY (student_id, lesson_id),
  CONSTRAINT removed_lesson_progress_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT removed_lesson_progress_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX removed_lesson_progress_course_id ON removed_lesson_progress (course_id, student_id);
COMMENT ON TABLE removed_lesson_progress IS 'What students watched of lessons that have since been removed. Refunds and disputes are judged by everything that was watched of a course.';
COMMENT ON COLUMN removed_lesson_progress.duration_seconds IS 'The duration of the lesson; null if unknown.';

CREATE TABLE reviews (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL,
  student_id text NOT NULL,
  rating smallint NOT NULL,
  content text NOT NULL DEFAULT ''::text,
  hidden_at timestamptz,
  hidden_by text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT reviews_pkey PRIMARY KEY (id),
  CONSTRAINT reviews_course_id_student_id_key UNIQUE (course_id, student_id),
  CONSTRAINT reviews_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT reviews_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT reviews_check CHECK ((hidden_at IS NULL) = (hidden_by IS NULL)),
  CONSTRAINT reviews_rating_check CHECK (rating >= 1 AND rating <= 5)
);
CREATE INDEX reviews_course_id ON reviews (course_id, created_at DESC, id DESC);
CREATE INDEX reviews_student_id ON reviews (student_id);
CREATE TRIGGER reviews_announce AFTER INSERT ON reviews FOR EACH ROW EXECUTE FUNCTION announce_review();
CREATE TRIGGER reviews_are_counted AFTER INSERT OR DELETE OR UPDATE OF rating, hidden_at ON reviews FOR EACH ROW EXECUTE FUNCTION count_review();
COMMENT ON TABLE reviews IS 'Students'' reviews of courses, one per student and course.';
COMMENT ON COLUMN reviews.hidden_at IS 'When an administrator hid it. It no longer counts.';

CREATE TABLE schema_migrations (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE schema_migrations IS 'The numbered files of migrations/ that have been applied.';

CREATE TABLE schema_scripts (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT schema_scripts_pkey PRIMARY KEY (name, checksum)
);
COMMENT ON TABLE schema_scripts IS 'Every applied version of the files of functions and comments. The latest of each is in force.';

CREATE TABLE search_changes (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  course_id uuid NOT NULL,
  due_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  failures integer NOT NULL DEFAULT 0,
  CONSTRAINT search_changes_pkey PRIMARY KEY (id)
);
CREATE INDEX search_changes_due_at ON search_changes (due_at);
COMMENT ON TABLE search_changes IS 'Courses that the indexes are to be told of. There is no foreign key, because a removed course is one of them.';
COMMENT ON COLUMN search_changes.due_at IS 'When to index it. While a process does so: when another may take it over.';
COMMENT ON COLUMN search_changes.failures IS 'How often indexing it has failed in a row.';

CREATE TABLE search_indexes (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'new'::text,
  kept_until timestamptz NOT NULL DEFAULT statement_timestamp() + '7 days'::interval,
  CONSTRAINT search_indexes_pkey PRIMARY KEY (id),
  CONSTRAINT search_indexes_name_key UNIQUE (name),
  CONSTRAINT search_indexes_state_check CHECK (state = ANY (ARRAY['new'::text, 'open'::text, 'filled'::text]))
);
COMMENT ON TABLE search_indexes IS 'The indexes of courses in a search engine. While one is told of changes, these are noted in search_changes.';
COMMENT ON COLUMN search_indexes.state IS 'new: about to be made; open: told of changes while it is filled; filled: it has every course and may be searched.';
COMMENT ON COLUMN search_indexes.kept_until IS 'When changes are no longer noted, because nobody asked for any. A worker that indexes them puts it off.';

CREATE TABLE search_version (
  is_the_row boolean NOT NULL DEFAULT true,
  latest bigint NOT NULL DEFAULT 0,
  CONSTRAINT search_version_pkey PRIMARY KEY (is_the_row),
  CONSTRAINT search_version_is_the_row_check CHECK (is_the_row)
);
COMMENT ON TABLE search_version IS 'The latest version of what is indexed. It is raised before courses are read, and stays locked until they are, so that what was read later has the higher version, which wins.';

CREATE TABLE search_words (
  word text NOT NULL,
  CONSTRAINT search_words_pkey PRIMARY KEY (word)
);
CREATE INDEX search_words_trigrams ON search_words USING gin (word gin_trgm_ops);
COMMENT ON TABLE search_words IS 'Every word that occurs in a course on sale. A mistyped word is searched for by the words most similar to it.';

CREATE TABLE sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id text NOT NULL,
  user_agent text NOT NULL DEFAULT ''::text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  last_used_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  device text NOT NULL DEFAULT ''::text,
  address text NOT NULL DEFAULT ''::text,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX sessions_user_id ON sessions (user_id);
COMMENT ON TABLE sessions IS 'Sign-ins, one row each. Refreshing tokens keeps the row.';
COMMENT ON COLUMN sessions.device IS 'A name that the user recognises, such as "Firefox on Linux".';
COMMENT ON COLUMN sessions.address IS 'The IP address from which the sign-in was made.';

CREATE TABLE sms_consents (
  user_id text NOT NULL,
  topic text NOT NULL,
  given_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT sms_consents_pkey PRIMARY KEY (user_id, topic),
  CONSTRAINT sms_consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES sms_numbers(user_id) ON DELETE CASCADE
);
COMMENT ON TABLE sms_consents IS 'What people want to get by SMS, and since when. Goes with the number.';

CREATE TABLE sms_numbers (
  user_id text NOT NULL,
  number text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  confirmed_at timestamptz,
  problem text,
  code_requested_at timestamptz,
  code_hash text,
  code_expires_at timestamptz,
  code_tries integer NOT NULL DEFAULT 0,
  CONSTRAINT sms_numbers_pkey PRIMARY KEY (user_id),
  CONSTRAINT sms_numbers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT sms_numbers_problem_check CHECK (problem = ANY (ARRAY['stopped'::text, 'unreachable'::text]))
);
CREATE INDEX sms_numbers_number ON sms_numbers (number);
COMMENT ON TABLE sms_numbers IS 'The mobile number of a person, who confirms it by a code.';
COMMENT ON COLUMN sms_numbers.number IS 'In E.164.';
COMMENT ON COLUMN sms_numbers.problem IS 'Why it gets no SMS: its owner replied STOP, or it cannot get any.';
COMMENT ON COLUMN sms_numbers.code_hash IS 'A keyed hash of the last code that was sent; null once it is used up.';
COMMENT ON COLUMN sms_numbers.code_tries IS 'How often a wrong code was given since.';

CREATE TABLE stale_tags (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tag text NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  due_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  failures integer NOT NULL DEFAULT 0,
  is_again boolean NOT NULL DEFAULT false,
  CONSTRAINT stale_tags_pkey PRIMARY KEY (id)
);
CREATE INDEX stale_tags_due_at ON stale_tags (due_at);
COMMENT ON TABLE stale_tags IS 'Tags by which edge caches must forget responses, noted by triggers when what anybody may read changes. A row per change, so that no transaction waits for another.';
COMMENT ON COLUMN stale_tags.due_at IS 'When to purge it. While a process does so: when another may take it over.';
COMMENT ON COLUMN stale_tags.failures IS 'How often purging it has failed in a row.';
COMMENT ON COLUMN stale_tags.is_again IS 'Whether it was purged and waits for the second time, for responses that were under way at the first.';

CREATE TABLE student_count_changes (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  course_id uuid NOT NULL,
  students integer NOT NULL,
  CONSTRAINT student_count_changes_pkey PRIMARY KEY (id)
);
CREATE CONSTRAINT TRIGGER apply_change AFTER INSERT ON student_count_changes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION apply_student_count();
COMMENT ON TABLE student_count_changes IS 'Changes of courses.student_count in a transaction under way. Each is applied and deleted at its commit, so that others see none.';

CREATE TABLE support_contacts (
  user_id text NOT NULL,
  contact_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT support_contacts_pkey PRIMARY KEY (user_id),
  CONSTRAINT support_contacts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
COMMENT ON TABLE support_contacts IS 'Accounts that the support tool has as contacts. The job that deletes a contact of an erased account deletes the row.';
COMMENT ON COLUMN support_contacts.contact_id IS 'The tool''s id: it finds an archived contact by nothing else.';

CREATE TABLE tutor_invitations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL,
  email text NOT NULL,
  share_percent smallint NOT NULL,
  invited_by text NOT NULL,
  state text NOT NULL DEFAULT 'open'::text,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  answered_at timestamptz,
  CONSTRAINT tutor_invitations_pkey PRIMARY KEY (id),
  CONSTRAINT tutor_invitations_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE CASCADE,
  CONSTRAINT tutor_invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT tutor_invitations_email_check CHECK (email = lower(email)),
  CONSTRAINT tutor_invitations_share_percent_check CHECK (share_percent >= 0 AND share_percent <= 100),
  CONSTRAINT tutor_invitations_state_check CHECK (state = ANY (ARRAY['open'::text, 'accepted'::text, 'declined'::text, 'withdrawn'::text]))
);
CREATE INDEX tutor_invitations_email ON tutor_invitations (email) WHERE state = 'open'::text;
CREATE INDEX tutor_invitations_invited_by ON tutor_invitations (invited_by);
CREATE UNIQUE INDEX tutor_invitations_one_open ON tutor_invitations (course_id, email) WHERE state = 'open'::text;
COMMENT ON TABLE tutor_invitations IS 'Invitations to teach a course with others, and their outcome.';
COMMENT ON COLUMN tutor_invitations.share_percent IS 'The offered share of the earnings.';

CREATE TABLE universities (
  id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  logo_key text,
  website text NOT NULL DEFAULT ''::text,
  country text NOT NULL,
  city text NOT NULL,
  location text NOT NULL DEFAULT ''::text,
  global_rank integer,
  country_rank integer,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT universities_pkey PRIMARY KEY (id),
  CONSTRAINT universities_name_key UNIQUE (name),
  CONSTRAINT universities_name_check CHECK (name <> ''::text)
);
CREATE TRIGGER universities_go_stale AFTER INSERT OR DELETE OR UPDATE ON universities FOR EACH STATEMENT EXECUTE FUNCTION note_stale_universities();
COMMENT ON TABLE universities IS 'Universities that students name in their profiles and answers.';
COMMENT ON COLUMN universities.logo_key IS 'The key of the picture in the bucket.';

CREATE TABLE users (
  id text NOT NULL DEFAULT gen_random_uuid()::text,
  email text NOT NULL,
  password_hash text NOT NULL,
  first_name text NOT NULL DEFAULT ''::text,
  last_name text NOT NULL DEFAULT ''::text,
  username text NOT NULL DEFAULT ''::text,
  phone text NOT NULL DEFAULT ''::text,
  role smallint NOT NULL,
  email_verified_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  language text NOT NULL DEFAULT 'en'::text,
  deactivated_at timestamptz,
  erased_at timestamptz,
  credentials_version integer NOT NULL DEFAULT 1,
  pending_email text,
  avatar_key text,
  bio text NOT NULL DEFAULT ''::text,
  university_id integer,
  publishes_email boolean NOT NULL DEFAULT false,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_key UNIQUE (email),
  CONSTRAINT users_university_id_fkey FOREIGN KEY (university_id) REFERENCES universities(id) ON DELETE SET NULL,
  CONSTRAINT users_email_check CHECK (email = lower(email)),
  CONSTRAINT users_language_check CHECK (language = ANY (ARRAY['en'::text, 'ru'::text, 'es'::text])),
  CONSTRAINT users_pending_email_check CHECK (pending_email = lower(pending_email)),
  CONSTRAINT users_role_check CHECK (role >= 1 AND role <= 4)
);
CREATE INDEX users_created_at ON users (created_at DESC, id);
CREATE INDEX users_university_id ON users (university_id);
CREATE TRIGGER note_change AFTER UPDATE OF deactivated_at, erased_at ON users FOR EACH ROW WHEN (old.deactivated_at IS DISTINCT FROM new.deactivated_at OR old.erased_at IS DISTINCT FROM new.erased_at) EXECUTE FUNCTION note_orders_of_person();
CREATE TRIGGER tutor_names_are_summarised AFTER UPDATE ON users FOR EACH ROW WHEN (old.first_name IS DISTINCT FROM new.first_name OR old.last_name IS DISTINCT FROM new.last_name) EXECUTE FUNCTION summarise_tutor_name();
CREATE TRIGGER tutors_go_stale AFTER UPDATE ON users FOR EACH ROW WHEN (old.first_name IS DISTINCT FROM new.first_name OR old.last_name IS DISTINCT FROM new.last_name OR old.avatar_key IS DISTINCT FROM new.avatar_key OR old.bio IS DISTINCT FROM new.bio OR old.university_id IS DISTINCT FROM new.university_id OR old.publishes_email IS DISTINCT FROM new.publishes_email OR old.email IS DISTINCT FROM new.email OR old.role IS DISTINCT FROM new.role OR (old.email_verified_at IS NULL) IS DISTINCT FROM (new.email_verified_at IS NULL) OR (old.deactivated_at IS NULL) IS DISTINCT FROM (new.deactivated_at IS NULL) OR (old.erased_at IS NULL) IS DISTINCT FROM (new.erased_at IS NULL)) EXECUTE FUNCTION note_stale_person();
CREATE TRIGGER tutors_go_stale_added AFTER INSERT ON users FOR EACH ROW WHEN (new.role = 2) EXECUTE FUNCTION note_stale_person();
CREATE TRIGGER tutors_go_stale_removed AFTER DELETE ON users FOR EACH ROW WHEN (old.role = 2) EXECUTE FUNCTION note_stale_person();
CREATE TRIGGER users_announce AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION announce_user();
COMMENT ON TABLE users IS 'Accounts of students, tutors and administrators.';
COMMENT ON COLUMN users.role IS '1 admin, 2 tutor, 3 student, 4 user.';
COMMENT ON COLUMN users.deactivated_at IS 'Since when the account may not sign in, refresh tokens or watch.';
COMMENT ON COLUMN users.erased_at IS 'When personal data was erased. The row stays, because money tables and the audit log hold its id.';
COMMENT ON COLUMN users.credentials_version IS 'Counts the password changes of the account. Mailed links contain it, so that a new password voids older links.';
COMMENT ON COLUMN users.pending_email IS 'Becomes email once it is confirmed.';
COMMENT ON COLUMN users.avatar_key IS 'The key of the picture in the bucket.';
COMMENT ON COLUMN users.publishes_email IS 'Whether the public profile shows the email.';

CREATE TABLE videos (
  id text NOT NULL,
  title text NOT NULL DEFAULT ''::text,
  uploader_id text,
  course_id uuid,
  origin text NOT NULL,
  source_url text,
  status text NOT NULL,
  length_seconds integer,
  poster_url text,
  unused_since timestamptz,
  checked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT videos_pkey PRIMARY KEY (id),
  CONSTRAINT videos_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses(id) ON DELETE SET NULL,
  CONSTRAINT videos_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT videos_length_seconds_check CHECK (length_seconds >= 0),
  CONSTRAINT videos_origin_check CHECK (origin = ANY (ARRAY['upload'::text, 'import'::text, 'legacy'::text])),
  CONSTRAINT videos_status_check CHECK (status = ANY (ARRAY['awaiting_upload'::text, 'processing'::text, 'ready'::text, 'failed'::text, 'abandoned'::text, 'deleting'::text, 'deleted'::text]))
);
CREATE INDEX videos_pending ON videos (checked_at NULLS FIRST) WHERE status = ANY (ARRAY['awaiting_upload'::text, 'processing'::text]);
CREATE INDEX videos_uploader_id ON videos (uploader_id, created_at DESC, id);
COMMENT ON TABLE videos IS 'Videos at the video service, and who uploaded them.';
COMMENT ON COLUMN videos.id IS 'The id at the video service.';
COMMENT ON COLUMN videos.uploader_id IS 'Who requested the upload, and may use the video in lessons.';
COMMENT ON COLUMN videos.course_id IS 'The course that the upload was for, if it was given.';
COMMENT ON COLUMN videos.source_url IS 'The URL that the video was imported from.';
COMMENT ON COLUMN videos.unused_since IS 'When a sweep first found that no lesson uses it.';
COMMENT ON COLUMN videos.checked_at IS 'When the video service was last asked about it.';

CREATE TABLE webhook_deliveries (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  message_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'pending'::text,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  response_status integer,
  error text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  CONSTRAINT webhook_deliveries_message_id_fkey FOREIGN KEY (message_id) REFERENCES webhook_messages(id) ON DELETE CASCADE,
  CONSTRAINT webhook_deliveries_state_check CHECK (state = ANY (ARRAY['pending'::text, 'sending'::text, 'delivered'::text, 'failed'::text]))
);
CREATE INDEX webhook_deliveries_due_at ON webhook_deliveries (endpoint_id, due_at) WHERE state = ANY (ARRAY['pending'::text, 'sending'::text]);
CREATE INDEX webhook_deliveries_endpoint_id ON webhook_deliveries (endpoint_id, created_at DESC);
CREATE INDEX webhook_deliveries_message_id ON webhook_deliveries (message_id);
COMMENT ON TABLE webhook_deliveries IS 'A message on its way to an endpoint. sending: a process is at it until due_at; after that it is tried again.';

CREATE TABLE webhook_endpoints (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  url text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  event_types text[] NOT NULL,
  secret text NOT NULL,
  former_secret text,
  former_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  disabled_at timestamptz,
  disabled_reason text,
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_endpoints_disabled_why CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CONSTRAINT webhook_endpoints_event_types_check CHECK (cardinality(event_types) > 0),
  CONSTRAINT webhook_endpoints_former_ends CHECK ((former_secret IS NULL) = (former_until IS NULL))
);
COMMENT ON TABLE webhook_endpoints IS 'Addresses of integrators that are told of events.';
COMMENT ON COLUMN webhook_endpoints.secret IS 'As it is, because messages are signed with it. Whoever reads it can forge messages to that endpoint.';
COMMENT ON COLUMN webhook_endpoints.former_secret IS 'The secret that was replaced. It signs as well until former_until.';

CREATE TABLE webhook_events (
  endpoint text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  outcome text NOT NULL,
  reason text,
  received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  attempts integer NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT webhook_events_pkey PRIMARY KEY (endpoint, event_id),
  CONSTRAINT webhook_events_id_key UNIQUE (id)
);
CREATE INDEX webhook_events_outcome ON webhook_events (outcome, received_at DESC);
CREATE INDEX webhook_events_received_at ON webhook_events (received_at DESC, id);
COMMENT ON TABLE webhook_events IS 'Events that Stripe sent, and their outcomes.';
COMMENT ON COLUMN webhook_events.attempts IS 'The number of failed attempts.';

CREATE TABLE webhook_messages (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  data jsonb NOT NULL,
  key text,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT webhook_messages_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_messages_key_key UNIQUE (key)
);
CREATE INDEX webhook_messages_occurred_at ON webhook_messages (occurred_at);
COMMENT ON TABLE webhook_messages IS 'Events for endpoints, with ids rather than data about people. Kept for 30 days. webhook_events is what Stripe sends.';
COMMENT ON COLUMN webhook_messages.key IS 'What the event is about, so that it is announced once; null: a test.';

CREATE FUNCTION announce(event text, subject text, told jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  message uuid;
begin
  if not exists (select from webhook_endpoints e where e.disabled_at is null and event = any (e.event_types)) then
    return;
  end if;
  insert into webhook_messages (type, key, data) values (event, event || ':' || subject, told)
  on conflict (key) do nothing returning id into message;
  insert into webhook_deliveries (message_id, endpoint_id)
  select message, e.id from webhook_endpoints e
  where message is not null and e.disabled_at is null and event = any (e.event_types);
end $function$;
COMMENT ON FUNCTION announce(text,text,jsonb) IS 'Queues an event for each endpoint that wants it, once for a subject: of two that happen to it, only the first counts.';

CREATE FUNCTION announce_access()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce(tg_argv[0], new.id::text, jsonb_build_object(
    'grant_id', new.id, 'user_id', new.student_id, 'course_id', new.course_id));
  return null;
end $function$;

CREATE FUNCTION announce_alert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce('operator.alert', new.key || ':' || new.times, jsonb_build_object(
    'key', new.key, 'subject', new.subject, 'text', new.text));
  return null;
end $function$;

CREATE FUNCTION announce_completion()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  course uuid := (
    select p.course_id from lessons l join course_parts p on p.id = l.part_id where l.id = new.lesson_id
  );
begin
  if not exists (
    select from lessons l join course_parts p on p.id = l.part_id
    where p.course_id = course and not exists (
      select from lesson_progress done
      where done.lesson_id = l.id and done.student_id = new.student_id and done.completed_at is not null
    )
  ) then
    perform announce('enrollment.completed', new.student_id || ':' || course, jsonb_build_object(
      'user_id', new.student_id, 'course_id', course));
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION announce_completion() IS 'Announces that a student has completed every lesson of a course.';

CREATE FUNCTION announce_course()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce(
    case when new.is_published and new.archived_at is null then 'course.published' else 'course.unpublished' end,
    gen_random_uuid()::text, jsonb_build_object('course_id', new.id, 'slug', new.slug));
  return null;
end $function$;
COMMENT ON FUNCTION announce_course() IS 'Announces that a course came on sale or left it, each time.';

CREATE FUNCTION announce_dispute()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce(tg_argv[0], new.id, jsonb_build_object(
    'order_id', new.order_id, 'dispute_id', new.id, 'status', new.status, 'amount', new.amount,
    'currency', new.currency));
  return null;
end $function$;

CREATE FUNCTION announce_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce('order.paid', new.id::text, jsonb_build_object('order_id', new.id, 'user_id', new.student_id));
  return null;
end $function$;

CREATE FUNCTION announce_refund()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce('order.refunded', new.id::text, jsonb_build_object(
    'order_id', new.order_id, 'refund_id', new.id, 'amount', new.amount, 'currency', new.currency));
  return null;
end $function$;
COMMENT ON FUNCTION announce_refund() IS 'Announces a refund that has succeeded, once its order is known. Its amount is in minor units.';

CREATE FUNCTION announce_review()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce('review.created', new.id::text, jsonb_build_object(
    'review_id', new.id, 'course_id', new.course_id, 'rating', new.rating));
  return null;
end $function$;

CREATE FUNCTION announce_user()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform announce('user.registered', new.id, jsonb_build_object('user_id', new.id));
  return null;
end $function$;

CREATE FUNCTION apply_student_count()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update courses set student_count = student_count + new.students where id = new.course_id;
  delete from student_count_changes where id = new.id;
  return null;
end $function$;
COMMENT ON FUNCTION apply_student_count() IS 'Counts the new students of a course at the commit, because all purchases of a course wait for the lock of its row.';

CREATE FUNCTION begin_course_summaries()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into course_summaries (course_id) select id from new_rows;
  perform refresh_course_summaries(array(select id from new_rows));
  return null;
end $function$;

CREATE FUNCTION check_earning_shares()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  total integer := (select sum(percent) from earning_shares where course_id = new.course_id and valid_until is null);
begin
  if total <> 100 then
    raise exception 'the shares of course % add up to %', new.course_id, total using errcode = 'check_violation';
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION check_earning_shares() IS 'Requires that the current shares of a course add up to 100 percent.';

CREATE FUNCTION count_course_on_sale()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  was integer := (tg_op <> 'INSERT' and old.is_published and old.archived_at is null)::integer;
  becomes integer := (tg_op <> 'DELETE' and new.is_published and new.archived_at is null)::integer;
begin
  if was <> becomes then
    update catalogue_size set course_count = course_count + becomes - was;
  end if;
  -- In a fixed order, so that two courses that swap categories do not deadlock.
  perform from categories where id in (old.category_id, new.category_id) order by id for no key update;
  update categories set course_count = course_count - was where id = old.category_id and was > 0;
  update categories set course_count = course_count + becomes where id = new.category_id and becomes > 0;
  return null;
end $function$;
COMMENT ON FUNCTION count_course_on_sale() IS 'Keeps catalogue_size and categories.course_count equal to the number of courses on sale.';

CREATE FUNCTION count_review()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  was boolean := tg_op <> 'INSERT' and old.hidden_at is null;
  becomes boolean := tg_op <> 'DELETE' and new.hidden_at is null;
begin
  update courses set
    rating_sum = rating_sum - case when was then old.rating else 0 end + case when becomes then new.rating else 0 end,
    rating_count = rating_count - was::integer + becomes::integer
  where id = coalesce(new.course_id, old.course_id);
  return null;
end $function$;
COMMENT ON FUNCTION count_review() IS 'Keeps courses.rating_sum and rating_count equal to those of the visible reviews when one is written, hidden or deleted.';

CREATE FUNCTION count_students()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- In a fixed order, so that two purchases of several courses do not deadlock.
  insert into student_count_changes (course_id, students)
  select course_id, tg_argv[0]::integer * count(*) from changed group by course_id order by course_id;
  return null;
end $function$;
COMMENT ON FUNCTION count_students() IS 'Keeps courses.student_count equal to the number of enrollments, with apply_student_count.';

CREATE FUNCTION course_document(course courses)
 RETURNS tsvector
 LANGUAGE sql
 STABLE
AS $function$
  select case when not course.is_published or course.archived_at is not null then '' else (
    select setweight(search_vector(course.language, t.texts[1]), 'A')
      || setweight(search_vector(course.language, t.texts[2]), 'B')
      || setweight(search_vector(course.language, t.texts[3]), 'C')
      || setweight(search_vector(course.language, t.texts[4]), 'D')
    from (select searched_texts(course) as texts offset 0) t
  ) end
$function$;
COMMENT ON FUNCTION course_document(courses) IS 'Returns the search document of a course; an empty one if it is not on sale.';

CREATE FUNCTION course_query(typed text)
 RETURNS tsquery
 LANGUAGE sql
 STABLE
AS $function$
  select nearest from read_search(typed)
$function$;
COMMENT ON FUNCTION course_query(text) IS 'Serves instances of release bb26860 that still run while this release is deployed. Nothing in this release calls it.';

CREATE FUNCTION course_texts(course courses)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  select array[
    course.title,
    left(concat_ws(' ',
      course.description, array_to_string(course.objectives, ' '), array_to_string(course.requirements, ' ')
    ), 50000)
  ]
$function$;
COMMENT ON FUNCTION course_texts(courses) IS 'Returns the searchable columns of a course: its title, and its descriptions. The only place that lists them: the document is built from these, and rebuilt when one of them changes.';

CREATE FUNCTION date_order_brought_in_paid()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.paid_at := new.created_at;
  return new;
end $function$;
COMMENT ON FUNCTION date_order_brought_in_paid() IS 'Dates an order that is inserted as paid without a time of payment: it gets the time of its creation.';

CREATE FUNCTION date_paid_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.paid_at := clock_timestamp();
  return new;
end $function$;
COMMENT ON FUNCTION date_paid_order() IS 'Dates an order that is paid, until number_receipt gives it the time of its receipt.';

CREATE FUNCTION fill_order_subtotal()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.subtotal_amount := coalesce(new.subtotal_amount, new.total_amount);
  new.total_amount := coalesce(new.total_amount, new.subtotal_amount);
  return new;
end $function$;
COMMENT ON FUNCTION fill_order_subtotal() IS 'Fills total_amount, the former name of subtotal_amount, or subtotal_amount when the previous release inserts an order.';

CREATE FUNCTION in_thousandths(amount bigint, currency text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select amount * case
    when currency in ('bif', 'clp', 'djf', 'gnf', 'isk', 'jpy', 'kmf', 'krw', 'pyg', 'rwf', 'ugx', 'uyi', 'vnd', 'vuv',
      'xaf', 'xof', 'xpf') then 1000
    when currency in ('bhd', 'iqd', 'jod', 'kwd', 'lyd', 'omr', 'tnd') then 1
    else 10
  end
$function$;
COMMENT ON FUNCTION in_thousandths(bigint,text) IS 'Returns an amount in minor units as thousandths of the major unit. Most currencies have two decimals; those listed have none or three, as in domain/money.ts.';

CREATE FUNCTION keep_watched(removed lessons, of_part uuid)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into removed_lesson_progress (
    student_id, lesson_id, course_id, watched_seconds, duration_seconds, completed_at
  )
  select p.student_id, p.lesson_id, c.id, p.watched_seconds, removed.duration_seconds, p.completed_at
  from lesson_progress p, course_parts part join courses c on c.id = part.course_id
  where p.lesson_id = removed.id and part.id = of_part and (p.watched_seconds > 0 or p.completed_at is not null)
  on conflict (student_id, lesson_id) do nothing
$function$;
COMMENT ON FUNCTION keep_watched(lessons,uuid) IS 'Keeps what students watched of a lesson that is about to be removed.';

CREATE FUNCTION keep_watched_of_lesson()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform keep_watched(old, old.part_id);
  return old;
end
$function$;

CREATE FUNCTION keep_watched_of_part()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform keep_watched(l, old.id) from lessons l where l.part_id = old.id;
  return old;
end
$function$;
COMMENT ON FUNCTION keep_watched_of_part() IS 'Does for the lessons of a part what keep_watched_of_lesson does for one. When they are removed with their part, the part is already gone, and with it the course that they were in.';

CREATE FUNCTION lesson_seconds(lesson lessons)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(
    (select v.length_seconds from videos v where v.id = lesson.video_id and v.status = 'ready' and v.length_seconds > 0),
    nullif(lesson.duration_seconds, 0)
  )
$function$;
COMMENT ON FUNCTION lesson_seconds(lessons) IS 'Returns the duration of a lesson in seconds: the length of its video, as reported by the video service, or if that is unknown, the duration that the tutor entered.';

CREATE FUNCTION lock_order(intent text, named uuid, former_payment uuid)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
declare
  order_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('payment:' || intent, 0)) where intent is not null;
  order_id := coalesce(
    (select o.id from orders o where o.id = named),
    (select p.order_id from payments p where p.id = former_payment)
  );
  perform lock_purchases(order_id);
  return order_id;
end $function$;
COMMENT ON FUNCTION lock_order(text,uuid,uuid) IS 'Locks a payment (null: none) and the purchases of the order that a payment page names, by its id or by that of its payment in the former shop. Returns the id of the order; null: there is none.';

CREATE FUNCTION lock_order_of_payment(intent text)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
declare
  order_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('payment:' || intent, 0)) where intent is not null;
  order_id := (select s.order_id from payment_sessions s where s.payment_intent_id = intent limit 1);
  perform lock_purchases(order_id);
  return order_id;
end $function$;
COMMENT ON FUNCTION lock_order_of_payment(text) IS 'Locks a payment and the purchases of its order. Returns the id of the order; null: none is known so far.';

CREATE FUNCTION lock_purchases(of_order uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(hashtextextended('checkout:' || o.student_id, 0)) from orders o where o.id = of_order;
  perform from orders o where o.id = of_order for update;
  perform from courses c join order_lines l on l.course_id = c.id
  where l.order_id = of_order order by c.id for key share of c;
  perform from promotions m join promotion_redemptions r on r.promotion_id = m.id
  where r.order_id = of_order for update of m;
end $function$;
COMMENT ON FUNCTION lock_purchases(uuid) IS 'Locks the student''s purchases, with the same lock as a checkout, then the order, keeps its courses from being deleted, and locks its code. Always in this order, after the payment, so that settlements and checkouts never deadlock. Each statement sees what was committed while the one before it waited.';

CREATE FUNCTION note_changed_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id) values (coalesce(new.id, old.id)) on conflict do nothing;
  return null;
end $function$;

CREATE FUNCTION note_new_courses()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from new_rows where is_published and archived_at is null) then
    perform note_stale('courses', 'tutors');
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION note_new_courses() IS 'Notes the lists in which new courses appear: nobody keeps that there was none.';

CREATE FUNCTION note_order_of_grant()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id)
  select order_id from order_lines where id in (old.order_line_id, new.order_line_id)
  on conflict do nothing;
  return null;
end $function$;

CREATE FUNCTION note_order_of_row()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id) values (coalesce(new.order_id, old.order_id)) on conflict do nothing;
  if tg_op = 'UPDATE' and new.order_id <> old.order_id then
    insert into order_changes (order_id) values (old.order_id) on conflict do nothing;
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION note_order_of_row() IS 'Notes the order that a row names in order_id.';

CREATE FUNCTION note_orders_of_gift()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id)
  select order_id from order_lines where student_id = new.student_id and course_id = new.course_id
  on conflict do nothing;
  return null;
end $function$;
COMMENT ON FUNCTION note_orders_of_gift() IS 'Notes the orders for the course of a grant that an administrator gave. The grant may make a payment redundant.';

CREATE FUNCTION note_orders_of_payment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id)
  select order_id from payment_sessions where payment_intent_id in (old.payment_intent_id, new.payment_intent_id)
  union select id from unnest(array[old.order_id, new.order_id]) id where id is not null
  on conflict do nothing;
  return null;
end $function$;
COMMENT ON FUNCTION note_orders_of_payment() IS 'Notes the orders of a refund or dispute, which may be reported before its order is known.';

CREATE FUNCTION note_orders_of_person()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id) select id from orders where student_id = new.id on conflict do nothing;
  return null;
end $function$;
COMMENT ON FUNCTION note_orders_of_person() IS 'Notes the orders of a person whose account was deactivated, reactivated or erased.';

CREATE FUNCTION note_orders_of_promotion()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into order_changes (order_id) select order_id from promotion_redemptions where promotion_id = new.id
  on conflict do nothing;
  return null;
end $function$;
COMMENT ON FUNCTION note_orders_of_promotion() IS 'Notes the orders that used a promotion whose limits have changed.';

CREATE FUNCTION note_searched(ids uuid[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into search_changes (course_id)
  select distinct id from unnest(ids) id
  where exists (select from search_indexes where state <> 'new' and kept_until > statement_timestamp())
$function$;
COMMENT ON FUNCTION note_searched(uuid[]) IS 'Notes courses whose entries may have changed, to be indexed once the transaction has committed.';

CREATE FUNCTION note_searched_course()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform note_searched(array[case when tg_op = 'DELETE' then old.id else new.id end]);
  return null;
end $function$;

CREATE FUNCTION note_searched_summary()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform note_searched(array[new.course_id]);
  return null;
end $function$;
COMMENT ON FUNCTION note_searched_summary() IS 'Notes a course of which a part, a lesson, a tutor or the category is called something else: its document says so.';

CREATE FUNCTION note_searched_tutor()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    perform note_searched(array[old.course_id]);
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    perform note_searched(array[new.course_id]);
  end if;
  return null;
end $function$;

CREATE FUNCTION note_stale(VARIADIC tags text[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into stale_tags (tag) select distinct t from unnest(tags) t where t is not null
$function$;
COMMENT ON FUNCTION note_stale(text[]) IS 'Notes tags to purge once the transaction has committed; nulls are left out.';

CREATE FUNCTION note_stale_category()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform note_stale('categories');
  if tg_op = 'UPDATE' and (old.name, old.slug) is distinct from (new.name, new.slug) then
    perform note_stale('category-' || old.id, 'courses');
  end if;
  return null;
end $function$;

CREATE FUNCTION note_stale_course()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  was boolean := old.is_published and old.archived_at is null;
  becomes boolean := tg_op <> 'DELETE' and new.is_published and new.archived_at is null;
begin
  if tg_op = 'UPDATE' then
    old.student_count := new.student_count;
    old.rating_sum := new.rating_sum;
    old.rating_count := new.rating_count;
    old.rating := new.rating;
    if old is not distinct from new then
      return null;
    end if;
  end if;
  if was or becomes then
    perform note_stale('courses', case when was then 'course-' || old.id end, case when was <> becomes then 'tutors' end);
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION note_stale_course() IS 'Notes a course that is, was or comes on sale. The numbers of its students and of its ratings change with every purchase and review, so they are left to the lifetime of responses.';

CREATE FUNCTION note_stale_courses(ids uuid[])
 RETURNS void
 LANGUAGE sql
AS $function$
  with on_sale as (
    select id, count(*) over () > 100 as are_many
    from courses where id = any (ids) and is_published and archived_at is null
  )
  insert into stale_tags (tag)
  select case when are_many then 'course' else 'course-' || id end from on_sale union select 'courses' from on_sale
$function$;
COMMENT ON FUNCTION note_stale_courses(uuid[]) IS 'Notes the pages of those courses that are on sale, of many at once all pages, and all lists of courses. Nobody keeps responses about other courses.';

CREATE FUNCTION note_stale_lessons()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  parts uuid[];
begin
  if tg_op = 'INSERT' then
    parts := array(select distinct part_id from new_rows);
  elsif tg_op = 'DELETE' then
    parts := array(select distinct part_id from old_rows);
  else
    parts := array(select part_id from old_rows union select part_id from new_rows);
  end if;
  perform note_stale_courses(array(select distinct course_id from course_parts where id = any (parts)));
  return null;
end $function$;

CREATE FUNCTION note_stale_parts()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'INSERT' then
    perform note_stale_courses(array(select distinct course_id from new_rows));
  elsif tg_op = 'DELETE' then
    perform note_stale_courses(array(select distinct course_id from old_rows));
  else
    perform note_stale_courses(array(select course_id from old_rows union select course_id from new_rows));
  end if;
  return null;
end $function$;

CREATE FUNCTION note_stale_person()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' and exists (select from course_tutors where user_id = new.id) then
    perform note_stale('tutor-' || new.id, 'courses', 'tutors');
  elsif 2 in (old.role, new.role) then
    perform note_stale('tutors');
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION note_stale_person() IS 'Notes a person of whom courses or the list of tutors show something.';

CREATE FUNCTION note_stale_teaching()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'INSERT' then
    perform note_stale_courses(array(select distinct course_id from new_rows));
  else
    perform note_stale_courses(array(select distinct course_id from old_rows));
  end if;
  perform note_stale('tutors');
  return null;
end $function$;

CREATE FUNCTION note_stale_universities()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform note_stale('universities', 'tutors');
  return null;
end $function$;
COMMENT ON FUNCTION note_stale_universities() IS 'Notes all universities, and the tutors, who name theirs.';

CREATE FUNCTION note_what_was_sold()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update order_lines l set sold_lessons = c.lessons, sold_seconds = c.seconds
  from (
    select p.course_id, count(*)::integer as lessons,
      least(coalesce(round(avg(lesson_seconds(e)) * count(*)), 0), 2147483647)::integer as seconds
    from course_parts p join lessons e on e.part_id = p.id
    where p.course_id in (select course_id from order_lines where order_id = new.id)
    group by p.course_id
  ) c
  where l.order_id = new.id and l.course_id = c.course_id;
  return null;
end $function$;
COMMENT ON FUNCTION note_what_was_sold() IS 'Notes in order_lines how many lessons a course had when it was paid, and their length. Lessons of unknown length count with the average of the others.';

CREATE FUNCTION number_receipt()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  number receipt_numbers.last%type;
  taken_at timestamptz;
begin
  if not exists (select from orders where id = new.id and receipt_number is null) then
    return null;
  end if;
  update receipt_numbers set last = last + 1, last_at = greatest(clock_timestamp(), last_at)
  returning last, last_at into number, taken_at;
  update orders set receipt_number = number, paid_at = coalesce(old.paid_at, taken_at) where id = new.id;
  return null;
end $function$;
COMMENT ON FUNCTION number_receipt() IS 'Takes the number and the time of a receipt together, under the lock of the row of receipt_numbers, so that times are in the order of numbers. now() would be wrong: it may be earlier than the receipt that the transaction waited for. It runs at the commit, because all settlements wait for that lock.';

CREATE FUNCTION plain_words(text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select trim(regexp_replace(unaccent(lower($1)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+', ' ', 'g'))
$function$;
COMMENT ON FUNCTION plain_words(text) IS 'Returns words in lower case without accents, separated by single spaces. The punctuation is listed, because what counts as a letter depends on the locale of the database.';

CREATE FUNCTION popularity(student_count integer)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select floor(log(2, student_count + 1))::smallint
$function$;
COMMENT ON FUNCTION popularity(integer) IS 'Returns the power of two that a number of students has reached.';

CREATE FUNCTION read_search(typed text, OUT exact tsquery, OUT nearest tsquery, OUT query tsquery)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  words text[] := array(
    select w from regexp_split_to_table(
      lower(left(typed, 200)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+'
    ) with ordinality s(w, n) where w <> '' order by n limit 8);
  telling text[] := array(
    select w from unnest(words) with ordinality s(w, n)
    where numnode(plainto_tsquery('folded_english', w)) > 0
      and numnode(plainto_tsquery('folded_russian', w)) > 0
      and numnode(plainto_tsquery('folded_spanish', w)) > 0
    order by n);
  word text;
  plain text;
  near record;
  is_last boolean;
  is_known boolean;
  own text[];
  as_typed tsquery;
  as_nearest tsquery;
  as_near tsquery;
begin
  if cardinality(telling) = 0 then
    telling := words;
  end if;
  for i in 1 .. cardinality(telling) loop
    word := telling[i];
    plain := plain_words(word);
    is_last := word = words[cardinality(words)];
    as_typed := word_readings(word, is_last);
    as_nearest := as_typed;
    as_near := as_typed;
    if length(plain) >= 4 and plain !~ '[0-9]' then
      is_known := exists (
        select from search_words k where k.word = plain or is_last and k.word ^@ plain);
      -- The lexemes of the word itself do not show how similar other words are.
      own := tsvector_to_array(
        to_tsvector('folded_english', word) || to_tsvector('folded_russian', word)
        || to_tsvector('folded_spanish', word) || to_tsvector('pg_catalog.simple', plain));
      for near in
        -- Two swapped letters leave short words with few trigrams in common.
        select k.word, true as is_nearest
        from generate_series(1, length(plain) - 1) place join search_words k
          on k.word = overlay(plain placing reverse(substr(plain, place, 2)) from place for 2)
        where k.word <> all (own)
        union
        (
          select n.word, n.nearness >= 0.75 * n.best and n.place <= 3 from (
            select s.*, max(s.nearness) over () as best, row_number() over (order by s.nearness desc, s.word) as place
            from (
              select k.word, similarity(k.word, plain) as nearness
              from search_words k
              where k.word % plain and length(k.word) >= length(plain) - 2
                and (is_last or length(k.word) <= length(plain) + 2)
                and k.word <> all (own) and not (is_last and k.word ^@ plain)
            ) s
          ) n where n.place <= 10
        )
      loop
        if near.is_nearest and not is_known then
          as_nearest := as_nearest || word_readings(near.word, false);
        end if;
        as_near := as_near || case when near.is_nearest
          then word_readings(near.word, false)
          else plainto_tsquery('pg_catalog.simple', near.word)
        end;
      end loop;
    end if;
    exact := case when exact is null then as_typed else exact && as_typed end;
    nearest := case when nearest is null then as_nearest else nearest && as_nearest end;
    query := case when query is null then as_near else query && as_near end;
  end loop;
end $function$;
COMMENT ON FUNCTION read_search(text) IS 'Returns three queries for a search, each of which finds everything that the previous one finds, and more. exact: every word, the last one also as the beginning of a word. nearest: a word that occurs in no course also matches the words most similar to it. query: any word also matches similar words. Words that say nothing (the, и, de) do not count beside others. Only the first 200 characters and 8 words count.';

CREATE FUNCTION refresh_course_summaries(ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  former text[];
begin
  -- Locks first, so that the next statement sees what the previous holders of the lock committed.
  perform from course_summaries where course_id = any (ids) order by course_id for update;
  former := array(
    select distinct w.lexeme from course_summaries s, unnest(s.document) w where s.course_id = any (ids));
  update course_summaries s
  set lesson_count = n.lesson_count, duration_seconds = n.duration_seconds, document = n.document,
    popularity = n.popularity
  from (
    select c.id, l.lesson_count, l.duration_seconds, course_document(c) as document,
      popularity(c.student_count) as popularity
    from courses c cross join lateral (
      select count(*)::integer as lesson_count,
        least(coalesce(sum(l.duration_seconds), 0), 2147483647)::integer as duration_seconds
      from course_parts p join lessons l on l.part_id = p.id where p.course_id = c.id
    ) l
    where c.id = any (ids)
    offset 0
  ) n
  where s.course_id = n.id
    and (s.lesson_count, s.duration_seconds, s.document, s.popularity)
      <> (n.lesson_count, n.duration_seconds, n.document, n.popularity);
  if not found then
    return;
  end if;
  -- In a fixed order, so that two transactions that add the same new words do not deadlock.
  insert into search_words (word)
  select distinct w.lexeme from course_summaries s, unnest(s.document) w
  where s.course_id = any (ids) and length(w.lexeme) between 4 and 40 and w.lexeme !~ '[0-9]'
    and not exists (select from search_words k where k.word = w.lexeme)
  order by w.lexeme
  on conflict do nothing;
  -- A mistyped word that was corrected must not stay in the list.
  delete from search_words k
  where k.word in (
      select unnest(former)
      except
      select w.lexeme from course_summaries s, unnest(s.document) w where s.course_id = any (ids)
    )
    and not exists (select from course_summaries s where s.document @@ plainto_tsquery('pg_catalog.simple', k.word));
end $function$;
COMMENT ON FUNCTION refresh_course_summaries(uuid[]) IS 'Brings the summaries of courses and the words of search_words up to date. The fence (offset 0) ensures that each document is built once: without it the planner copies the call of course_document to every use of its result.';

CREATE FUNCTION refund_status_rank(status text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select array_position(
    array['requested', 'submitted', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled'], status)
$function$;
COMMENT ON FUNCTION refund_status_rank(text) IS 'Returns how final the status of a refund is. A status is never replaced by a less final one, in whatever order they are reported.';

CREATE FUNCTION refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end $function$;
COMMENT ON FUNCTION refuse_change() IS 'Keeps a table append-only.';

CREATE FUNCTION resummarise_course()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform refresh_course_summaries(array[new.id]);
  return null;
end $function$;

CREATE FUNCTION search_configuration(language text)
 RETURNS regconfig
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case language
    when 'ru' then 'folded_russian'::regconfig
    when 'es' then 'folded_spanish'::regconfig
    else 'folded_english'::regconfig
  end
$function$;
COMMENT ON FUNCTION search_configuration(text) IS 'Returns the text search configuration of a language of courses.';

CREATE FUNCTION search_entry(course courses)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select case when course.is_published and course.archived_at is null then (
    select jsonb_build_object(
      'id', course.id,
      'title', jsonb_build_object(course.language, t.texts[1]),
      'names', jsonb_build_object(course.language, t.texts[2]),
      'outline', jsonb_build_object(course.language, t.texts[3]),
      'descriptions', jsonb_build_object(course.language, t.texts[4]),
      'excerpt', jsonb_build_object(course.language, left(course.description, 5000)),
      'language', course.language,
      'level', course.level,
      'category', course.category_id::text,
      'tutors', array(select user_id from course_tutors where course_id = course.id order by user_id),
      'price', course.price_amount,
      'price_thousandths', course.price_thousandths,
      'is_free', course.price_amount = 0,
      'rating', course.rating,
      'students', course.student_count,
      'popularity', 1 + popularity(course.student_count) / 50.0,
      'created', to_char(course.created_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US+00')
    )
    from (select searched_texts(course) as texts offset 0) t
  ) end
$function$;
COMMENT ON FUNCTION search_entry(courses) IS 'Returns the entry of a course in a search engine; null if it is not on sale. Texts are named by the language of the course, which decides how they are read. It has nothing that the public catalogue does not show.';

CREATE FUNCTION search_vector(language text, words text)
 RETURNS tsvector
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select to_tsvector(search_configuration(language), words)
    || case when language = 'ru' or words !~ '[^\x01-\x7f]' then '' else (
      select to_tsvector(
        case language when 'es' then 'pg_catalog.spanish'::regconfig else 'pg_catalog.english'::regconfig end,
        coalesce(string_agg(w, ' '), ''))
      from regexp_split_to_table(words, '\s+') w where w ~ '[^\x01-\x7f]'
    ) end
    || to_tsvector('pg_catalog.simple', plain_words(words))
$function$;
COMMENT ON FUNCTION search_vector(text,text) IS 'Returns the search vector of a text: its words stemmed by its language, and as written. Words with accents are also stemmed with them: only then does programación become program-.';

CREATE FUNCTION searched_texts(course courses)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  select array[
    (course_texts(course))[1],
    concat_ws(' ',
      (select k.name from categories k where k.id = course.category_id),
      (
        select string_agg(concat_ws(' ', u.first_name, u.last_name), ' ' order by t.position, u.id)
        from course_tutors t join users u on u.id = t.user_id where t.course_id = course.id
      )),
    left(concat_ws(' ',
      (
        select string_agg(p.title, ' ' order by p.position, p.id) from course_parts p where p.course_id = course.id
      ),
      (
        select string_agg(l.title, ' ' order by p.position, p.id, l.position, l.id)
        from course_parts p join lessons l on l.part_id = p.id where p.course_id = course.id
      )), 50000),
    (course_texts(course))[2]
  ]
$function$;
COMMENT ON FUNCTION searched_texts(courses) IS 'Returns the texts by which a course is found, the weightiest first: its title, then tutors and category, then parts and lessons, then its descriptions. Texts are cut, because a tsvector holds at most 1 MB.';

CREATE FUNCTION session_outcome_rank(outcome text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select array_position(array['awaiting_funds', 'expired', 'failed', 'paid'], outcome)
$function$;
COMMENT ON FUNCTION session_outcome_rank(text) IS 'Returns how final the outcome of a payment session is. An outcome is never replaced by a less final one, in whatever order they are reported.';

CREATE FUNCTION summarise_category_name()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform refresh_course_summaries(array(select id from courses where category_id = new.id));
  return null;
end $function$;

CREATE FUNCTION summarise_lessons()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'INSERT' then
    perform refresh_course_summaries(array(
      select distinct p.course_id from new_rows l join course_parts p on p.id = l.part_id));
  elsif tg_op = 'DELETE' then
    perform refresh_course_summaries(array(
      select distinct p.course_id from old_rows l join course_parts p on p.id = l.part_id));
  else
    perform refresh_course_summaries(array(
      select distinct p.course_id
      from old_rows o join new_rows n on n.id = o.id join course_parts p on p.id in (o.part_id, n.part_id)
      where (o.part_id, o.title, o.duration_seconds) is distinct from (n.part_id, n.title, n.duration_seconds)));
  end if;
  return null;
end $function$;

CREATE FUNCTION summarise_parts()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    perform refresh_course_summaries(array(select distinct course_id from old_rows));
  elsif tg_op = 'INSERT' then
    perform refresh_course_summaries(array(select distinct course_id from new_rows));
  else
    perform refresh_course_summaries(array(
      select distinct n.course_id from old_rows o join new_rows n on n.id = o.id where o.title <> n.title));
  end if;
  return null;
end $function$;
COMMENT ON FUNCTION summarise_parts() IS 'Refreshes the courses of parts. Removing a part removes its lessons, which can then no longer be traced to their course.';

CREATE FUNCTION summarise_tutor_name()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform refresh_course_summaries(array(select course_id from course_tutors where user_id = new.id));
  return null;
end $function$;

CREATE FUNCTION summarise_tutors()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    perform refresh_course_summaries(array[old.course_id]);
  else
    perform refresh_course_summaries(array[new.course_id]);
  end if;
  return null;
end $function$;

CREATE FUNCTION tells_of_erased(told jsonb)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select from orders o left join users u on u.id = o.student_id
    where (u.id is null or u.erased_at is not null) and o.id in (
      select case
        when told #>> '{data,object,metadata,order_id}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then (told #>> '{data,object,metadata,order_id}')::uuid
      end
      union all
      select s.order_id from payment_sessions s
      where s.payment_intent_id in (told #>> '{data,object,payment_intent}', told #>> '{data,object,id}')
    )
  )
$function$;
COMMENT ON FUNCTION tells_of_erased(jsonb) IS 'Returns whether a Stripe event is about a payment of an erased person. The event names the order, or a payment that is known to belong to one.';

CREATE FUNCTION title_slug(title text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select left(trim(both '-' from regexp_replace(lower(title collate "C"), '[^a-z0-9]+', '-', 'g')), 300)
$function$;
COMMENT ON FUNCTION title_slug(text) IS 'Returns the slug that the frontend derives from a title for its links, cut to the maximum length of a slug.';

CREATE FUNCTION without_payer(told jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  case jsonb_typeof(told)
    when 'object' then
      return coalesce((
        select jsonb_object_agg(key, without_payer(value)) from jsonb_each(told)
        where key not in (
          'billing_details', 'collected_information', 'custom_fields', 'customer', 'customer_details', 'customer_email',
          'customer_email_address', 'customer_name', 'customer_purchase_ip', 'customer_signature', 'billing_address',
          'email', 'evidence', 'payment_method', 'payment_method_details', 'phone', 'receipt_email', 'receipt_url',
          'shipping', 'shipping_address', 'shipping_details', 'source'
        )
      ), '{}');
    when 'array' then
      return coalesce((
        select jsonb_agg(without_payer(item) order by place)
        from jsonb_array_elements(told) with ordinality as items(item, place)
      ), '[]');
    else
      return told;
  end case;
end $function$;
COMMENT ON FUNCTION without_payer(jsonb) IS 'Returns data from Stripe without anything that identifies the payer, at any depth. Amounts and ids stay.';

CREATE FUNCTION word_readings(word text, with_longer boolean)
 RETURNS tsquery
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select plainto_tsquery('folded_english', word) || plainto_tsquery('folded_russian', word)
    || plainto_tsquery('folded_spanish', word)
    || case when word ~ '[^\x01-\x7f]'
      then plainto_tsquery('pg_catalog.english', word) || plainto_tsquery('pg_catalog.spanish', word)
      else ''
    end
    || case when with_longer and plain_words(word) ~ '^\S\S+$'
      then to_tsquery('pg_catalog.simple', plain_words(word) || ':*')
      else plainto_tsquery('pg_catalog.simple', plain_words(word))
    end
$function$;
COMMENT ON FUNCTION word_readings(text,boolean) IS 'Returns a query for a word in the three languages and as it is written; with_longer, also for words that begin with it.';

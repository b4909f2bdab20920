-- Videos and who brought them, viewings and their leases, rules for playing per course.

create table videos (
  id text primary key, -- the video service's own
  title text not null default '',
  uploader_id text references users on delete set null, -- who asked for the upload, and may use it in lessons
  course_id uuid references courses on delete set null, -- for which course, where that was said
  origin text not null check (origin in ('upload', 'import', 'legacy')),
  source_url text, -- of an import
  status text not null check (
    status in ('awaiting_upload', 'processing', 'ready', 'failed', 'abandoned', 'deleting', 'deleted')
  ),
  length_seconds integer check (length_seconds >= 0),
  poster_url text,
  unused_since timestamptz, -- when a sweep first found it in no lesson
  checked_at timestamptz, -- when the video service was last asked about it
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index videos_uploader_id on videos (uploader_id, created_at desc, id);
create index videos_pending on videos (checked_at nulls first) where status in ('awaiting_upload', 'processing');
create index lessons_video_id on lessons (video_id) where video_id is not null;

-- Videos from before this table belong to the first tutor of the course that shows them.
insert into videos (id, uploader_id, course_id, origin, status)
select distinct on (l.video_id) l.video_id, t.user_id, p.course_id, 'legacy', 'ready'
from lessons l
join course_parts p on p.id = l.part_id
left join course_tutors t on t.course_id = p.course_id
where l.video_id is not null
order by l.video_id, l.created_at, t.position, t.user_id;

-- A viewing, from its ticket to its last heartbeat. While its lease runs it counts as a stream of the viewer's.
create table playback_sessions (
  id uuid primary key default gen_random_uuid(),
  viewer_id text not null,
  sign_in_id text not null, -- the viewer's sign-in: what counts as one device
  lesson_id uuid not null,
  course_id uuid not null,
  video_id text not null,
  address text not null,
  user_agent text not null,
  position_seconds integer not null default 0 check (position_seconds >= 0),
  watched_seconds integer not null default 0 check (watched_seconds >= 0),
  started_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  lease_until timestamptz not null,
  ended_at timestamptz,
  ended_by text check (ended_by in ('viewer', 'takeover', 'failure')),
  check ((ended_at is null) = (ended_by is null))
);
create index playback_sessions_viewer_id on playback_sessions (viewer_id, lease_until desc) where ended_at is null;
create index playback_sessions_started_at on playback_sessions (started_at);

alter table playback_log
  add column session_id uuid,
  drop constraint playback_log_outcome_check,
  add constraint playback_log_outcome_check check (
    outcome in ('ticket_issued', 'no_video', 'vendor_unavailable', 'refused', 'stream_limit')
  );
create index playback_log_occurred_at on playback_log (occurred_at desc, id desc);
create index playback_log_course_id on playback_log (course_id, occurred_at desc, id desc);

-- Where a course's videos may be embedded and watched; a course without a row has no such rule.
create table playback_rules (
  course_id uuid primary key references courses on delete cascade,
  embed_hosts text[] not null default '{}', -- empty: anywhere
  country_rule text not null default 'none' check (country_rule in ('none', 'allow', 'block')),
  countries text[] not null default '{}', -- ISO 3166-1 alpha-2
  updated_at timestamptz not null default now()
);

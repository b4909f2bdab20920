-- What students say about lessons and courses.

create table comments (
  id uuid primary key default gen_random_uuid(),
  lesson_id uuid not null references lessons on delete cascade,
  author_id text not null references users on delete cascade,
  parent_id uuid references comments on delete cascade, -- of an answer: what it answers, which answers nothing itself
  content text not null,
  hidden_at timestamptz, -- by those who moderate
  hidden_by text,
  deleted_at timestamptz, -- by its author, its content gone
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (deleted_at is not null or content <> ''),
  check ((hidden_at is null) = (hidden_by is null))
);
create index comments_lesson_id on comments (lesson_id, created_at desc, id desc) where parent_id is null;
create index comments_parent_id on comments (parent_id, created_at, id);
create index comments_author_id on comments (author_id, created_at desc, id desc);

create table reviews (
  id uuid primary key default gen_random_uuid(),
  course_id uuid not null references courses on delete cascade,
  student_id text not null references users on delete cascade,
  rating smallint not null check (rating between 1 and 5),
  content text not null default '',
  hidden_at timestamptz, -- by an administrator; it then counts no more
  hidden_by text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (course_id, student_id),
  check ((hidden_at is null) = (hidden_by is null))
);
create index reviews_course_id on reviews (course_id, created_at desc, id desc);
create index reviews_student_id on reviews (student_id);

-- courses.rating_sum and rating_count follow the visible reviews, whoever writes, hides or deletes one.
create function count_review() returns trigger language plpgsql as $$
declare
  was boolean := tg_op <> 'INSERT' and old.hidden_at is null;
  becomes boolean := tg_op <> 'DELETE' and new.hidden_at is null;
begin
  update courses set
    rating_sum = rating_sum - case when was then old.rating else 0 end + case when becomes then new.rating else 0 end,
    rating_count = rating_count - was::integer + becomes::integer
  where id = coalesce(new.course_id, old.course_id);
  return null;
end $$;
create trigger reviews_are_counted after insert or delete or update of rating, hidden_at on reviews
  for each row execute function count_review();

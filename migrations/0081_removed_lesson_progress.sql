-- What students watched of lessons that were removed since: refunds and disputes judge by all that was watched of a course.

create table removed_lesson_progress (
  student_id text not null references users on delete cascade,
  lesson_id uuid not null,
  course_id uuid not null references courses on delete cascade,
  watched_seconds integer not null,
  duration_seconds integer, -- of the lesson; null when it is not known
  completed_at timestamptz,
  removed_at timestamptz not null default now(),
  primary key (student_id, lesson_id)
);
create index removed_lesson_progress_course_id on removed_lesson_progress (course_id, student_id);

create function keep_watched(removed lessons, of_part uuid) returns void language sql as $$
  insert into removed_lesson_progress (
    student_id, lesson_id, course_id, watched_seconds, duration_seconds, completed_at
  )
  select p.student_id, p.lesson_id, c.id, p.watched_seconds, removed.duration_seconds, p.completed_at
  from lesson_progress p, course_parts part join courses c on c.id = part.course_id
  where p.lesson_id = removed.id and part.id = of_part and (p.watched_seconds > 0 or p.completed_at is not null)
  on conflict (student_id, lesson_id) do nothing
$$;

create function keep_watched_of_lesson() returns trigger language plpgsql as $$
begin
  perform keep_watched(old, old.part_id);
  return old;
end
$$;
create trigger lessons_keep_watched before delete on lessons
  for each row execute function keep_watched_of_lesson();

-- By the time a part's lessons go with it, the part is gone, and with it which course they were in.
create function keep_watched_of_part() returns trigger language plpgsql as $$
begin
  perform keep_watched(l, old.id) from lessons l where l.part_id = old.id;
  return old;
end
$$;
create trigger course_parts_keep_watched before delete on course_parts
  for each row execute function keep_watched_of_part();

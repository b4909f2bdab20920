create or replace function count_review() returns trigger language plpgsql as $$
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
comment on function count_review() is
  'Keeps courses.rating_sum and rating_count equal to those of the visible reviews when one is written, hidden or deleted.';

create or replace trigger reviews_are_counted after insert or delete or update of rating, hidden_at on reviews
  for each row execute function count_review();

create or replace function keep_watched(removed lessons, of_part uuid) returns void language sql as $$
  insert into removed_lesson_progress (
    student_id, lesson_id, course_id, watched_seconds, duration_seconds, completed_at
  )
  select p.student_id, p.lesson_id, c.id, p.watched_seconds, removed.duration_seconds, p.completed_at
  from lesson_progress p, course_parts part join courses c on c.id = part.course_id
  where p.lesson_id = removed.id and part.id = of_part and (p.watched_seconds > 0 or p.completed_at is not null)
  on conflict (student_id, lesson_id) do nothing
$$;
comment on function keep_watched(lessons, uuid) is 'Keeps what students watched of a lesson that is about to be removed.';

create or replace function keep_watched_of_lesson() returns trigger language plpgsql as $$
begin
  perform keep_watched(old, old.part_id);
  return old;
end
$$;
create or replace trigger lessons_keep_watched before delete on lessons
  for each row execute function keep_watched_of_lesson();

create or replace function keep_watched_of_part() returns trigger language plpgsql as $$
begin
  perform keep_watched(l, old.id) from lessons l where l.part_id = old.id;
  return old;
end
$$;
comment on function keep_watched_of_part() is
  'Does for the lessons of a part what keep_watched_of_lesson does for one. When they are removed with their part, '
  'the part is already gone, and with it the course that they were in.';
create or replace trigger course_parts_keep_watched before delete on course_parts
  for each row execute function keep_watched_of_part();

create or replace function lesson_seconds(lesson lessons) returns integer language sql stable as $$
  select coalesce(
    (select v.length_seconds from videos v where v.id = lesson.video_id and v.status = 'ready' and v.length_seconds > 0),
    nullif(lesson.duration_seconds, 0)
  )
$$;
comment on function lesson_seconds(lessons) is
  'Returns the duration of a lesson in seconds: the length of its video, as reported by the video service, or if that is '
  'unknown, the duration that the tutor entered.';

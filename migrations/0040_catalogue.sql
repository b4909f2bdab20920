-- What the shop window counts and sorts by, kept true by the database itself, whoever writes.

-- Courses on sale: published and not archived. The shop's whole number of them is in one row, a category's in its own.
create table catalogue_size (
  is_the_row boolean primary key default true check (is_the_row),
  course_count integer not null default 0 check (course_count >= 0)
);
insert into catalogue_size (course_count)
select count(*) from courses where is_published and archived_at is null;
alter table categories
  add column course_count integer not null default 0 check (course_count >= 0);
update categories k set course_count =
  (select count(*) from courses c where c.category_id = k.id and c.is_published and c.archived_at is null);

create function count_course_on_sale() returns trigger language plpgsql as $$
declare
  was integer := (tg_op <> 'INSERT' and old.is_published and old.archived_at is null)::integer;
  becomes integer := (tg_op <> 'DELETE' and new.is_published and new.archived_at is null)::integer;
begin
  if was <> becomes then
    update catalogue_size set course_count = course_count + becomes - was;
  end if;
  -- In one order, so that two courses that change places do not wait for each other.
  perform from categories where id in (old.category_id, new.category_id) order by id for no key update;
  update categories set course_count = course_count - was where id = old.category_id and was > 0;
  update categories set course_count = course_count + becomes where id = new.category_id and becomes > 0;
  return null;
end $$;
create trigger courses_are_counted after insert on courses
  for each row when (new.is_published) execute function count_course_on_sale();
create trigger courses_are_counted_out after delete on courses
  for each row when (old.is_published) execute function count_course_on_sale();
create trigger courses_are_recounted after update on courses
  for each row when (
    (old.is_published, old.archived_at is null, old.category_id)
      is distinct from (new.is_published, new.archived_at is null, new.category_id)
  ) execute function count_course_on_sale();

-- courses.student_count: enrollments.
update courses c set student_count = (select count(*) from enrollments e where e.course_id = c.id);
create function count_students() returns trigger language plpgsql as $$
begin
  -- In one order, so that two purchases of several courses do not wait for each other.
  perform from courses where id in (select course_id from changed) order by id for no key update;
  update courses c set student_count = c.student_count + tg_argv[0]::integer * n.students
  from (select course_id, count(*)::integer as students from changed group by course_id) n
  where c.id = n.course_id;
  return null;
end $$;
create trigger enrollments_are_counted after insert on enrollments
  referencing new table as changed for each statement execute function count_students('1');
create trigger enrollments_are_counted_out after delete on enrollments
  referencing old table as changed for each statement execute function count_students('-1');

-- What follows from a course's parts and lessons, so that a list need not read them.
create table course_summaries (
  course_id uuid primary key references courses on delete cascade,
  lesson_count integer not null default 0,
  duration_seconds integer not null default 0 -- of the lessons whose duration is known
);

create function refresh_course_summaries(ids uuid[]) returns void language plpgsql as $$
begin
  -- Locked first, so that the next statement sees what others, who held the lock, have committed.
  perform from course_summaries where course_id = any (ids) order by course_id for update;
  update course_summaries s
  set lesson_count = n.lesson_count, duration_seconds = n.duration_seconds
  from (
    select c.id, count(l.id)::integer as lesson_count, coalesce(sum(l.duration_seconds), 0)::integer as duration_seconds
    from courses c
    left join course_parts p on p.course_id = c.id
    left join lessons l on l.part_id = p.id
    where c.id = any (ids)
    group by c.id
  ) n
  where s.course_id = n.id and (s.lesson_count, s.duration_seconds) <> (n.lesson_count, n.duration_seconds);
end $$;

create function begin_course_summaries() returns trigger language plpgsql as $$
begin
  insert into course_summaries (course_id) select id from new_rows;
  perform refresh_course_summaries(array(select id from new_rows));
  return null;
end $$;
create trigger courses_begin_summaries after insert on courses
  referencing new table as new_rows for each statement execute function begin_course_summaries();

create function summarise_lessons() returns trigger language plpgsql as $$
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
end $$;
create trigger lessons_are_summarised after insert on lessons
  referencing new table as new_rows for each statement execute function summarise_lessons();
create trigger lessons_are_summarised_anew after update on lessons
  referencing old table as old_rows new table as new_rows for each statement execute function summarise_lessons();
create trigger lessons_leave_the_summary after delete on lessons
  referencing old table as old_rows for each statement execute function summarise_lessons();

-- A part that goes takes its lessons along, which then cannot tell whose they were.
create function summarise_parts() returns trigger language plpgsql as $$
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
end $$;
create trigger parts_are_summarised after insert on course_parts
  referencing new table as new_rows for each statement execute function summarise_parts();
create trigger parts_are_summarised_anew after update on course_parts
  referencing old table as old_rows new table as new_rows for each statement execute function summarise_parts();
create trigger parts_leave_the_summary after delete on course_parts
  referencing old table as old_rows for each statement execute function summarise_parts();

insert into course_summaries (course_id) select id from courses;
select refresh_course_summaries(array(select id from courses));

-- Mean of all reviews; 0 when there are none.
alter table courses
  add column rating numeric(3, 2) not null
    generated always as (coalesce(round(rating_sum::numeric / nullif(rating_count, 0), 2), 0)) stored;

-- One index for each order of the list; ids break ties, so that a cursor can tell where it stands.
drop index courses_published;
create index courses_newest on courses (created_at desc, id desc) where is_published and archived_at is null;
create index courses_by_price on courses (price_amount, id) where is_published and archived_at is null;
create index courses_by_rating on courses (rating desc, id desc) where is_published and archived_at is null;
create index courses_by_students on courses (student_count desc, id desc) where is_published and archived_at is null;
create index courses_of_category on courses (category_id, created_at desc, id desc)
  where is_published and archived_at is null;
create index enrollments_of_student on enrollments (student_id, enrolled_at desc, id desc);

-- The address that the frontend makes of a lesson's title for its links; no longer than an address may be.
create function title_slug(title text) returns text language sql immutable parallel safe as $$
  select left(trim(both '-' from regexp_replace(lower(title collate "C"), '[^a-z0-9]+', '-', 'g')), 300)
$$;
create index lessons_title_slug on lessons (title_slug(title));

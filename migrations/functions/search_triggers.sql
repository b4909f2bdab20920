-- Refreshes the summaries of courses when the data changes that they are derived from. Apart from
-- search_documents.sql, so that a change there, which rebuilds every summary, does not lock the tables that have
-- these triggers.

create or replace function begin_course_summaries() returns trigger language plpgsql as $$
begin
  insert into course_summaries (course_id) select id from new_rows;
  perform refresh_course_summaries(array(select id from new_rows));
  return null;
end $$;
create or replace trigger courses_begin_summaries after insert on courses
  referencing new table as new_rows for each statement execute function begin_course_summaries();

create or replace function summarise_lessons() returns trigger language plpgsql as $$
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
create or replace trigger lessons_are_summarised after insert on lessons
  referencing new table as new_rows for each statement execute function summarise_lessons();
create or replace trigger lessons_are_summarised_anew after update on lessons
  referencing old table as old_rows new table as new_rows for each statement execute function summarise_lessons();
create or replace trigger lessons_leave_the_summary after delete on lessons
  referencing old table as old_rows for each statement execute function summarise_lessons();

create or replace function summarise_parts() returns trigger language plpgsql as $$
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
comment on function summarise_parts() is
  'Refreshes the courses of parts. Removing a part removes its lessons, which can then no longer be traced to their course.';
create or replace trigger parts_are_summarised after insert on course_parts
  referencing new table as new_rows for each statement execute function summarise_parts();
create or replace trigger parts_are_summarised_anew after update on course_parts
  referencing old table as old_rows new table as new_rows for each statement execute function summarise_parts();
create or replace trigger parts_leave_the_summary after delete on course_parts
  referencing old table as old_rows for each statement execute function summarise_parts();

create or replace function resummarise_course() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array[new.id]);
  return null;
end $$;
create or replace trigger courses_are_summarised after update on courses
  for each row when (
    (
      course_texts(old), old.language, old.category_id, old.is_published, old.archived_at is null,
      popularity(old.student_count)
    ) is distinct from (
      course_texts(new), new.language, new.category_id, new.is_published, new.archived_at is null,
      popularity(new.student_count)
    )
  ) execute function resummarise_course();

create or replace function summarise_tutors() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform refresh_course_summaries(array[old.course_id]);
  else
    perform refresh_course_summaries(array[new.course_id]);
  end if;
  return null;
end $$;
create or replace trigger course_tutors_are_summarised after insert or delete on course_tutors
  for each row execute function summarise_tutors();

create or replace function summarise_tutor_name() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array(select course_id from course_tutors where user_id = new.id));
  return null;
end $$;
create or replace trigger tutor_names_are_summarised after update on users
  for each row when ((old.first_name, old.last_name) is distinct from (new.first_name, new.last_name))
  execute function summarise_tutor_name();

create or replace function summarise_category_name() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array(select id from courses where category_id = new.id));
  return null;
end $$;
create or replace trigger category_names_are_summarised after update on categories
  for each row when (old.name is distinct from new.name) execute function summarise_category_name();

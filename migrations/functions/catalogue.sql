-- Maintains the shop's counters, whichever statement writes.

create or replace function count_course_on_sale() returns trigger language plpgsql as $$
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
end $$;
comment on function count_course_on_sale() is
  'Keeps catalogue_size and categories.course_count equal to the number of courses on sale.';

create or replace trigger courses_are_counted after insert on courses
  for each row when (new.is_published) execute function count_course_on_sale();
create or replace trigger courses_are_counted_out after delete on courses
  for each row when (old.is_published) execute function count_course_on_sale();
create or replace trigger courses_are_recounted after update on courses
  for each row when (
    (old.is_published, old.archived_at is null, old.category_id)
      is distinct from (new.is_published, new.archived_at is null, new.category_id)
  ) execute function count_course_on_sale();

create or replace function count_students() returns trigger language plpgsql as $$
begin
  -- In a fixed order, so that two purchases of several courses do not deadlock.
  perform from courses where id in (select course_id from changed) order by id for no key update;
  update courses c set student_count = c.student_count + tg_argv[0]::integer * n.students
  from (select course_id, count(*)::integer as students from changed group by course_id) n
  where c.id = n.course_id;
  return null;
end $$;
comment on function count_students() is 'Keeps courses.student_count equal to the number of enrollments.';

create or replace trigger enrollments_are_counted after insert on enrollments
  referencing new table as changed for each statement execute function count_students('1');
create or replace trigger enrollments_are_counted_out after delete on enrollments
  referencing old table as changed for each statement execute function count_students('-1');

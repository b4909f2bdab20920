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
  insert into student_count_changes (course_id, students)
  select course_id, tg_argv[0]::integer * count(*) from changed group by course_id order by course_id;
  return null;
end $$;
comment on function count_students() is
  'Keeps courses.student_count equal to the number of enrollments, with apply_student_count.';

create or replace function apply_student_count() returns trigger language plpgsql as $$
begin
  update courses set student_count = student_count + new.students where id = new.course_id;
  delete from student_count_changes where id = new.id;
  return null;
end $$;
comment on function apply_student_count() is
  'Counts the new students of a course at the commit, because all purchases of a course wait for the lock of its row.';
drop trigger if exists apply_change on student_count_changes;
create constraint trigger apply_change after insert on student_count_changes
  deferrable initially deferred for each row execute function apply_student_count();

create or replace trigger enrollments_are_counted after insert on enrollments
  referencing new table as changed for each statement execute function count_students('1');
create or replace trigger enrollments_are_counted_out after delete on enrollments
  referencing old table as changed for each statement execute function count_students('-1');

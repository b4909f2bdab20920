-- Notes by which tags edge caches must forget responses, whichever statement changes what anybody may read. The tags of
-- each response are declared in the contract (x-cache). Rows are only added, so that no transaction waits for another.

create or replace function note_stale(variadic tags text[]) returns void language sql as $$
  insert into stale_tags (tag) select distinct t from unnest(tags) t where t is not null
$$;
comment on function note_stale(text[]) is 'Notes tags to purge once the transaction has committed; nulls are left out.';

create or replace function note_stale_courses(ids uuid[]) returns void language sql as $$
  with on_sale as (
    select id, count(*) over () > 100 as are_many
    from courses where id = any (ids) and is_published and archived_at is null
  )
  insert into stale_tags (tag)
  select case when are_many then 'course' else 'course-' || id end from on_sale union select 'courses' from on_sale
$$;
comment on function note_stale_courses(uuid[]) is
  'Notes the pages of those courses that are on sale, of many at once all pages, and all lists of courses. Nobody keeps '
  'responses about other courses.';

create or replace function note_new_courses() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows where is_published and archived_at is null) then
    perform note_stale('courses', 'tutors');
  end if;
  return null;
end $$;
comment on function note_new_courses() is 'Notes the lists in which new courses appear: nobody keeps that there was none.';
create or replace trigger courses_go_stale_added after insert on courses
  referencing new table as new_rows for each statement execute function note_new_courses();

create or replace function note_stale_course() returns trigger language plpgsql as $$
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
end $$;
comment on function note_stale_course() is
  'Notes a course that is, was or comes on sale. The numbers of its students and of its ratings change with every '
  'purchase and review, so they are left to the lifetime of responses.';
create or replace trigger courses_go_stale after update or delete on courses
  for each row execute function note_stale_course();

create or replace function note_stale_parts() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform note_stale_courses(array(select distinct course_id from new_rows));
  elsif tg_op = 'DELETE' then
    perform note_stale_courses(array(select distinct course_id from old_rows));
  else
    perform note_stale_courses(array(select course_id from old_rows union select course_id from new_rows));
  end if;
  return null;
end $$;
create or replace trigger parts_go_stale_added after insert on course_parts
  referencing new table as new_rows for each statement execute function note_stale_parts();
create or replace trigger parts_go_stale after update on course_parts
  referencing old table as old_rows new table as new_rows for each statement execute function note_stale_parts();
create or replace trigger parts_go_stale_removed after delete on course_parts
  referencing old table as old_rows for each statement execute function note_stale_parts();

create or replace function note_stale_lessons() returns trigger language plpgsql as $$
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
end $$;
create or replace trigger lessons_go_stale_added after insert on lessons
  referencing new table as new_rows for each statement execute function note_stale_lessons();
create or replace trigger lessons_go_stale after update on lessons
  referencing old table as old_rows new table as new_rows for each statement execute function note_stale_lessons();
create or replace trigger lessons_go_stale_removed after delete on lessons
  referencing old table as old_rows for each statement execute function note_stale_lessons();

create or replace function note_stale_teaching() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform note_stale_courses(array(select distinct course_id from new_rows));
  else
    perform note_stale_courses(array(select distinct course_id from old_rows));
  end if;
  perform note_stale('tutors');
  return null;
end $$;
create or replace trigger course_tutors_go_stale_added after insert on course_tutors
  referencing new table as new_rows for each statement execute function note_stale_teaching();
create or replace trigger course_tutors_go_stale after update on course_tutors
  referencing old table as old_rows for each statement execute function note_stale_teaching();
create or replace trigger course_tutors_go_stale_removed after delete on course_tutors
  referencing old table as old_rows for each statement execute function note_stale_teaching();

create or replace function note_stale_person() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and exists (select from course_tutors where user_id = new.id) then
    perform note_stale('tutor-' || new.id, 'courses', 'tutors');
  elsif 2 in (old.role, new.role) then
    perform note_stale('tutors');
  end if;
  return null;
end $$;
comment on function note_stale_person() is 'Notes a person of whom courses or the list of tutors show something.';
create or replace trigger tutors_go_stale after update on users for each row when (
  (
    old.first_name, old.last_name, old.avatar_key, old.bio, old.university_id, old.publishes_email, old.email, old.role,
    old.email_verified_at is null, old.deactivated_at is null, old.erased_at is null
  ) is distinct from (
    new.first_name, new.last_name, new.avatar_key, new.bio, new.university_id, new.publishes_email, new.email, new.role,
    new.email_verified_at is null, new.deactivated_at is null, new.erased_at is null
  )
) execute function note_stale_person();
create or replace trigger tutors_go_stale_added after insert on users
  for each row when (new.role = 2) execute function note_stale_person();
create or replace trigger tutors_go_stale_removed after delete on users
  for each row when (old.role = 2) execute function note_stale_person();

create or replace function note_stale_category() returns trigger language plpgsql as $$
begin
  perform note_stale('categories');
  if tg_op = 'UPDATE' and (old.name, old.slug) is distinct from (new.name, new.slug) then
    perform note_stale('category-' || old.id, 'courses');
  end if;
  return null;
end $$;
create or replace trigger categories_go_stale after insert or update or delete on categories
  for each row execute function note_stale_category();

create or replace function note_stale_universities() returns trigger language plpgsql as $$
begin
  perform note_stale('universities', 'tutors');
  return null;
end $$;
comment on function note_stale_universities() is 'Notes all universities, and the tutors, who name theirs.';
create or replace trigger universities_go_stale after insert or update or delete on universities
  for each statement execute function note_stale_universities();

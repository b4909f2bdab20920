create table student_count_changes (
  id bigint generated always as identity primary key,
  course_id uuid not null,
  students integer not null
);

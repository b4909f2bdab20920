create table course_completions (
  student_id text not null references users on delete cascade,
  course_id uuid not null references courses on delete cascade,
  completed_at timestamptz not null,
  primary key (student_id, course_id)
);
create index course_completions_course_id on course_completions (course_id);

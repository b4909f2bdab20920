-- Answers are looked for by their lesson too: when a course's comments are counted, and when a lesson goes.
create index comments_of_lesson on comments (lesson_id);

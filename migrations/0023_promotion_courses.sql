-- A code for one course must not become a code for every course when that course is deleted: ids of courses are kept.

alter table promotion_courses drop constraint promotion_courses_course_id_fkey;

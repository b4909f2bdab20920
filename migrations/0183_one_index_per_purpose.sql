-- It was the same as order_lines_of_course.
drop index order_lines_course_id;

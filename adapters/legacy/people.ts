import type { Queries } from "../postgres/queries.ts";
import { analyze, namedUuid, UNUSABLE_HASH } from "./staging.ts";

/**
 * Decides which accounts become one. Addresses that differ in case were different accounts. Of those with one address,
 * the account that has anything stays; of several, the oldest with an enrollment, else the oldest. Creates `accounts`:
 * each former account with the id that it has here.
 */
export async function mergeAccounts(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table accounts on commit drop as
    with holders as (
      select student_id as id from former_courses_enrollment
      union select user_id from former_courses_course_tutors
      union select user_id from former_courses_comment where user_id is not null
      union select user_id from former_users_onboardinganswer where user_id is not null
      union select o.user_id from former_payments_order o join former_payments_payment p on p.order_id = o.id
      union select user_id from former_payments_payment where user_id is not null and status <> 1
      union select id from former_users_user where is_superuser or is_staff
    ), students as (
      select distinct student_id from former_courses_enrollment
    ), teachers as (
      select distinct user_id from former_courses_course_tutors
    )
    select u.id, first_value(u.id) over kept as user_id, h.id is not null as has_anything, t.user_id is not null as teaches,
      count(h.id) over (partition by u.email)::integer as holding, u.email, u.password, u.role, u.is_superuser, u.is_staff,
      u.is_active, u.is_email_verified
    from former_users_user u
    left join holders h on h.id = u.id
    left join students s on s.student_id = u.id
    left join teachers t on t.user_id = u.id
    window kept as (
      partition by u.email order by h.id is not null desc, s.student_id is not null desc, u.created_at, u.id
    )`);
  await sql`create unique index on accounts (id)`;
  await sql`create index on accounts (user_id)`;
  await analyze(sql, "accounts");
}

/** Writes the accounts. Only superusers were administrators. */
export async function writeAccounts(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table kept_accounts on commit drop as
    select user_id, bool_or(is_superuser and is_active) as administers, bool_or(teaches) as teaches,
      coalesce(min(role) filter (where role in (2, 3, 4)), 4) as role, bool_or(is_active) as is_active,
      bool_or(is_email_verified) as is_verified, max(holding) > 1 as is_merged,
      max(password) filter (where id = user_id) as password
    from accounts where has_anything or id = user_id group by user_id`);
  await sql.unsafe(`
    insert into users (
      id, email, password_hash, first_name, last_name, role, email_verified_at, deactivated_at, created_at, updated_at
    )
    select u.id, u.email, case when k.is_merged then ${UNUSABLE_HASH} else coalesce(k.password, ${UNUSABLE_HASH}) end,
      u.first_name, u.last_name, case when k.administers then 1 when k.teaches then 2 else k.role end,
      case when k.is_verified then u.updated_at end, case when not k.is_active then u.updated_at end, u.created_at,
      u.updated_at
    from former_users_user u join kept_accounts k on k.user_id = u.id`);
  await sql.unsafe(`
    insert into password_invitations (user_id, reason)
    select user_id, case when is_merged then 'merged' else 'no_password' end
    from kept_accounts where is_active and (is_merged or password is null)`);
  await sql`insert into legacy_accounts (former_id, user_id) select id, user_id from accounts where id <> user_id`;
  await sql.unsafe(`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select 'users_user', l.id, l.what, l.why, l.other_id from (
      select id, 1 as n, 'merged' as what, 'has the address of another account, which has everything now' as why, user_id as other_id
      from accounts where id <> user_id and has_anything
      union all
      select id, 2, 'skipped', 'has the address of another account, and nothing in it', user_id
      from accounts where id <> user_id and not has_anything
      union all
      select user_id, 3, 'changed', 'several accounts had its address: it gets a new password by mail', null
      from kept_accounts where is_merged
      union all
      select user_id, 4, 'changed', 'has no usable password, and gets one by mail', null
      from kept_accounts where password is null and not is_merged
      union all
      select a.id, 5, 'person', 'had the role of an administrator without being one: it is an ordinary account now', null
      from accounts a join kept_accounts k using (user_id) where a.role = 1 and not k.administers
      union all
      select a.id, 6, 'person', 'had rights in the admin pages, which do not exist here', null
      from accounts a join kept_accounts k using (user_id) where a.is_staff and not k.administers
      union all
      select a.id, 7, 'person', 'was a superuser, but deactivated: it is no administrator now', null
      from accounts a join kept_accounts k using (user_id) where a.is_superuser and not k.administers
      union all
      select a.id, 8, 'changed', 'teaches a course, and is a tutor now', null
      from accounts a join kept_accounts k using (user_id) where a.teaches and a.role <> 2 and not k.administers
      union all
      select a.id, 9, 'changed', 'had an unknown role: it is an ordinary account now', null
      from accounts a where a.role not in (1, 2, 3, 4)
      union all
      select a.id, 10, 'person', 'was deactivated, and is now one with an active account', a.user_id
      from accounts a join kept_accounts k using (user_id) where not a.is_active and k.is_active and a.has_anything
    ) l order by l.n, l.id`);
}

/** Writes the latest usable answer of each person. */
export async function writeAnswers(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table answers on commit drop as
    select f.id, a.user_id, m.university_id, f.degree, f.graduation_year, f.interests, f.created_at, f.updated_at,
      case
        when f.user_id is null then 'belongs to nobody'
        when f.degree is null then 'its degree is none of the three'
        when f.graduation_year is null or f.graduation_year not between 1950 and 2100
          then 'its year of graduation is missing or impossible'
      end as fault
    from former_users_onboardinganswer f
    left join accounts a on a.id = f.user_id
    left join universities_here m on m.id = f.university_id`);
  await sql.unsafe(`
    update answers a set fault = 'there is a later answer of the same person'
    from (
      select id, row_number() over (partition by user_id order by updated_at desc, id desc) as place
      from answers where fault is null
    ) p where p.id = a.id and p.place > 1`);
  await sql`
    insert into onboarding_answers (
      id, user_id, university_id, degree, graduation_year, interests, created_at, updated_at
    )
    select ${
    sql.unsafe(namedUuid("'answer:' || id"))
  }, user_id, university_id, degree, graduation_year, interests, created_at, updated_at
    from answers where fault is null`;
  await sql`
    insert into legacy_report (table_name, row_id, what, why)
    select 'users_onboardinganswer', id, 'skipped', fault from answers where fault is not null order by id`;
}

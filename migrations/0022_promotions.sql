-- Prices in several currencies, and promotion codes.

-- What a course costs in other currencies than its own (courses.price_currency).
create table course_prices (
  course_id uuid not null references courses on delete cascade,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  amount bigint not null check (amount >= 0), -- minor units
  primary key (course_id, currency)
);

create table promotions (
  id uuid primary key default gen_random_uuid(),
  code text not null unique check (code ~ '^[A-Z0-9][A-Z0-9_-]{2,39}$'),
  created_by text not null,
  percent integer check (percent between 1 and 100), -- null: an amount per currency
  valid_from timestamptz,
  valid_until timestamptz,
  max_redemptions integer check (max_redemptions > 0),
  per_student_limit integer check (per_student_limit > 0),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (valid_until > valid_from)
);
create index promotions_created_by on promotions (created_by, created_at desc);

create table promotion_amounts (
  promotion_id uuid not null references promotions on delete cascade,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  amount_off bigint check (amount_off > 0), -- minor units; null where the promotion is a percentage
  minimum_amount bigint check (minimum_amount > 0), -- what the courses must cost together, before the discount
  primary key (promotion_id, currency),
  check (amount_off is not null or minimum_amount is not null)
);

-- None: every course.
create table promotion_courses (
  promotion_id uuid not null references promotions on delete cascade,
  course_id uuid not null references courses on delete cascade,
  primary key (promotion_id, course_id)
);
create index promotion_courses_course_id on promotion_courses (course_id);

-- One per order. It counts while its order waits or is paid, and no longer when the order failed or expired.
create table promotion_redemptions (
  order_id uuid primary key references orders,
  promotion_id uuid not null references promotions,
  student_id text not null
);
create index promotion_redemptions_promotion_id on promotion_redemptions (promotion_id, student_id);

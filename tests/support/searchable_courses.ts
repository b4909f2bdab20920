import type { Database } from "../../adapters/postgres/queries.ts";

type Searchable = {
  slug: string;
  language: "en" | "ru" | "es";
  title: string;
  description: string;
  category: string;
  tutor: [firstName: string, lastName: string];
  lessons: string[];
};

/** A small shop in three languages, for judging what a search finds. */
const SEARCHABLE: Searchable[] = [
  {
    slug: "linear-algebra",
    language: "en",
    title: "Linear Algebra for Engineers",
    description: "Vectors, matrices and eigenvalues, worked through by hand.",
    category: "Mathematics",
    tutor: ["Amélie", "Laurent"],
    lessons: ["What a vector is good for", "Gaussian elimination", "Eigenvalues of a vibrating bridge"],
  },
  {
    slug: "calculus",
    language: "en",
    title: "Calculus I: Limits to Integrals",
    description: "Everything of the first semester, with past exam questions.",
    category: "Mathematics",
    tutor: ["Hiroshi", "Tanaka"],
    lessons: ["Limits", "Derivatives of products", "The fundamental theorem"],
  },
  {
    slug: "statistics",
    language: "en",
    title: "Statistics for Experiments",
    description: "Hypothesis tests, regression and what a p-value does not say.",
    category: "Statistics",
    tutor: ["Zofia", "Nowak"],
    lessons: ["Sampling", "Confidence intervals", "Linear regression"],
  },
  {
    slug: "mechanics",
    language: "en",
    title: "Classical Mechanics",
    description: "Newton's laws, energy and the motion of planets.",
    category: "Physics",
    tutor: ["Daniel", "Okafor"],
    lessons: ["Forces", "Conservation of energy", "Kepler's problem"],
  },
  {
    slug: "quantum",
    language: "en",
    title: "Quantum Mechanics: A First Encounter",
    description: "Wave functions, measurement and the hydrogen atom.",
    category: "Physics",
    tutor: ["Daniel", "Okafor"],
    lessons: ["The double slit", "Schrödinger's equation", "Spin"],
  },
  {
    slug: "databases",
    language: "en",
    title: "Databases and SQL in Practice",
    description: "Queries, indexes and transactions on PostgreSQL.",
    category: "Computer Science",
    tutor: ["Hiroshi", "Tanaka"],
    lessons: ["Joins", "Isolation levels", "Reading a query plan"],
  },
  {
    slug: "python",
    language: "en",
    title: "Programming in Python",
    description: "From variables to small programs that do your homework.",
    category: "Computer Science",
    tutor: ["Zofia", "Nowak"],
    lessons: ["Loops", "Functions", "Reading files"],
  },
  {
    slug: "machine-learning",
    language: "en",
    title: "Machine Learning Foundations",
    description: "Gradient descent and neural networks with Python.",
    category: "Computer Science",
    tutor: ["Zofia", "Nowak"],
    lessons: ["Overfitting", "Neural networks", "Support vector machines"],
  },
  {
    slug: "organic",
    language: "en",
    title: "Organic Chemistry: Mechanisms",
    description: "Arrows, intermediates and why reactions go the way they go.",
    category: "Chemistry",
    tutor: ["Grace", "Ueda"],
    lessons: ["Nucleophilic substitution", "Aromaticity"],
  },
  {
    slug: "microeconomics",
    language: "en",
    title: "Microeconomics: Markets and Choice",
    description: "Supply, demand and what firms do.",
    category: "Economics",
    tutor: ["Pablo", "García"],
    lessons: ["Elasticity", "Monopoly", "Game theory"],
  },
  {
    slug: "lineynaya-algebra",
    language: "ru",
    title: "Линейная алгебра для инженеров",
    description: "Векторы, матрицы и собственные значения на понятных примерах.",
    category: "Математика",
    tutor: ["Ирина", "Соколова"],
    lessons: ["Системы уравнений", "Определители", "Собственные значения"],
  },
  {
    slug: "matanaliz",
    language: "ru",
    title: "Математический анализ за один семестр",
    description: "Пределы, производные и интегралы с разбором задач.",
    category: "Математика",
    tutor: ["Ирина", "Соколова"],
    lessons: ["Пределы последовательностей", "Производная сложной функции"],
  },
  {
    slug: "veroyatnost",
    language: "ru",
    title: "Теория вероятностей",
    description: "Случайные величины и закон больших чисел.",
    category: "Математика",
    tutor: ["Пётр", "Ёлкин"],
    lessons: ["Условная вероятность", "Формула Байеса"],
  },
  {
    slug: "fizika",
    language: "ru",
    title: "Физика: электричество и магнетизм",
    description: "Поля, токи и волны.",
    category: "Физика",
    tutor: ["Пётр", "Ёлкин"],
    lessons: ["Закон Кулона", "Уравнения Максвелла"],
  },
  {
    slug: "programmirovanie",
    language: "ru",
    title: "Основы программирования",
    description: "Алгоритмы и структуры данных для начинающих.",
    category: "Информатика",
    tutor: ["Анна", "Кузнецова"],
    lessons: ["Сортировка слиянием", "Двоичный поиск"],
  },
  {
    slug: "calculo",
    language: "es",
    title: "Cálculo diferencial e integral",
    description: "Límites, derivadas e integrales con ejercicios resueltos.",
    category: "Matemáticas",
    tutor: ["Lucía", "Moreno"],
    lessons: ["La derivada como pendiente", "Integración por partes"],
  },
  {
    slug: "programacion",
    language: "es",
    title: "Programación en Java desde cero",
    description: "Clases, objetos y excepciones.",
    category: "Informática",
    tutor: ["Diego", "Castillo"],
    lessons: ["Variables", "Herencia y polimorfismo"],
  },
  {
    slug: "quimica",
    language: "es",
    title: "Química general",
    description: "Átomos, enlaces y reacciones.",
    category: "Química",
    tutor: ["Carmen", "Ibáñez"],
    lessons: ["La tabla periódica", "Equilibrio químico"],
  },
  {
    slug: "economia",
    language: "es",
    title: "Economía para principiantes",
    description: "Oferta, demanda e inflación.",
    category: "Economía",
    tutor: ["Pablo", "García"],
    lessons: ["El mercado de trabajo", "Los tipos de interés"],
  },
  {
    slug: "historia",
    language: "es",
    title: "Historia de España contemporánea",
    description: "De la Guerra Civil a la Transición.",
    category: "Historia",
    tutor: ["Carmen", "Ibáñez"],
    lessons: ["La Segunda República", "La Constitución de 1978"],
  },
];

/** Puts them on sale. */
export async function addSearchable(sql: Database): Promise<void> {
  for (const { slug, language, title, description, category, tutor, lessons } of SEARCHABLE) {
    const email = `${tutor.join(".").toLowerCase()}@example.com`;
    await sql`
      insert into categories (name, slug) values (${category}, ${"c-" + category}) on conflict do nothing`;
    await sql`
      insert into users (email, password_hash, first_name, last_name, role)
      values (${email}, '-', ${tutor[0]}, ${tutor[1]}, 2) on conflict do nothing`;
    await sql`
      with course as (
        insert into courses (slug, title, description, language, category_id, price_amount, is_published)
        select ${slug}, ${title}, ${description}, ${language}, id, 4900, true from categories where name = ${category}
        returning id
      ), tutor as (
        insert into course_tutors (course_id, user_id)
        select course.id, u.id from course, users u where u.email = ${email}
      ), part as (
        insert into course_parts (course_id, slug, title, position) select id, ${
      slug + "-part"
    }, '', 0 from course
        returning id
      )
      insert into lessons (part_id, slug, title, position)
      select part.id, ${
      slug + "-"
    } || n, title, n from part, unnest(${lessons}::text[]) with ordinality l(title, n)`;
  }
}

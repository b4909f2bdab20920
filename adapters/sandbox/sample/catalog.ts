// The courses of the sample shop. Prices in US cents, durations in minutes.

export const categories = [
  "Mathematics",
  "Physics",
  "Computer Science",
  "Economics",
  "Chemistry",
  "Biology",
  "Engineering",
  "Statistics",
] as const;
export type CategoryName = (typeof categories)[number];

export const tutors = [
  {
    email: "tutor@example.com",
    firstName: "Amélie",
    lastName: "Laurent",
    university: "École Polytechnique",
    bio: "Ten years of first-semester mathematics, by hand and on the board.",
    publishesEmail: true,
  },
  {
    email: "hiroshi.tanaka@example.com",
    firstName: "Hiroshi",
    lastName: "Tanaka",
    university: "University of Tokyo",
    bio: "Writes databases by day and explains them in the evening.",
    publishesEmail: false,
  },
  {
    email: "zofia.nowak@example.com",
    firstName: "Zofia",
    lastName: "Nowak",
    university: "University of Warsaw",
    bio: "Chemist. Draws every arrow of every mechanism.",
    publishesEmail: false,
  },
  {
    email: "daniel.okafor@example.com",
    firstName: "Daniel",
    lastName: "Okafor",
    university: "University of Cape Town",
    bio: "Physics and engineering, with more experiments than formulas.",
    publishesEmail: false,
  },
] as const;
type TutorEmail = (typeof tutors)[number]["email"];

type SampleLesson = [title: string, minutes: number, description: string];
type SamplePart = { title: string; lessons: SampleLesson[] };
export type SampleCourse = {
  title: string;
  level: "beginner" | "intermediate" | "advanced";
  description: string;
  category: CategoryName;
  priceCents: bigint;
  tutors: TutorEmail[];
  /** The number of free previews, from the first lesson on. */
  previews: number;
  isPublished: boolean;
  parts: SamplePart[];
};

const AMELIE = "tutor@example.com";
const HIROSHI = "hiroshi.tanaka@example.com";
const ZOFIA = "zofia.nowak@example.com";
const DANIEL = "daniel.okafor@example.com";

/** Newest first. */
export const courses: SampleCourse[] = [
  {
    title: "Linear Algebra for Engineers",
    level: "beginner",
    description:
      "Vectors, matrices and eigenvalues, worked through by hand before any formula is named. Every chapter ends with a past exam question, solved on the board. You need school algebra and a pencil.",
    category: "Mathematics",
    priceCents: 4900n,
    tutors: [AMELIE, DANIEL],
    previews: 2,
    isPublished: true,
    parts: [
      {
        title: "Vectors and matrices",
        lessons: [
          [
            "What a vector is good for",
            12,
            "Forces, prices and pixels: three lists of numbers that behave alike.",
          ],
          [
            "Solving systems by elimination",
            24,
            "Gaussian elimination, and how to see that no solution exists.",
          ],
          ["Matrix products without memorising", 19, "Reading a product as a mixture of columns."],
        ],
      },
      {
        title: "Structure",
        lessons: [
          ["Span and linear independence", 22, "When one vector too many says nothing new."],
          ["Determinants as volumes", 18, "Why the determinant vanishes exactly when the inverse does."],
          [
            "Eigenvalues of a vibrating bridge",
            31,
            "The characteristic polynomial, with a structure that oscillates.",
          ],
        ],
      },
      {
        title: "Exam workshop",
        lessons: [
          ["Past paper: bases and rank", 27, "Five short questions under time."],
          ["Past paper: diagonalisation", 29, "One long question with every step justified."],
        ],
      },
    ],
  },
  {
    title: "Calculus I: Limits to Integrals",
    level: "beginner",
    description:
      "A first university course in calculus that starts from pictures and ends with proofs you can write yourself. Limits, derivatives, and the fundamental theorem, each with graded exercises.",
    category: "Mathematics",
    priceCents: 3900n,
    tutors: [ZOFIA],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Limits",
        lessons: [
          ["Limits from a graph", 14, "Reading a limit where the function has a hole."],
          ["Epsilon and delta in plain words", 23, "A game for two players that defines the limit."],
          ["Continuity and its surprises", 17, "The intermediate value theorem at work."],
        ],
      },
      {
        title: "Derivatives and integrals",
        lessons: [
          ["The derivative as a best line", 20, "Local straightness instead of secants."],
          ["The chain rule you can see", 16, "Two gears and their speeds."],
          ["Optimising a tin can", 21, "Setting up an extremum problem from words."],
          ["The fundamental theorem of calculus", 26, "Why areas undo slopes."],
        ],
      },
    ],
  },
  {
    title: "Algorithms and Data Structures",
    level: "intermediate",
    description:
      "From arrays to shortest paths, with every running time derived rather than quoted. Each algorithm is traced on paper first and then written in twenty lines of Python.",
    category: "Computer Science",
    priceCents: 5900n,
    tutors: [HIROSHI],
    previews: 2,
    isPublished: true,
    parts: [
      {
        title: "Foundations",
        lessons: [
          ["Counting steps honestly", 15, "Big O from the number of comparisons."],
          ["Binary search and its off-by-one", 13, "An invariant that makes it right at once."],
          ["Hash tables from the inside", 25, "Buckets, load factors and bad luck."],
        ],
      },
      {
        title: "Trees and graphs",
        lessons: [
          ["Balanced search trees", 28, "Rotations of a red-black tree on paper."],
          ["Breadth first and depth first", 22, "Two queues that explore differently."],
          ["Shortest paths with Dijkstra", 27, "Why greed is right when no edge is negative."],
        ],
      },
      {
        title: "Design techniques",
        lessons: [
          ["Dynamic programming step by step", 33, "From a slow recursion to a table."],
          ["Greedy choices that are safe", 18, "Exchange arguments in three examples."],
        ],
      },
    ],
  },
  {
    title: "Databases and SQL in Practice",
    level: "beginner",
    description:
      "Design a schema for a real shop, query it, index it, and survive two users at once. Uses PostgreSQL throughout, and ends with reading query plans.",
    category: "Computer Science",
    priceCents: 4500n,
    tutors: [HIROSHI, DANIEL],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Modelling and querying",
        lessons: [
          ["Tables, keys and relationships", 18, "A shop on one sheet of paper."],
          ["Joins by example", 22, "Inner, outer, and the row that went missing."],
          ["Grouping and window functions", 24, "Totals, ranks and running sums."],
        ],
      },
      {
        title: "Running it",
        lessons: [
          ["Indexes that help and that do not", 20, "B-trees, selectivity, and the order of columns."],
          ["Transactions and isolation levels", 26, "Lost updates, seen and prevented."],
        ],
      },
    ],
  },
  {
    title: "Classical Mechanics",
    level: "beginner",
    description:
      "Newton's laws, energy and rotation for first-year students of physics and engineering. Experiments filmed in the laboratory, then modelled with nothing but calculus.",
    category: "Physics",
    priceCents: 4900n,
    tutors: [DANIEL],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Motion and forces",
        lessons: [
          ["Describing motion with vectors", 16, "Position, velocity and acceleration of a thrown ball."],
          ["Free-body diagrams that work", 19, "A routine that catches every force once."],
          ["Friction on an inclined plane", 17, "When a block begins to slide."],
        ],
      },
      {
        title: "Energy and rotation",
        lessons: [
          ["Work and potential energy", 21, "Conservation as bookkeeping."],
          ["Collisions in one and two dimensions", 23, "Momentum with air-track footage."],
          ["Torque and angular momentum", 28, "The spinning wheel that will not fall."],
        ],
      },
    ],
  },
  {
    title: "Quantum Mechanics: A First Encounter",
    level: "advanced",
    description:
      "States, measurements and the Schrödinger equation for students who know linear algebra. No mysticism: every statement is tied to an experiment that was done.",
    category: "Physics",
    priceCents: 6900n,
    tutors: [ZOFIA, DANIEL],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Two-state systems",
        lessons: [
          ["The Stern–Gerlach experiment", 20, "Silver atoms that take sides."],
          ["States as vectors", 24, "Superposition in two dimensions."],
          ["Measurement and probability", 22, "The Born rule with polarised light."],
        ],
      },
      {
        title: "Waves",
        lessons: [
          ["The Schrödinger equation in a box", 30, "Standing waves and discrete energies."],
          ["Tunnelling through a barrier", 26, "How alpha particles leave a nucleus."],
        ],
      },
    ],
  },
  {
    title: "Microeconomics: Markets and Choice",
    level: "beginner",
    description:
      "Demand, supply and strategic behaviour, with data from real markets. Graphs come first, calculus second, and each model is shown where it fails.",
    category: "Economics",
    priceCents: 3500n,
    tutors: [AMELIE],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Consumers and firms",
        lessons: [
          ["Budget lines and indifference curves", 18, "Choosing between coffee and books."],
          ["Elasticity from shop data", 16, "What a price rise does to revenue."],
          ["Costs in the short and long run", 21, "Why average cost curves are U-shaped."],
        ],
      },
      {
        title: "Markets that fail",
        lessons: [
          ["Monopoly and price discrimination", 23, "Student discounts explained."],
          ["Externalities and the price of carbon", 19, "Taxes and permits compared."],
          ["Game theory in four matrices", 25, "Dominance, Nash equilibrium and commitment."],
        ],
      },
    ],
  },
  {
    title: "Macroeconomics: Growth, Money, Crises",
    level: "intermediate",
    description:
      "How economies grow, why they stumble, and what central banks can do about it. Each lesson begins with a chart from the last thirty years and builds the model that explains it.",
    category: "Economics",
    priceCents: 3500n,
    tutors: [AMELIE, ZOFIA],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "The long run",
        lessons: [
          ["Measuring GDP and its blind spots", 15, "What is counted, and what is not."],
          ["The Solow growth model", 27, "Capital, steady states and convergence."],
        ],
      },
      {
        title: "The short run",
        lessons: [
          ["Money, banks and interest", 22, "How a loan makes a deposit."],
          ["The IS–LM model on one page", 25, "Fiscal and monetary policy together."],
          ["Inflation and the Phillips curve", 20, "Expectations make the difference."],
        ],
      },
    ],
  },
  {
    title: "Organic Chemistry: Mechanisms",
    level: "intermediate",
    description:
      "Stop memorising reactions: follow the electrons instead. Substitution, elimination and carbonyl chemistry with curved arrows drawn slowly, and models turned in the hand.",
    category: "Chemistry",
    priceCents: 5500n,
    tutors: [ZOFIA],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Tools",
        lessons: [
          ["Curved arrows from scratch", 17, "Where electrons come from and go to."],
          ["Stereochemistry with models", 24, "R and S without guessing."],
        ],
      },
      {
        title: "Reactions",
        lessons: [
          ["Substitution: SN1 against SN2", 26, "Four questions that decide."],
          ["Elimination and its rivals", 21, "Base, heat and Zaitsev's rule."],
          ["Carbonyls and nucleophiles", 29, "Aldehydes, ketones and what adds to them."],
        ],
      },
    ],
  },
  {
    title: "Cell Biology Essentials",
    level: "beginner",
    description:
      "A tour of the living cell for first-year students of biology and medicine: membranes, energy, information and division, with micrographs and drawings made during the lesson.",
    category: "Biology",
    priceCents: 2900n,
    tutors: [AMELIE],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Structure and energy",
        lessons: [
          ["Membranes and transport", 18, "Channels, pumps and gradients."],
          ["Mitochondria and respiration", 23, "Following the electrons to oxygen."],
        ],
      },
      {
        title: "Information",
        lessons: [
          ["From DNA to protein", 25, "Transcription and translation in one sitting."],
          ["The cell cycle and its checkpoints", 20, "When division is stopped, and when it is not."],
        ],
      },
    ],
  },
  {
    title: "Statistics for Experiments",
    level: "intermediate",
    description:
      "Plan an experiment, analyse it and say honestly what it shows. Confidence intervals, tests and regression with simulated data, so that you can see every error happen.",
    category: "Statistics",
    priceCents: 4200n,
    tutors: [HIROSHI, ZOFIA],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Chance and data",
        lessons: [
          ["Distributions by simulation", 16, "The central limit theorem, watched."],
          ["Confidence intervals you can explain", 21, "What ninety-five per cent refers to."],
          ["What a p-value is not", 18, "Six common readings, one right."],
        ],
      },
      {
        title: "Models",
        lessons: [
          ["Linear regression and its residuals", 27, "Looking at what the line leaves over."],
          ["Designing an A/B test", 22, "Power, sample size, and when to stop."],
        ],
      },
    ],
  },
  {
    title: "Study Skills for Your First Semester",
    level: "beginner",
    description:
      "A free course for everybody who begins university: how to take notes that you will read again, how to practise so that it stays, and how to sit an exam calmly.",
    category: "Engineering",
    priceCents: 0n,
    tutors: [AMELIE],
    previews: 1,
    isPublished: true,
    parts: [
      {
        title: "Learning",
        lessons: [
          ["Notes worth reading twice", 9, "The two-column page."],
          ["Practice that sticks", 11, "Spacing, mixing and testing yourself."],
        ],
      },
      {
        title: "Exams",
        lessons: [
          ["Planning the last three weeks", 10, "Backwards from the date."],
          ["A calm hour in the exam hall", 8, "Reading all, starting small, checking units."],
        ],
      },
    ],
  },
  {
    title: "Signals and Systems",
    level: "advanced",
    description:
      "Convolution, Fourier and Laplace for electrical engineers, with sounds you can hear and filters you can turn. In preparation.",
    category: "Engineering",
    priceCents: 5200n,
    tutors: [AMELIE],
    previews: 0,
    isPublished: false,
    parts: [
      {
        title: "Time domain",
        lessons: [
          ["Signals as functions", 14, "Continuous, sampled, periodic."],
          ["Convolution by sliding", 22, "Echoes in a concert hall."],
        ],
      },
    ],
  },
  {
    title: "Machine Learning Foundations",
    level: "advanced",
    description:
      "Regression, trees and neural networks built from first principles in plain Python. In preparation.",
    category: "Computer Science",
    priceCents: 7900n,
    tutors: [HIROSHI],
    previews: 0,
    isPublished: false,
    parts: [
      {
        title: "Supervised learning",
        lessons: [
          ["Fitting without overfitting", 19, "Training, validation and test data."],
          ["Gradient descent by hand", 24, "Three steps on paper."],
        ],
      },
    ],
  },
];

// `deno task thumbnails`: draws the sample courses' pictures into thumbnails/, after a change of titles. They are
// committed, so that running the shop does not need this.
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { type CategoryName, courses } from "./catalog.ts";
import { slugOf } from "./slug.ts";

const WIDTH = 640;
const HEIGHT = 360;
const resource = (name: string) => Deno.readFile(new URL(import.meta.resolve(name)));

/**
 * Per category: two flat colours (a gradient would make the files four times as large) and a motif in the right half
 * of the picture.
 */
const LOOKS: Record<CategoryName, { from: string; to: string; motif: string }> = {
  Mathematics: { from: "#312e81", to: "#6366f1", motif: rings() },
  Physics: { from: "#0c4a6e", to: "#0ea5e9", motif: orbits() },
  "Computer Science": { from: "#052e2b", to: "#0d9488", motif: tree() },
  Economics: { from: "#7c2d12", to: "#f97316", motif: bars([60, 110, 80, 150, 190]) },
  Chemistry: { from: "#581c87", to: "#c026d3", motif: hexagons() },
  Biology: { from: "#14532d", to: "#22c55e", motif: cells() },
  Engineering: { from: "#1e293b", to: "#64748b", motif: wave() },
  Statistics: { from: "#831843", to: "#ec4899", motif: bars([20, 70, 150, 190, 150, 70, 20]) },
};

await initWasm(await resource("@resvg/resvg-wasm/index_bg.wasm"));
const fonts = [await resource("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf")];
for (const course of courses) {
  const svg = picture(course.title, course.category);
  const png = new Resvg(svg, { font: { fontBuffers: fonts, defaultFontFamily: "DejaVu Sans" } }).render()
    .asPng();
  await Deno.writeFile(new URL(`thumbnails/${slugOf(course.title)}.png`, import.meta.url), png);
}

function picture(title: string, category: CategoryName): string {
  const { from, to, motif } = LOOKS[category];
  const text = lines(title).map((line, row) =>
    `<text x="40" y="${150 + row * 42}" font-size="32" fill="#fff">${line}</text>`
  ).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="DejaVu Sans" font-weight="bold">
    <rect width="100%" height="100%" fill="${from}"/>
    <polygon points="420,0 640,0 640,360 300,360" fill="${to}"/>
    <g fill="none" stroke="#fff" stroke-opacity=".28" stroke-width="5">${motif}</g>
    <text x="40" y="64" font-size="18" fill="#fff" fill-opacity=".8" letter-spacing="2">${category.toUpperCase()}</text>
    ${text}
    <text x="40" y="328" font-size="16" fill="#fff" fill-opacity=".7">11Tutors</text>
  </svg>`;
}

/** Splits the title into lines of about 15 characters. */
function lines(title: string): string[] {
  const rows: string[] = [];
  for (const word of title.replace("&", "&amp;").split(" ")) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + word.length < 15) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}

function rings(): string {
  return [40, 80, 120, 160, 200].map((radius) => `<circle cx="520" cy="200" r="${radius}"/>`).join("");
}
function orbits(): string {
  return [0, 60, 120].map((angle) =>
    `<ellipse cx="510" cy="190" rx="150" ry="56" transform="rotate(${angle} 510 190)"/>`
  ).join("") + `<circle cx="510" cy="190" r="16" fill="#fff" fill-opacity=".4"/>`;
}
function tree(): string {
  const nodes = [[520, 70], [450, 170], [590, 170], [410, 280], [490, 280], [550, 280], [630, 280]];
  const edges = [[0, 1], [0, 2], [1, 3], [1, 4], [2, 5], [2, 6]];
  return edges.map(([a, b]) => `<path d="M${nodes[a!]} L${nodes[b!]}"/>`).join("") +
    nodes.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="18" fill="#fff" fill-opacity=".18"/>`).join("");
}
function bars(heights: number[]): string {
  return heights.map((height, index) =>
    `<rect x="${400 + index * 34}" y="${
      300 - height
    }" width="22" height="${height}" fill="#fff" fill-opacity=".18"/>`
  ).join("");
}
function hexagons(): string {
  const corner = (x: number, y: number, k: number) =>
    `${x + 52 * Math.cos(Math.PI * k / 3)},${y + 52 * Math.sin(Math.PI * k / 3)}`;
  return [[440, 130], [518, 175], [440, 220], [596, 130], [596, 220]].map(([x, y]) =>
    `<polygon points="${[0, 1, 2, 3, 4, 5].map((k) => corner(x!, y!, k)).join(" ")}"/>`
  ).join("");
}
function cells(): string {
  return [[470, 150, 70], [570, 210, 90], [480, 280, 50]].map(([x, y, radius]) =>
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="#fff" fill-opacity=".1"/><circle cx="${x}" cy="${y}" r="14" fill="#fff" fill-opacity=".35"/>`
  ).join("");
}
function wave(): string {
  const points = Array.from({ length: 61 }, (_, k) => `${360 + k * 5},${190 + 80 * Math.sin(k / 6)}`);
  return `<polyline points="${points.join(" ")}"/><path d="M360 190 H660 M360 80 V300"/>`;
}

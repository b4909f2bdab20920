// Converts colours to sRGB, which is assumed for pictures without a profile. Profiles with a matrix and three curves
// are supported: those of cameras, phones and screens (Display P3, Adobe RGB, ProPhoto). With other profiles, such as
// printers' tables, a picture stays unchanged.

/** Converts a channel's value, from 0 to 1, to linear light. */
type Curve = (value: number) => number;
/** A 3 × 3 matrix by rows. */
type Matrix = number[];
/** How a picture's values become linear light in sRGB's primaries. */
export type ColourSpace = { curves: [Curve, Curve, Curve]; toSrgb: Matrix };

const D50_TO_SRGB: Matrix = [
  3.1338561,
  -1.6168667,
  -0.4906146,
  -0.9787684,
  1.9161415,
  0.033454,
  0.0719453,
  -0.2289914,
  1.4052427,
];
const D65_TO_SRGB: Matrix = [
  3.2404542,
  -1.5371385,
  -0.4985314,
  -0.969266,
  1.8760108,
  0.041556,
  0.0556434,
  -0.2040259,
  1.0572252,
];

/** Returns the colour space of an ICC profile (ICC.1:2022); null for an unsupported or unreadable one. */
export function fromProfile(profile: Uint8Array): ColourSpace | null {
  try {
    const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
    if (text(view, 16) !== "RGB " || text(view, 20) !== "XYZ ") return null;
    const tags = new Map<string, number>();
    for (let index = Math.min(view.getUint32(128), 100); index > 0; index--) {
      const at = 132 + (index - 1) * 12;
      tags.set(text(view, at), view.getUint32(at + 4));
    }
    const colours = ["rXYZ", "gXYZ", "bXYZ"].map((tag) => tags.get(tag));
    const curves = ["rTRC", "gTRC", "bTRC"].map((tag) => tags.get(tag));
    if ([...colours, ...curves].some((at) => at === undefined)) return null;
    const columns = colours.map((at) => [8, 12, 16].map((offset) => view.getInt32(at! + offset) / 65536));
    const toXyz = [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!));
    const [red, green, blue] = curves.map((at) => readCurve(view, at!));
    return { curves: [red!, green!, blue!], toSrgb: times(D50_TO_SRGB, toXyz) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readCurve(view: DataView, at: number): Curve {
  if (text(view, at) === "para") {
    const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from(
      { length: [1, 3, 4, 5, 7][view.getUint16(at + 8)] ?? 0 },
      (_, index) => view.getInt32(at + 12 + index * 4) / 65536,
    );
    switch (view.getUint16(at + 8)) {
      case 0:
        return (x) => x ** g;
      case 1:
        return (x) => x >= -b / a ? (a * x + b) ** g : 0;
      case 2:
        return (x) => x >= -b / a ? (a * x + b) ** g + c : c;
      case 3:
        return (x) => x >= d ? (a * x + b) ** g : c * x;
      case 4:
        return (x) => x >= d ? (a * x + b) ** g + e : c * x + f;
    }
  }
  if (text(view, at) !== "curv") throw new RangeError("This kind of curve is not supported.");
  const count = view.getUint32(at + 8);
  if (count === 0) return (x) => x;
  if (count === 1) return gamma(view.getUint16(at + 12) / 256);
  if (count > 65_536) throw new RangeError("This curve has more than 65,536 points.");
  const table = Array.from({ length: count }, (_, index) => view.getUint16(at + 12 + index * 2) / 65535);
  return (x) => {
    const place = x * (table.length - 1);
    const below = table[Math.floor(place)]!;
    return below + (table[Math.ceil(place)]! - below) * (place - Math.floor(place));
  };
}

const gamma = (exponent: number): Curve => (x) => x ** exponent;
const srgbCurve: Curve = (x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;

/** The chromaticities of white, red, green and blue. */
export type Chromaticities = [white: Point, red: Point, green: Point, blue: Point];
type Point = [x: number, y: number];
const D65: Point = [0.3127, 0.329];
const SRGB: Chromaticities = [D65, [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];

/** By their numbers in ITU-T H.273. Others are shown as sRGB. */
const PRIMARIES: Record<number, Chromaticities> = {
  9: [D65, [0.708, 0.292], [0.17, 0.797], [0.131, 0.046]], // BT.2020
  11: [[0.314, 0.351], [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]], // DCI-P3
  12: [D65, [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]], // Display P3
};
const TRANSFERS: Record<number, Curve> = { 4: gamma(2.2), 5: gamma(2.8), 8: (x) => x };

/** Returns the colour space of a picture given by numbers (cICP, nclx); null if it is sRGB or close to it. */
export function fromNumbers(
  { primaries, transfer }: { primaries: number; transfer: number },
): ColourSpace | null {
  const isHighDynamicRange = transfer === 16 || transfer === 18; // a matrix cannot map this to a screen
  if (isHighDynamicRange || (!(primaries in PRIMARIES) && !(transfer in TRANSFERS))) return null;
  return fromChromaticities(PRIMARIES[primaries] ?? SRGB, TRANSFERS[transfer] ?? srgbCurve);
}

/**
 * Returns the colour space of a PNG by its gamma (that of the encoding, mostly 1/2.2) and its chromaticities, if
 * given.
 */
export function fromGamma(encoding: number, chromaticities: Chromaticities | null): ColourSpace {
  return fromChromaticities(
    chromaticities ?? SRGB,
    Math.abs(encoding - 1 / 2.2) < 0.01 ? srgbCurve : gamma(1 / encoding),
  );
}

function fromChromaticities([white, ...primaries]: Chromaticities, curve: Curve): ColourSpace {
  const xyz = ([x, y]: Point) => [x / y, 1, (1 - x - y) / y];
  const columns = primaries.map(xyz);
  const unscaled = [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!));
  const shares = apply(inverse(unscaled), xyz(white));
  const toSrgb = times(D65_TO_SRGB, unscaled.map((value, index) => value * shares[index % 3]!));
  // White stays white, whatever the white point.
  const sums = [0, 3, 6].map((row) => toSrgb[row]! + toSrgb[row + 1]! + toSrgb[row + 2]!);
  return {
    curves: [curve, curve, curve],
    toSrgb: toSrgb.map((value, index) => value / sums[Math.floor(index / 3)]!),
  };
}

const STEPS = 4096;

/** Converts a picture's colours to sRGB, in place. Colours outside sRGB are clipped per channel. */
export function toSrgb({ data }: ImageData, { curves, toSrgb: m }: ColourSpace): void {
  const [red, green, blue] = curves.map((curve) =>
    Float64Array.from({ length: 256 }, (_, value) => curve(value / 255))
  );
  const encoded = Uint8ClampedArray.from({ length: STEPS + 1 }, (_, step) => {
    const light = step / STEPS;
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  });
  const encode = (light: number) => encoded[light <= 0 ? 0 : light >= 1 ? STEPS : Math.round(light * STEPS)]!;
  for (let at = 0; at < data.length; at += 4) {
    const r = red![data[at]!]!, g = green![data[at + 1]!]!, b = blue![data[at + 2]!]!;
    data[at] = encode(m[0]! * r + m[1]! * g + m[2]! * b);
    data[at + 1] = encode(m[3]! * r + m[4]! * g + m[5]! * b);
    data[at + 2] = encode(m[6]! * r + m[7]! * g + m[8]! * b);
  }
}

/** Returns whether a colour space equals sRGB within eight bits. */
export function isSrgb(space: ColourSpace): boolean {
  const samples = [[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128], [200, 100, 50], [
    20,
    60,
    30,
  ]];
  const picture = new ImageData(samples.length, 1);
  samples.forEach((sample, index) => picture.data.set([...sample, 255], index * 4));
  const before = picture.data.slice();
  toSrgb(picture, space);
  return picture.data.every((value, at) => Math.abs(value - before[at]!) <= 2);
}

function times(left: Matrix, right: Matrix): Matrix {
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) =>
      [0, 1, 2].reduce((sum, k) => sum + left[row * 3 + k]! * right[k * 3 + column]!, 0)
    )
  );
}

const apply = (m: Matrix, v: number[]) =>
  [0, 3, 6].map((row) => m[row]! * v[0]! + m[row + 1]! * v[1]! + m[row + 2]! * v[2]!);

function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const A = e! * i! - f! * h!, B = f! * g! - d! * i!, C = d! * h! - e! * g!;
  const determinant = a! * A + b! * B + c! * C;
  return [
    A,
    c! * h! - b! * i!,
    b! * f! - c! * e!,
    B,
    a! * i! - c! * g!,
    c! * d! - a! * f!,
    C,
    b! * g! - a! * h!,
    a! * e! - b! * d!,
  ].map((value) => value / determinant);
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

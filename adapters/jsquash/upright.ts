/**
 * The position in the stored picture of a pixel of the upright picture, by EXIF orientation. `w` and `h` are the
 * stored picture's.
 */
const SOURCES: Record<number, (x: number, y: number, w: number, h: number) => [x: number, y: number]> = {
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
};

/** Turns a picture upright by its EXIF orientation: 1 leaves it unchanged, 2 to 8 mirror it, rotate it or both. */
export function upright(picture: ImageData, orientation: number): ImageData {
  const source = SOURCES[orientation];
  if (!source) return picture;
  const { width, height } = picture;
  const turned = orientation >= 5 ? new ImageData(height, width) : new ImageData(width, height);
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, width * height);
  const to = new Uint32Array(turned.data.buffer);
  for (let y = 0, at = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++, at++) {
      const [fromX, fromY] = source(x, y, width, height);
      to[at] = from[fromY * width + fromX]!;
    }
  }
  return turned;
}

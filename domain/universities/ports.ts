import type { Range } from "../range.ts";

export type University = {
  id: number;
  /** Unique, because people choose by it. */
  name: string;
  description: string;
  /** The picture's key in the file store; null if there is none. */
  logoKey: string | null;
  website: string;
  country: string;
  city: string;
  location: string;
  globalRank: number | null;
  countryRank: number | null;
  createdAt: Date;
  updatedAt: Date;
};

export type UniversityChange = Partial<Omit<University, "id" | "createdAt" | "updatedAt">>;
export type NewUniversity = UniversityChange & Pick<University, "name" | "country" | "city">;

/** Universities. A name that another university has is refused with `invalid_input`, naming `name`. */
export interface Universities {
  /** Lists universities by name. `search`: words from the name, the city or the country. */
  list(
    search: string | undefined,
    range: Range,
  ): Promise<{ count: number; universities: University[] }>;
  byId(id: number): Promise<University | null>;
  add(university: NewUniversity): Promise<University>;
  /** Changes the given fields. Returns null if there is no such university. */
  change(id: number, change: UniversityChange): Promise<University | null>;
  /** Removes it from the profiles and answers that name it. Returns what was removed. */
  remove(id: number): Promise<University | null>;
  /** Adds those whose names are new, and leaves the others unchanged. Returns how many were added. */
  addMissing(universities: NewUniversity[]): Promise<number>;
}

import type { Range } from "../range.ts";

export type University = {
  id: number;
  /** Unique: people choose by it. */
  name: string;
  description: string;
  /** Key of the picture among the files; null when there is none. */
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

/** Where people study. A name that another university has is refused with `invalid_input`, naming `name`. */
export interface Universities {
  /** By name. `search`: words of the name, the city or the country. */
  list(
    search: string | undefined,
    range: Range,
  ): Promise<{ count: number; universities: University[] }>;
  byId(id: number): Promise<University | null>;
  add(university: NewUniversity): Promise<University>;
  /** Changes what is given; null when there is none. */
  change(id: number, change: UniversityChange): Promise<University | null>;
  /** Removes it from the profiles and answers that name it. Returns what was removed. */
  remove(id: number): Promise<University | null>;
  /** Adds those whose names are not there yet, and leaves the others as they are. Returns how many were added. */
  addMissing(universities: NewUniversity[]): Promise<number>;
}

// The nouns of a report: what there is to tell, free of how it looks. pipeline/reports.ts fills them in, page.ts makes one HTML
// file of them.

export interface Report {
  readonly title: string;
  /** One line under the title; may be empty. */
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

export type Section = TextSection | FactsSection | TableSection | LinesSection | BarsSection | PathsSection;

export interface TextSection {
  readonly kind: "text";
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** Labels and values, such as where something comes from. */
export interface FactsSection {
  readonly kind: "facts";
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

/** The first column is aligned left, the others right. */
export interface TableSection {
  readonly kind: "table";
  readonly title: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One value a position or category; one that is not finite is missing, and is drawn as a gap. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** Where the values of a series lie along x: counted up by ones, at given numbers, or one a name. */
export type LinePositions =
  | { readonly kind: "counted"; readonly from: number }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "names"; readonly names: readonly string[] };

export interface LinesSection {
  readonly kind: "lines";
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Behind the values on the y axis, such as "%"; empty for none. */
  readonly unit: string;
  readonly positions: LinePositions;
  readonly series: readonly Series[];
  /** Values that are not positive are missing then. */
  readonly logarithmic?: boolean;
}

/** Groups of bars that start at 0; an axis in "%" reaches 100 at least. */
export interface BarsSection {
  readonly kind: "bars";
  readonly title: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  /** Behind the values, such as "%"; empty for none. */
  readonly unit: string;
}

/** Metres, x to the right, y up. */
export interface DrivenPath {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly collided: boolean;
}

/** Top views of the same place, one a name, to the same scale. */
export interface PathsSection {
  readonly kind: "paths";
  readonly title: string;
  /** [x1, y1, x2, y2], metres. */
  readonly walls: readonly (readonly [number, number, number, number])[];
  readonly panels: readonly { readonly name: string; readonly paths: readonly DrivenPath[] }[];
}

// The nouns of a report: what there is to tell, free of how it looks. pipeline/*-report.ts fill them in, page.ts makes one HTML
// file of them.

export interface Report {
  readonly title: string;
  /** One line under the title; may be empty. */
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

export type Section =
  | TextSection
  | FactsSection
  | TableSection
  | MatrixSection
  | LinesSection
  | BandsSection
  | StripsSection
  | BarsSection
  | PointsSection
  | PathsSection;

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

/** How often each of the `names` (a row each) was taken for each of them (a column each). */
export interface MatrixSection {
  readonly kind: "matrix";
  readonly title: string;
  readonly caption: string;
  /** What rows and columns are. */
  readonly rowsLabel: string;
  readonly columnsLabel: string;
  readonly names: readonly string[];
  /** By row, then column. */
  readonly counts: readonly (readonly number[])[];
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

/** When each of a few states held: one row a state. */
export interface BandsSection {
  readonly kind: "bands";
  readonly title: string;
  readonly xLabel: string;
  /** Where the x axis begins and ends. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly { readonly name: string; readonly stretches: readonly (readonly [from: number, to: number])[] }[];
}

/** How each of a few quantities went, one below the other, each to its own scale. */
export interface StripsSection {
  readonly kind: "strips";
  readonly title: string;
  readonly xLabel: string;
  /** Where the x axis begins and ends. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Strip[];
}

export interface Strip {
  readonly name: string;
  readonly unit: string;
  /** From where to where along x it was between which two values, in order; null where nothing is known between its neighbours. */
  readonly spans: readonly (readonly [from: number, to: number, lowest: number, highest: number] | null)[];
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

/** Groups of points in a plane; ones that are not finite are left out. */
export interface PointsSection {
  readonly kind: "points";
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly groups: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
  /** Whether the line y = x is drawn. */
  readonly diagonal: boolean;
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

// In: a recording. Out: how it looks over time: an HTML page with every channel, who acted and what was shown, and the same in brief for a
// terminal.

import { at } from "../core/assert.ts";
import { ACTORS, episodeLength, type Episode } from "../artifacts/episode.ts";
import { NO_ACTION, observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import { actionChannels, observationChannels } from "../dataset/channels.ts";
import { datasetStatistics, type ChannelStatistics, type DatasetStatistics } from "../dataset/statistics.ts";
import { formatNumber, formatValue, percent } from "../report/format.ts";
import { renderReport } from "../report/page.ts";
import type { BandsSection, FactsSection, StripsSection, TableSection } from "../report/report.ts";
import { sparkline } from "../report/sparkline.ts";
import { shownChannels, shownChoices, type ShownChannel, type Table } from "./session-channels.ts";
import { bucketsOf, heldStretches, layOut, means, spans, type TickValue, type Timeline } from "./session-timeline.ts";

/** A recording that is looked at. */
export interface ShownSession {
  /** Its file's name. */
  readonly name: string;
  readonly spec: RobotSpec;
  readonly episodes: readonly Episode[];
  readonly timeline: Timeline;
  readonly statistics: DatasetStatistics;
  /** Ticks by who acted. */
  readonly actors: Readonly<Record<(typeof ACTORS)[number], number>>;
}

export function showSession(spec: RobotSpec, name: string, episodes: readonly Episode[]): ShownSession {
  const acted = (actor: number): number =>
    episodes.reduce((sum, { actors }) => sum + actors.reduce((count, each) => count + Number(each === actor), 0), 0);
  return {
    name,
    spec,
    episodes,
    timeline: layOut(spec.rateHz, episodes),
    statistics: datasetStatistics(spec, episodes),
    actors: { neutral: acted(0), policy: acted(1), expert: acted(2) },
  };
}

/** Corners of all strips together; each takes about 12 bytes of the page. */
const CORNERS = 120_000;
const [FEWEST_BUCKETS, MOST_BUCKETS] = [60, 500];
const STRIPS_TOGETHER = 12;
const LISTED = 30;
const SPARKS = 28;

/** The recording as one HTML file, thinned so that it stays below 2 MB. */
export function sessionPage(session: ShownSession): string {
  const { spec, name, timeline, episodes } = session;
  const observed = observationChannels(spec);
  const observations: Table = (episode) => episode.observations;
  const strips = shownChannels(observed, observations);
  const actions = actionStrips(session);
  const count = Math.floor(CORNERS / (4 * (strips.length + actions.length)));
  const buckets = bucketsOf(timeline, Math.min(MOST_BUCKETS, Math.max(FEWEST_BUCKETS, count)));
  return renderReport({
    title: `${spec.name}: ${name}`,
    subtitle: `${formatNumber(timeline.ticks, 0)} ticks in ${duration(timeline.seconds)}, ${episodes.length === 1 ? "one episode" : `${episodes.length} episodes`}`,
    sections: [
      facts(session),
      actorBands(session),
      ...labelBands(session),
      ...stripSections("What was done", timeline, buckets, actions),
      ...shownChoices(observed, observations).map(({ field, valueOf }) =>
        choiceBands(field.path.join("."), field.labels, session, valueOf),
      ),
      ...stripSections("What was sensed", timeline, buckets, strips),
      channelsTable(session),
      ...gapsTable(session),
      episodesTable(session),
    ],
  });
}

/** A row for each channel: name, how it went, lowest, mean, highest, faults. */
export function sessionTable({ spec, timeline, statistics }: ShownSession): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const buckets = bucketsOf(timeline, SPARKS);
  const row = ({ name, unit, channel, valueOf }: ShownChannel, offset: number): string[] => {
    const line = means(buckets, valueOf);
    const finite = line.filter(Number.isFinite);
    const measured = channel === null ? undefined : statistics.channels[offset + channel];
    const cells =
      measured === undefined ? ["", "", "", ""] : [measured.minimum, measured.mean, measured.maximum, measured.faults].map(formatValue);
    return [unit === "" ? name : `${name} [${unit}]`, sparkline(line, Math.min(...finite), Math.max(...finite)), ...cells];
  };
  const observed = shownChannels(observationChannels(spec), ({ observations }) => observations);
  const acted = shownChannels(actionChannels(spec), ({ actions }) => actions);
  const rows = [...observed.map((each) => row(each, 0)), ...acted.map((each) => row(each, observationWidth(spec)))];
  return { head: ["channel", "over time", "lowest", "mean", "highest", "faults"], rows };
}

/** Shares of the labels that were demonstrated, the most frequent first. */
export function labelShares({
  statistics: { labelCounts, labelledTicks },
}: ShownSession): readonly { readonly label: string; readonly share: number }[] {
  return labelCounts
    .map(({ label, ticks }) => ({ label, share: ticks / Math.max(1, labelledTicks) }))
    .toSorted((left, right) => right.share - left.share);
}

export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds.toFixed(1)} s` : `${minutes} min ${Math.round(seconds - 60 * minutes)} s`;
}

function stripSections(
  title: string,
  timeline: Timeline,
  buckets: ReturnType<typeof bucketsOf>,
  channels: readonly ShownChannel[],
): StripsSection[] {
  return Array.from({ length: Math.ceil(channels.length / STRIPS_TOGETHER) }, (_, part) => {
    const some = channels.slice(part * STRIPS_TOGETHER, (part + 1) * STRIPS_TOGETHER);
    const rows = some.map(({ name, unit, valueOf }) => ({ name, unit, spans: spans(buckets, valueOf) }));
    const [first, last] = [some[0]?.name ?? "", some.at(-1)?.name ?? ""];
    const which = first === last ? first : `${first} to ${last}`;
    return { kind: "strips", title: `${title}: ${which}`, xLabel: "seconds", from: 0, to: timeline.seconds, rows };
  });
}

/** Of a continuous action: what was done, and below each what the expert said where that is something else. */
function actionStrips(session: ShownSession): readonly ShownChannel[] {
  const channels = actionChannels(session.spec);
  const done = shownChannels(channels, ({ actions }) => actions);
  if (!labelsDiffer(session)) return done;
  const said = shownChannels(channels, ({ labels }) => labels);
  return done.flatMap((each, index) => [
    each,
    ...said.slice(index, index + 1).map((label) => ({ ...label, name: `${label.name}, said the expert` })),
  ]);
}

function facts({ spec, episodes, timeline, statistics, actors }: ShownSession): FactsSection {
  const ticks = Math.max(1, timeline.ticks);
  return {
    kind: "facts",
    title: "At a glance",
    rows: [
      ["ticks", `${formatNumber(timeline.ticks, 0)}, ${spec.rateHz} a second`],
      ["labelled", `${formatNumber(statistics.labelledTicks, 0)} (${percent(statistics.labelledTicks / ticks)})`],
      ["who acted", ACTORS.map((actor) => `${actor} ${percent(actors[actor] / ticks)}`).join(", ")],
      ["gaps in time", timeline.gaps.length === 0 ? "none" : formatNumber(timeline.gaps.length, 0)],
      [
        "faulty readings",
        formatNumber(
          sumOf(statistics.channels.slice(0, observationWidth(spec)), ({ faults }) => faults),
          0,
        ),
      ],
      ["episodes", formatNumber(episodes.length, 0)],
    ],
  };
}

function actorBands({ spec, timeline }: ShownSession): BandsSection {
  const rows = ACTORS.map((name, actor) => ({
    name,
    stretches: heldStretches(timeline, spec.rateHz, ({ actors }, tick) => actors[tick] === actor),
  }));
  return bands(
    "Who acted",
    timeline,
    rows.filter(({ stretches }) => stretches.length > 0),
  );
}

/** Of a discrete action: what was done, and what the expert said where that is something else. */
function labelBands(session: ShownSession): readonly BandsSection[] {
  const { spec } = session;
  if (spec.action.kind === "continuous") return [];
  const { labels } = spec.action;
  const done = (title: string): BandsSection => choiceBands(title, labels, session, ({ actions }, tick) => at(actions, tick));
  if (!labelsDiffer(session)) return [done("What was done, and demonstrated")];
  return [done("What was done"), choiceBands("What the expert said", labels, session, (episode, tick) => at(episode.labels, tick))];
}

function choiceBands(title: string, labels: readonly string[], { spec, timeline }: ShownSession, valueOf: TickValue): BandsSection {
  const named = [...labels.entries(), [NO_ACTION, "(none)"] as const];
  const rows = named.map(([index, name]) => ({
    name,
    stretches: heldStretches(timeline, spec.rateHz, (episode, tick) => valueOf(episode, tick) === index),
  }));
  return bands(
    title,
    timeline,
    rows.filter(({ name, stretches }) => name !== "(none)" || stretches.length > 0),
  );
}

function bands(title: string, { seconds }: Timeline, rows: BandsSection["rows"]): BandsSection {
  return { kind: "bands", title, xLabel: "seconds", from: 0, to: seconds, rows };
}

function labelsDiffer({ episodes }: ShownSession): boolean {
  return episodes.some(({ actions, labels }) => labels.some((label, index) => !Object.is(label, actions[index])));
}

function channelsTable({ statistics: { channels } }: ShownSession): TableSection {
  const row = ({ name, minimum, mean, maximum, deviation, clippedShare, faults }: ChannelStatistics): string[] => [
    name,
    formatValue(minimum),
    formatValue(mean),
    formatValue(maximum),
    formatValue(deviation),
    percent(clippedShare),
    formatNumber(faults, 0),
  ];
  return {
    kind: "table",
    title: "Channels in numbers",
    caption: "Over possible values; a fault is a reading that is no number or outside @range.",
    head: ["channel", "lowest", "mean", "highest", "standard deviation", "outside @clip", "faults"],
    rows: channels.map(row),
  };
}

function gapsTable({ timeline: { gaps } }: ShownSession): readonly TableSection[] {
  if (gaps.length === 0) return [];
  const longest = gaps.toSorted((left, right) => right.gapSeconds - left.gapSeconds).slice(0, LISTED);
  const rows = longest.map(({ episode, atSeconds, gapSeconds }) => [episode, atSeconds.toFixed(2), gapSeconds.toFixed(3)]);
  return [
    {
      kind: "table",
      title: "Gaps in time",
      caption: `The longest ${rows.length} of ${gaps.length}.`,
      head: ["episode", "after, s", "long, s"],
      rows,
    },
  ];
}

function episodesTable({ episodes, statistics, spec }: ShownSession): TableSection {
  const rows = episodes.slice(0, LISTED).map((episode) => {
    const one = episodes.length === 1 ? statistics : datasetStatistics(spec, [episode]);
    return [
      episode.source.split(": ").at(-1) ?? "",
      formatNumber(episodeLength(episode), 0),
      one.durationSeconds.toFixed(1),
      formatNumber(one.labelledTicks, 0),
    ];
  });
  const caption =
    rows.length < episodes.length ? `The first ${rows.length} of ${episodes.length}.` : "In the order in which they were recorded.";
  return { kind: "table", title: "Episodes", caption, head: ["episode", "ticks", "seconds", "labelled ticks"], rows };
}

function sumOf<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}

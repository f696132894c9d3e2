// What training determines, as one struct: its C declaration, its initialiser and its bytes. Fields follow one another with
// natural alignment and every gap is a field of its own, so that all compilers lay the block out alike.

import { assert, at } from "../../core/assert.ts";
import { commentText, floatLiteral, int32Literal, withComments, wrapCells } from "./c-text.ts";
import type { FieldType, ParameterField, Scalar } from "./printed-step.ts";

const SCALAR_BYTES: Readonly<Record<Scalar, 1 | 2 | 4>> = {
  int8_t: 1,
  uint8_t: 1,
  int16_t: 2,
  uint16_t: 2,
  int32_t: 4,
  uint32_t: 4,
  float: 4,
};

/** First bytes of a block: "RXP" and the version of what is common to all blocks. */
export const PARAMETERS_MAGIC = 0x01505852;
/** The magic number and the layout's hash. */
const HEADER_BYTES = 12;
const BLOCK_ALIGNMENT = 4;

/** A field with its final name, which is unique in the block. */
export interface NamedField {
  readonly name: string;
  readonly field: ParameterField;
}

/** The fields of one step, under a heading. */
export interface FieldGroup {
  readonly heading: string;
  readonly fields: readonly NamedField[];
}

interface PlacedField extends NamedField {
  /** Bytes between the field before and this one. */
  readonly gap: number;
  readonly offset: number;
}

export class ParameterBlock {
  readonly bytes: number;
  private readonly groups: readonly { readonly heading: string; readonly fields: readonly PlacedField[] }[];
  private readonly tail: number;

  constructor(groups: readonly FieldGroup[]) {
    let end = HEADER_BYTES;
    this.groups = groups.map(({ heading, fields }) => ({
      heading,
      fields: fields.map((named) => {
        const offset = roundUp(end, alignmentOf(named.field.type));
        const gap = offset - end;
        end = offset + sizeOf(named.field);
        return { ...named, gap, offset };
      }),
    }));
    this.bytes = roundUp(end, BLOCK_ALIGNMENT);
    this.tail = this.bytes - end;
  }

  /** The members, for the inside of a struct. */
  declaration(): string {
    let gaps = 0;
    const gap = (bytes: number): Member[] => (bytes === 0 ? [] : [[`    uint8_t gap_${++gaps}[${bytes}];`, ""]]);
    const parts: { readonly heading: string; readonly members: Member[] }[] = [
      {
        heading: "",
        members: [
          ["    uint32_t magic;", "/**< POLICY_PARAMETERS_MAGIC. */"],
          ["    uint32_t layout_hash[2];", "/**< POLICY_LAYOUT_HASH, lower half first. */"],
        ],
      },
    ];
    for (const { heading, fields } of this.groups.filter((group) => group.fields.length > 0)) {
      // A gap before the first field belongs to the fields before it.
      parts.at(-1)?.members.push(...gap(fields[0]?.gap ?? 0));
      const members = fields.flatMap(({ name, field, gap: bytes }, index): Member[] => [
        ...(index === 0 ? [] : gap(bytes)),
        [`    ${declarator(name, field)};`, `/**< ${commentText(field.comment)} */`],
      ]);
      parts.push({ heading: `    /* ${commentText(heading)} */`, members });
    }
    parts.at(-1)?.members.push(...gap(this.tail));
    return parts.map(({ heading, members }) => [...(heading === "" ? [] : [heading]), ...withComments(members)].join("\n")).join("\n\n");
  }

  /** The values, for the inside of an initialiser. */
  initialiser(): string {
    const lines = this.groups.flatMap(({ heading, fields }) => [
      ...(fields.length > 0 ? ["", `    /* ${commentText(heading)} */`] : []),
      ...fields.flatMap(({ name, field }) => [...noteLines(field), ...fieldInitialiser(name, field)]),
    ]);
    return [
      "    .magic = POLICY_PARAMETERS_MAGIC,",
      "    .layout_hash = {(uint32_t)(POLICY_LAYOUT_HASH & UINT32_MAX), (uint32_t)(POLICY_LAYOUT_HASH >> 32)},",
      ...lines,
    ].join("\n");
  }

  /** The block as it lies in memory, little-endian. @param layoutHash 16 hexadecimal digits. */
  image(layoutHash: string): Uint8Array {
    const image = new Uint8Array(this.bytes);
    const view = new DataView(image.buffer);
    view.setUint32(0, PARAMETERS_MAGIC, true);
    view.setBigUint64(4, BigInt(`0x${layoutHash}`), true);
    for (const { field, offset } of this.groups.flatMap(({ fields }) => fields)) {
      let place = offset;
      const { members } = field.type;
      Array.from(field.values).forEach((value, index) => {
        const member = at(members, index % members.length);
        PUT[member](view, place, value);
        place += SCALAR_BYTES[member];
      });
    }
    return image;
  }
}

type Member = readonly [member: string, comment: string];

function declarator(name: string, { type, count }: ParameterField): string {
  return count === null ? `${type.c} ${name}` : `${type.c} ${name}[${count}]`;
}

function noteLines({ note }: ParameterField): string[] {
  return note === undefined ? [] : [`    /* ${commentText(note)} */`];
}

function fieldInitialiser(name: string, field: ParameterField): string[] {
  const { type, count, values, perLine } = field;
  const width = type.members.length;
  const elements = Array.from({ length: count ?? 1 }, (_, index) => {
    const cells = type.members.map((member, place) => literal(member, at(values, index * width + place)));
    return width === 1 ? at(cells, 0) : `{${cells.join(", ")}}`;
  });
  if (count === null) return [`    .${name} = ${at(elements, 0)},`];
  return [`    .${name} = {`, ...wrapCells(elements, perLine, "        "), "    },"];
}

function literal(type: Scalar, value: number): string {
  if (type === "float") return floatLiteral(value);
  return type === "uint32_t" ? `${value}u` : int32Literal(value);
}

const PUT: Readonly<Record<Scalar, (view: DataView, offset: number, value: number) => void>> = {
  int8_t: (view, offset, value) => {
    view.setInt8(offset, value);
  },
  uint8_t: (view, offset, value) => {
    view.setUint8(offset, value);
  },
  int16_t: (view, offset, value) => {
    view.setInt16(offset, value, true);
  },
  uint16_t: (view, offset, value) => {
    view.setUint16(offset, value, true);
  },
  int32_t: (view, offset, value) => {
    view.setInt32(offset, value, true);
  },
  uint32_t: (view, offset, value) => {
    view.setUint32(offset, value, true);
  },
  float: (view, offset, value) => {
    view.setFloat32(offset, value, true);
  },
};

function alignmentOf({ members }: FieldType): number {
  return Math.max(...members.map((member) => SCALAR_BYTES[member]));
}

/** Bytes of one element. */
function elementBytes(type: FieldType): number {
  let end = 0;
  for (const member of type.members) {
    assert(end % SCALAR_BYTES[member] === 0, `${type.c} has a gap before a member`);
    end += SCALAR_BYTES[member];
  }
  assert(end % alignmentOf(type) === 0, `${type.c} has a gap at its end`);
  return end;
}

function sizeOf({ type, count, values, role }: ParameterField): number {
  assert(values.length === (count ?? 1) * type.members.length, `${role} has ${values.length} values`);
  return elementBytes(type) * (count ?? 1);
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

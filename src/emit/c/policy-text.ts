// The parts of policy.c that a program determines: kernels, parameter block, shapes, memory and the functions that call kernels.

import { assert, at } from "../../core/assert.ts";
import type { Core } from "../../artifacts/board.ts";
import type { ElementType } from "../../artifacts/graph.ts";
import { bufferBytes, type BufferId, type IntegerProgram, type StateBuffer } from "../../artifacts/integer-program.ts";
import { chooseKernels, type ChosenKernels } from "./choose-kernels.ts";
import { boundCost, type CostBound } from "./cost-model.ts";
import { C_KEYWORDS, commentText, lowerCase, UniqueNames, upperCase, withComments, wrapStatement } from "./c-text.ts";
import { ParameterBlock, type FieldGroup } from "./parameter-block.ts";
import { planMemory, type MemoryPlan } from "./plan-memory.ts";
import { inOrder, scalar, type CallNames, type Kernel, type Optimization, type ParameterField } from "./printed-step.ts";

/** The pointer to the parameter block in use. */
const POINTER_BYTES = 4;

/** Compilers for 32-bit cores place each array at a multiple of this. */
const STATE_ALIGNMENT = 4;

export class PolicyText {
  readonly parameters: ParameterBlock;
  readonly constantBytes: number;
  readonly ramBytes: number;
  /** Of the RAM, what states take, without what aligns them. */
  readonly stateBytes: number;
  /** What the RAM is for, in words. */
  readonly ramParts: string;
  readonly stackBytes: number;
  readonly cost: CostBound | null;
  /** One a step, for people. */
  readonly descriptions: readonly string[];
  private readonly program: IntegerProgram;
  readonly chosen: ChosenKernels;
  private readonly plan: MemoryPlan;
  /** A name for each step, and for each buffer that has one of its own. */
  private readonly stepNames: readonly string[];
  private readonly bufferNames: readonly string[];
  private readonly members = new UniqueNames(["magic", "layout_hash", ...C_KEYWORDS]);
  private readonly names = new Map<string, string>();

  /** @param chosen kernels, where they are known for a program that differs in names alone. */
  constructor(program: IntegerProgram, core: Core, optimize: Optimization, chosen: ChosenKernels = chooseKernels(program, core, optimize)) {
    this.program = program;
    this.chosen = chosen;
    this.plan = planMemory(program, this.chosen);
    const kernels = inOrder(this.chosen.steps.flatMap((step) => step.kernels));
    const variables = new UniqueNames([...C_KEYWORDS, ...RESERVED, ...kernels.flatMap(declaredNames)]);
    this.bufferNames = program.buffers.map(({ name }) => variables.claim(lowerCase(name)));
    const steps = new UniqueNames();
    this.stepNames = program.steps.map(({ name }) => steps.claim(lowerCase(name)));
    this.parameters = new ParameterBlock([...this.stepGroups(), ...this.stateGroup()]);
    const shapeBytes = this.chosen.steps.flatMap(({ shapes }) => shapes).reduce((sum, { bytes }) => sum + bytes, 0);
    this.constantBytes = this.parameters.bytes + shapeBytes;
    const alignment = core === "avr" ? 1 : STATE_ALIGNMENT;
    const stateSizes = program.states.map(({ buffer }) => bufferBytes(at(program.buffers, buffer)));
    this.stateBytes = stateSizes.reduce((sum, bytes) => sum + bytes, 0);
    const stateBytes = stateSizes.reduce((sum, bytes) => sum + Math.ceil(bytes / alignment) * alignment, 0);
    this.ramBytes = POINTER_BYTES + this.plan.arenaBytes + stateBytes;
    this.ramParts = `${this.plan.arenaBytes} of activations${stateBytes > 0 ? `, ${stateBytes} of state` : ""}, a pointer`;
    this.stackBytes = Math.max(0, ...this.chosen.steps.map((step) => step.stackBytes));
    this.cost = boundCost(program, this.chosen.steps, core);
    this.descriptions = this.chosen.steps.map(({ description }) => description).filter((text) => text !== "");
  }

  /** Without those of steps that come to nothing, such as a copy whose two ends share one place. */
  kernels(): string {
    const called = this.chosen.steps.filter(({ call }, index) => call(this.callNames(index)).length > 0);
    return inOrder(called.flatMap(({ kernels }) => kernels))
      .map(({ text }) => text.trimEnd())
      .join("\n\n");
  }

  /** Shapes, memory, policy_reset, policy_init, policy_infer, and where there are states policy_remember and policy_recall. */
  functions(): string {
    return [...this.shapes(), ...this.memory(), ...this.init(), this.infer(), ...this.remember()].join("\n\n");
  }

  private stepGroups(): FieldGroup[] {
    return this.chosen.steps.map(({ fields, description }, index) => ({
      heading: `${at(this.program.steps, index).name}: ${description}`,
      fields: fields.map((field) => ({ name: this.fieldName(index, field.role), field })),
    }));
  }

  private fieldName(step: number, role: string): string {
    return this.nameOnce(`field ${step} ${role}`, `${at(this.stepNames, step)}_${role}`);
  }

  /** A name for a member or a shape that no other has; the same one each time. */
  private nameOnce(key: string, wanted: string): string {
    const name = this.names.get(key) ?? this.members.claim(wanted);
    this.names.set(key, name);
    return name;
  }

  private stateGroup(): FieldGroup[] {
    const { states, buffers } = this.program;
    const fields = states.map((state) => ({ name: this.initialName(state), field: initialField(state, at(buffers, state.buffer).type) }));
    return states.length === 0 ? [] : [{ heading: "What states hold after a reset.", fields }];
  }

  private initialName({ buffer }: StateBuffer): string {
    return this.nameOnce(`state ${buffer}`, `${at(this.bufferNames, buffer)}_initial`);
  }

  private shapeName(step: number, role: string): string {
    return upperCase(this.nameOnce(`shape ${step} ${role}`, `${at(this.stepNames, step)}_${role}`));
  }

  private shapes(): string[] {
    return this.chosen.steps.flatMap(({ shapes }, index) =>
      shapes.map(({ role, type, initialiser }) => {
        const lines = initialiser.map((line) => `    ${line}\n`).join("");
        return `/* clang-format off */\nstatic const POLICY_FLASH ${type} ${this.shapeName(index, role)} = {\n${lines}};\n/* clang-format on */`;
      }),
    );
  }

  private memory(): string[] {
    const { arenaBytes, arenaAlignment } = this.plan;
    const states = this.program.states.map(({ buffer }) => {
      const { name, type, elements } = at(this.program.buffers, buffer);
      assert(type === "int8" || type === "int16", `state ${name} is ${type}`);
      return [`static ${type}_t ${at(this.bufferNames, buffer)}[${elements}];`, `/* ${commentText(name)} */`] as const;
    });
    return [
      ...(arenaBytes > 0
        ? [`/* Activations and scratch; what is not needed at the same time shares bytes. */\n${arenaText(arenaBytes, arenaAlignment)}`]
        : []),
      ...(states.length > 0 ? [`/* Kept from one inference to the next. */\n${withComments(states).join("\n")}`] : []),
    ];
  }

  private init(): string[] {
    const lines = this.program.states.flatMap((state) => {
      const { elements } = at(this.program.buffers, state.buffer);
      const initial = `parameters_in_use->${this.initialName(state)}${typeof state.initial === "number" ? "" : "[i]"}`;
      return [`for (size_t i = 0; i < ${elements}; i++) {`, `    ${at(this.bufferNames, state.buffer)}[i] = ${initial};`, "}"];
    });
    return [
      `void\npolicy_reset(void) {\n${lines.flatMap((line) => wrapStatement(`    ${line}`)).join("\n")}${lines.length > 0 ? "\n" : ""}}`,
      functionText("policy_init(void)", ["policy_reset();"]),
    ];
  }

  private infer(): string {
    const calls = this.chosen.steps.flatMap(({ call }, index) => call(this.callNames(index)));
    const mentions = (name: string): boolean => calls.some((line) => new RegExp(`\\b${name}\\b`).test(line));
    const parameters = "const POLICY_FLASH policy_parameters* const parameters = parameters_in_use;";
    const buffers = this.program.buffers.flatMap((_, id) => this.local(id)).filter(({ name }) => mentions(name));
    const locals = [...(mentions("parameters") ? [parameters] : []), ...withComments(buffers.map(({ code, comment }) => [code, comment]))];
    const usesInput = [...locals, ...calls].some((line) => /\binput\b/.test(line));
    return functionText("policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE])", [
      ...locals,
      ...(locals.length > 0 && calls.length > 0 ? [""] : []),
      ...(usesInput ? [] : ["(void)input;"]),
      ...calls,
    ]);
  }

  private remember(): string[] {
    if (this.program.states.length === 0) return [];
    let offset = 0;
    const places = this.program.states.map(({ buffer }) => {
      const [name, start] = [at(this.bufferNames, buffer), offset];
      offset += bufferBytes(at(this.program.buffers, buffer));
      return { name, memory: start === 0 ? "memory" : `&memory[${start}]` };
    });
    const body = (line: (place: { name: string; memory: string }) => string): string =>
      places.map((place) => wrapStatement(`    ${line(place)}`).join("\n")).join("\n");
    return [
      COPY_BYTES,
      `void\npolicy_remember(uint8_t memory[POLICY_STATE_BYTES]) {\n${body(({ name, memory }) => `copy_memory(${memory}, ${name}, sizeof(${name}));`)}\n}`,
      `void\npolicy_recall(const uint8_t memory[POLICY_STATE_BYTES]) {\n${body(({ name, memory }) => `copy_memory(${name}, ${memory}, sizeof(${name}));`)}\n}`,
    ];
  }

  private callNames(step: number): CallNames {
    const offset = at(this.plan.scratch, step);
    return {
      buffer: (id) => this.bufferExpression(id),
      field: (role) => `parameters->${this.fieldName(step, role)}`,
      shape: (role) => this.shapeName(step, role),
      scratch: offset === null ? "NULL" : this.arenaExpression(offset),
    };
  }

  /** Buffers at one place have one name, that of the first. */
  private bufferExpression(id: BufferId): string {
    const place = at(this.plan.places, id);
    if ((place.kind === "input" || place.kind === "output") && place.offset === 0) return place.kind;
    return place.kind === "state" ? at(this.bufferNames, id) : at(this.bufferNames, this.sharers(id)[0] ?? id);
  }

  /** Buffers that take a place over from one another. */
  private sharers(id: BufferId): readonly BufferId[] {
    return at(this.plan.sharers, id);
  }

  private local(id: BufferId): { readonly name: string; readonly code: string; readonly comment: string }[] {
    const place = at(this.plan.places, id);
    if (place.kind === "state" || place.kind === "nowhere" || this.sharers(id)[0] !== id) return [];
    if (place.kind !== "arena" && place.offset === 0) return [];
    const name = at(this.bufferNames, id);
    const target = place.kind === "arena" ? this.arenaExpression(place.offset) : `&${place.kind}[${place.offset}]`;
    const code = `${place.kind === "input" ? "const " : ""}int8_t* const ${name} = ${target};`;
    return [{ name, code, comment: `/* ${at(this.plan.bytes, id)} bytes */` }];
  }

  private arenaExpression(offset: number): string {
    const array = this.plan.arenaAlignment === 1 ? "arena" : "arena.bytes";
    return offset === 0 ? array : `&${array}[${offset}]`;
  }
}

/** Names that policy.c uses apart from those of kernels. */
const RESERVED = [
  ...["input", "output", "parameters", "arena", "sum", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"],
  ...["built_in", "parameters_in_use", "policy_parameters", "policy_init", "policy_reset", "policy_infer", "policy_use", "policy_status"],
  ...["policy_built_in", "policy_remember", "policy_recall", "copy_memory", "memory", "to", "from", "count"],
  ...["int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "size_t", "ptrdiff_t", "uintptr_t"],
];

/** States are of different types. */
const COPY_BYTES = `static void
copy_memory(void* to, const void* from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((uint8_t*)to)[i] = ((const uint8_t*)from)[i];
    }
}`;

/** Functions and types of a kernel. */
function declaredNames({ text }: Kernel): string[] {
  return [...text.matchAll(/^(?:\} )?([a-z_]\w*)(?:\(|;)/gm)].map(([, name]) => name ?? "");
}

function initialField({ initial }: StateBuffer, type: ElementType): ParameterField {
  const isNumber = typeof initial === "number";
  assert(type === "int8" || (type === "int16" && isNumber), `a state of ${type} begins with one value`);
  return {
    role: "initial",
    type: scalar(`${type}_t`),
    count: isNumber ? null : initial.length,
    values: isNumber ? [initial] : initial,
    perLine: 16,
    comment: isNumber ? "Every element." : "Each element.",
  };
}

function arenaText(bytes: number, alignment: 1 | 2 | 4 | 8): string {
  if (alignment === 1) return `static int8_t arena[${bytes}];`;
  return `static union {\n    int8_t bytes[${bytes}];\n    uint${8 * alignment}_t aligned;\n} arena;`;
}

function functionText(head: string, lines: readonly string[]): string {
  const body = [...lines, "return POLICY_OK;"].flatMap((line) => (line === "" ? [""] : wrapStatement(`    ${line}`)));
  return `policy_status\n${head} {\n${body.join("\n")}\n}`;
}

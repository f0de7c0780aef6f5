/**
 * Fusing steps of a plan: what follows a matrix product or a convolution, element by element, moves into the store of
 * its results. Each rule changes what is computed where, never what is computed: the fused kernel adds, clamps or
 * masks the same float32 numbers, so that a captured program and an eager run agree to the bit.
 *
 * Chains of other elementwise steps are fused afterwards, in chains/.
 */
import type { SimdData } from './data.ts'
import type { Argument, Codes, Instruction } from './instruction.ts'
import { renamed } from './plan.ts'
import { isHostCall, type Step } from './step.ts'

/** Where a product's record has its result, its epilogue and the epilogue's operand. */
interface ProductLayout {
  readonly result: number
  readonly epilogue: number
  readonly aux: number
  /** Rows and columns of the result. */
  readonly size: (args: readonly Argument[], result: SimdData) => { rows: number; cols: number }
}

/**
 * @param kept results that are wanted in the end, which no rule may drop
 * @param codes constants of the kernels' module
 */
export function fuse(steps: readonly Step[], kept: ReadonlySet<SimdData>, codes: Codes): Step[] {
  const rules = [dropRepeats, fuseBias, stepOfActivation, fuseRelu, fuseReluGradient]
  return rules.reduce<Step[]>((current, rule) => rule(new Plan(current, kept, codes)), [...steps])
}

/** Steps, and who writes and reads each result. */
class Plan {
  readonly steps: readonly Step[]
  readonly codes: Codes
  readonly #kept: ReadonlySet<SimdData>
  readonly #readers = new Map<SimdData, Step[]>()
  readonly #writers = new Map<SimdData, Step[]>()

  constructor(steps: readonly Step[], kept: ReadonlySet<SimdData>, codes: Codes) {
    this.steps = steps
    this.codes = codes
    this.#kept = kept
    for (const step of steps) {
      for (const data of step.reads) add(this.#readers, data, step)
      for (const data of step.writes) add(this.#writers, data, step)
    }
  }

  readers(data: SimdData): readonly Step[] {
    return this.#readers.get(data) ?? []
  }

  /** The step that computes a result, if it is one alone. */
  writer(data: SimdData): Step | undefined {
    const writers = this.#writers.get(data) ?? []
    return writers.length === 1 ? writers[0] : undefined
  }

  /** Whether one step alone needs the result. */
  isOnlyFor(data: SimdData, step: Step): boolean {
    return !this.#kept.has(data) && this.readers(data).every((reader) => reader === step)
  }

  isKept(data: SimdData): boolean {
    return this.#kept.has(data)
  }

  /** Whether no step changes it after it was first computed. */
  isFinal(data: SimdData): boolean {
    return (this.#writers.get(data) ?? []).length <= 1
  }

  is(
    step: Step | undefined,
    operation: string,
    kind?: string,
  ): step is Step & { readonly run: Instruction } {
    if (!step || isHostCall(step.run) || step.run.code !== this.codes[operation]) return false
    return kind === undefined || step.run.args[0] === this.codes[kind]
  }

  /** Where a product has what, if the step is one without an epilogue (or with the one named). */
  product(step: Step | undefined, epilogue: string): ProductLayout | undefined {
    if (!step || isHostCall(step.run)) return undefined
    const layout = this.is(step, 'OP_MATMUL')
      ? MATMUL
      : this.is(step, 'OP_CONV2D')
        ? CONV2D
        : undefined
    return layout && step.run.args[layout.epilogue] === this.codes[epilogue] ? layout : undefined
  }
}

const MATMUL: ProductLayout = {
  result: 2,
  epilogue: 7,
  aux: 8,
  size: (args) => ({ rows: Number(args[3]), cols: Number(args[4]) }),
}

const CONV2D: ProductLayout = {
  result: 2,
  epilogue: 4,
  aux: 5,
  size: (_, result) => ({ rows: 1, cols: result.bytes / 4 }),
}

/** Of steps that compute the same from the same, all but the first one: the optimizer's settings, a constant's cast. */
function dropRepeats(plan: Plan): Step[] {
  const firsts = new Map<string, Step>()
  const ids = new Map<SimdData, number>()
  const idOf = (data: SimdData) => {
    if (!ids.has(data)) ids.set(data, ids.size)
    return ids.get(data)!
  }
  let steps = [...plan.steps]
  for (const step of plan.steps) {
    const [result, ...others] = step.writes
    if (isHostCall(step.run) || others.length > 0 || !result) continue
    if (
      !plan.writer(result) ||
      plan.isKept(result) ||
      step.reads.some((data) => !plan.isFinal(data))
    )
      continue
    const args = step.run.args.map((arg) => {
      if (typeof arg === 'number') return arg
      return arg.kind === 'read' ? `${idOf(arg.data)}+${arg.offset ?? 0}` : arg.kind
    })
    const key = `${step.run.code}:${result.bytes}:${args.join()}`
    const first = firsts.get(key)
    if (first)
      steps = steps
        .filter((each) => each !== step)
        .map((each) => renamed(each, result, first.writes[0]!))
    else firsts.set(key, step)
  }
  return steps
}

/** product → t; t + bias → y becomes product with bias → y. */
function fuseBias(plan: Plan): Step[] {
  return replaceConsumers(plan, 'OP_BINARY', 'BINARY_ADD', (step) => {
    const [, mode, a, b, , rows, cols, , bRow] = step.run.args
    const product = dataOf(a) && plan.writer(dataOf(a)!)
    const layout = plan.product(product || undefined, 'EPILOGUE_NONE')
    const bias = dataOf(b)
    if (
      !product ||
      !layout ||
      !bias ||
      isHostCall(product.run) ||
      mode !== plan.codes['MODE_VECTOR_VECTOR']
    )
      return undefined
    const isRepeated = bRow === 0 && Number(rows) > 1 && bias.bytes === 4 * Number(cols)
    // A convolution's result is [positions, filters], whatever its record says of it.
    const width = layout === CONV2D ? Number(cols) : layout.size(product.run.args, dataOf(a)!).cols
    if (!isRepeated || width !== Number(cols) || !plan.isOnlyFor(dataOf(a)!, step)) return undefined
    return withEpilogue(product, layout, plan.codes['EPILOGUE_BIAS']!, bias, step.writes[0]!)
  })
}

/** step(x) becomes step(y) where y = relu(x): the same numbers, and x is needed once less. */
function stepOfActivation(plan: Plan): Step[] {
  return plan.steps.map((step) => {
    if (!plan.is(step, 'OP_UNARY', 'UNARY_STEP')) return step
    const x = step.reads[0]!
    const relu = plan.readers(x).find((reader) => plan.is(reader, 'OP_UNARY', 'UNARY_RELU'))
    if (!relu || plan.steps.indexOf(relu) > plan.steps.indexOf(step)) return step
    return renamed(step, x, relu.writes[0]!)
  })
}

/** product with bias → x; relu(x) → y becomes product with bias and ReLU → y. */
function fuseRelu(plan: Plan): Step[] {
  return replaceConsumers(plan, 'OP_UNARY', 'UNARY_RELU', (step) => {
    const x = step.reads[0]!
    const product = plan.writer(x)
    const layout = plan.product(product, 'EPILOGUE_BIAS')
    if (!product || !layout || isHostCall(product.run) || !plan.isOnlyFor(x, step)) return undefined
    const bias = dataOf(product.run.args[layout.aux])!
    return withEpilogue(product, layout, plan.codes['EPILOGUE_BIAS_RELU']!, bias, step.writes[0]!)
  })
}

/** step(y) → s; dy · s → dx, with y a ReLU's output: one kernel, and part of the product that dy comes from. */
function fuseReluGradient(plan: Plan): Step[] {
  return replaceConsumers(plan, 'OP_BINARY', 'BINARY_MUL', (step) => {
    const [, mode, a, b, , rows, cols] = step.run.args
    const [dy, mask] = [dataOf(a), dataOf(b)]
    const stepOf = mask && plan.writer(mask)
    if (!dy || !mask || mode !== plan.codes['MODE_VECTOR_VECTOR'] || rows !== 1) return undefined
    if (!plan.is(stepOf || undefined, 'OP_UNARY', 'UNARY_STEP') || !plan.isOnlyFor(mask, step))
      return undefined
    const [y, dx] = [stepOf!.reads[0]!, step.writes[0]!]
    if (!isOutputOfRelu(plan, y) || (stepOf as Step & { run: Instruction }).run.args[4] !== 0)
      return undefined
    const product = plan.writer(dy)
    const layout = plan.is(product, 'OP_MATMUL')
      ? plan.product(product, 'EPILOGUE_NONE')
      : undefined
    const isLater =
      product && plan.steps.indexOf(product) > plan.steps.indexOf(plan.writer(y) ?? product)
    if (product && layout && isLater && plan.isOnlyFor(dy, step)) {
      return withEpilogue(product, layout, plan.codes['EPILOGUE_RELU_GRADIENT']!, y, dx)
    }
    const args = [
      plan.codes['GRADIENT_RELU']!,
      { kind: 'read', data: dy } as const,
      { kind: 'read', data: y } as const,
      { kind: 'write', data: dx } as const,
      Number(cols),
    ]
    const run = { code: plan.codes['OP_ACTIVATION_GRADIENT']!, args }
    return { dropped: [], step: { run, reads: [dy, y], writes: [dx] } }
  })
}

/** The kernel's mask is by the output: it must be one of a ReLU. */
function isOutputOfRelu(plan: Plan, y: SimdData): boolean {
  const writer = plan.writer(y)
  return (
    plan.is(writer, 'OP_UNARY', 'UNARY_RELU') ||
    plan.product(writer, 'EPILOGUE_BIAS_RELU') !== undefined
  )
}

interface Replacement {
  /** Steps that the replacement does the work of. */
  readonly dropped: readonly Step[]
  readonly step: Step
}

function withEpilogue(
  product: Step,
  layout: ProductLayout,
  epilogue: number,
  aux: SimdData,
  result: SimdData,
): Replacement {
  const run = product.run as Instruction
  const args = [...run.args]
  const old = dataOf(args[layout.result])!
  args[layout.result] = { kind: 'write', data: result }
  args[layout.epilogue] = epilogue
  args[layout.aux] = { kind: 'read', data: aux }
  const writes = product.writes.map((data) => (data === old ? result : data))
  return {
    dropped: [product],
    step: { run: { ...run, args }, reads: [...product.reads, aux], writes },
  }
}

/**
 * Replaces steps of one kind, each at its own place, where everything that it needs has been computed. Steps whose
 * results nobody reads any more are left to go.
 */
function replaceConsumers(
  plan: Plan,
  operation: string,
  kind: string,
  rule: (step: Step & { readonly run: Instruction }) => Replacement | undefined,
): Step[] {
  const dropped = new Set<Step>()
  const replaced = plan.steps.map((step) => {
    if (!plan.is(step, operation, kind)) return step
    const replacement = rule(step)
    if (!replacement || replacement.dropped.some((each) => dropped.has(each))) return step
    for (const each of replacement.dropped) dropped.add(each)
    return replacement.step
  })
  return replaced.filter((step) => !dropped.has(step))
}

function dataOf(arg: Argument | undefined): SimdData | undefined {
  return typeof arg === 'object' ? arg.data : undefined
}

function add(map: Map<SimdData, Step[]>, data: SimdData, step: Step): void {
  const list = map.get(data)
  if (list) list.push(step)
  else map.set(data, [step])
}

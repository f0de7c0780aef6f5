/**
 * The names under which we write: what may be removed is known by its name, and nothing else is touched. Whatever else
 * lies in these folders is its owner's.
 */

/** In the folder of a model or a checkpoint, with what a crash may have left of it. */
const OF_A_MODEL =
  /^(model\.json|checkpoint\.json|summary\.json|state\.safetensors|model-[0-9a-f]{12}\.safetensors)(\.tmp)?$/
/** In `checkpoints/`: the timestep of one, and whether it is half-written or half-removed. */
const CHECKPOINT = /^step-(\d{1,15})(\.tmp|\.old)?$/
/** In the folder of a run: files. */
const OF_A_RUN =
  /^(config\.yaml(\.tmp)?|metrics\.jsonl|progress\.csv|lock(\..*)?|events\.out\.tfevents\.[^/]*)$/
/** In the folder of a run: folders of a model each, and that of the checkpoints. */
const FOLDERS = /^(best|final|trouble)(\.tmp|\.old)?$/

/** Whether a name in the folder of a model or checkpoint is one of ours. */
export function isModelFile(name: string): boolean {
  return OF_A_MODEL.test(name)
}

/** The timestep of a checkpoint, by the name of its folder; undefined for a name of another kind. */
export function checkpointStepIn(name: string): number | undefined {
  const [, step, leftover] = CHECKPOINT.exec(name) ?? []
  return step === undefined || leftover !== undefined ? undefined : Number(step)
}

/** Whether a name is that of a checkpoint half-written or half-removed, which a killed process left. */
export function isLeftover(name: string): boolean {
  return CHECKPOINT.exec(name)?.[2] !== undefined
}

/** Whether a file or folder of a run is one of ours. @param path below the run's folder, with slashes */
export function isOwnPath(path: string): boolean {
  const [first = '', second, third] = path.split('/')
  if (second === undefined)
    return (
      OF_A_RUN.test(first) || isModelFile(first) || FOLDERS.test(first) || first === 'checkpoints'
    )
  if (third === undefined) {
    return first === 'checkpoints'
      ? CHECKPOINT.test(second)
      : FOLDERS.test(first) && isModelFile(second)
  }
  return first === 'checkpoints' && CHECKPOINT.test(second) && isModelFile(third)
}

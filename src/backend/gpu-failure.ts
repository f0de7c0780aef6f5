/** What went wrong on a GPU: it is told some time after what caused it, so programs throw it when they are next read. */
export class GpuFailure extends Error {
  override readonly name = 'GpuFailure'
}

/** @param reason as WebGPU gives it @param message of the driver, which may be empty */
export function lostDevice(adapter: string, reason: string, message: string): GpuFailure {
  const detail = [reason, message].filter((part) => part !== '' && part !== 'unknown').join(': ')
  return new GpuFailure(
    `webgpu: the GPU "${adapter}" was lost${detail && ` (${detail})`}, and with it what was learned since the last ` +
      'checkpoint; go on from there, on another backend if the GPU does not come back',
  )
}

/** @param message of the driver */
export function refusedByGpu(adapter: string, isOutOfMemory: boolean, message: string): GpuFailure {
  const what = isOutOfMemory
    ? 'has too little memory; give a smaller batchSize or network, or fewer environments'
    : 'refused an operation; choose another backend, and report this'
  return new GpuFailure(`webgpu: the GPU "${adapter}" ${what} (${firstLine(message)})`)
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!
}

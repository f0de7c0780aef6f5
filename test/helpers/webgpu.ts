/** Whether there is a GPU to test on; a software driver serves. docs/backends.md says how to have one. */
import { useBackend } from '../../src/backend/index.ts'

/** Why tests of `webgpu` cannot run here, in the words of the library; undefined if they can. */
export async function whyNoWebGpu(): Promise<string | undefined> {
  try {
    await useBackend('webgpu')
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Only acts: what a page needs that shows a model which was trained elsewhere. */
import { fetchStore } from 'wn-rl'
import { Dqn } from 'wn-rl/agents'

/** @returns the actions of the model at that URL for observations of CartPole */
export async function act(url, observations) {
  const agent = await Dqn.load(fetchStore(url))
  return observations.map((obs) => agent.act(new Float32Array(obs), { deterministic: true }))
}

/** @returns what is said to somebody who gives a folder */
export async function loadFolder(path) {
  return Dqn.load(path).then(
    () => 'loaded',
    (error) => error.message,
  )
}

Object.assign(globalThis, { act, loadFolder })

/**
 * The state of an agent in the middle of learning, as `getState` gives it and `setState` takes it: what a checkpoint
 * holds. How it lies on the disk is the affair of whoever writes it.
 */
export type { CheckpointState, StateOptions, StateTensor, StateTensors } from '../state.ts'

/**
 * Of the states of all agents: part of them, and raised when their fields change.
 *
 * 2: replay of n steps, frames and masks; masks of rollouts; streams of dueling networks. 3: the parts that an algorithm
 * lists, beside those of learning. There is no way from one to the next: models can be loaded, checkpoints cannot be
 * resumed.
 */
export const CHECKPOINT_STATE_VERSION = 3

/**
 * The state of an agent in the middle of learning, as `getState` gives it and `setState` takes it: what a checkpoint
 * holds. How it lies on the disk is the affair of whoever writes it.
 */
export type { CheckpointState, StateOptions, StateTensor, StateTensors } from '../state.ts'

/** Of the states of all agents: part of them, and raised when their fields change. */
export const CHECKPOINT_STATE_VERSION = 1

/** Networks and what they are trained with, for an algorithm of one's own. */
import { compile, useBackend } from 'wn-rl/backend'
import { createOptimizer, gradientsOf, huber, mlp } from 'wn-rl/nn'

Object.assign(globalThis, { compile, createOptimizer, gradientsOf, huber, mlp, useBackend })

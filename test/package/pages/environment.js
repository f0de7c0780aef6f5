/** One environment, without agents. */
import { CartPole } from 'gymnasium-js'

globalThis.env = new CartPole()

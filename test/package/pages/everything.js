/** Every entry point that works in a page, whole. */
import * as gymnasium from 'gymnasium-js'
import * as check from 'gymnasium-js/check'
import * as rendering from 'gymnasium-js/rendering'
import * as vector from 'gymnasium-js/vector'
import * as wrappers from 'gymnasium-js/wrappers'
import * as wnRl from 'wn-rl'
import * as agents from 'wn-rl/agents'
import * as backend from 'wn-rl/backend'
import * as nn from 'wn-rl/nn'

globalThis.modules = { gymnasium, check, rendering, vector, wrappers, wnRl, agents, backend, nn }

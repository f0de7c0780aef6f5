/** Every entry point that works in a page, whole. */
import * as gymnasium from 'gymnasium-js'
import * as box2d from 'gymnasium-js/box2d'
import * as check from 'gymnasium-js/check'
import * as rendering from 'gymnasium-js/rendering'
import * as spaces from 'gymnasium-js/spaces'
import * as vector from 'gymnasium-js/vector'
import * as wrappers from 'gymnasium-js/wrappers'
import * as wnRl from 'wn-rl'
import * as act from 'wn-rl/act'
import * as agents from 'wn-rl/agents'
import * as backend from 'wn-rl/backend'
import * as nn from 'wn-rl/nn'

globalThis.modules = {
  gymnasium,
  box2d,
  check,
  rendering,
  spaces,
  vector,
  wrappers,
  wnRl,
  act,
  agents,
  backend,
  nn,
}

/** Properties are tried on the same examples in every run; import `fc` from here. */

import fc from 'fast-check'

fc.configureGlobal({ seed: 1 })

export { fc }

/** The support of C51's distributions. Source: Bellemare et al. 2017 (arXiv 1707.06887), section 4. */

/** The atoms of C51: `atoms` values from `vMin` to `vMax`, in units of return. */
export interface Support {
  readonly atoms: number
  readonly vMin: number
  readonly vMax: number
}

/** z_j = vMin + j · Δz. @returns [Z] */
export function atomsOf({ atoms, vMin, vMax }: Support): Float32Array {
  return Float32Array.from({ length: atoms }, (_, j) => vMin + (j * (vMax - vMin)) / (atoms - 1))
}

/**
 * Replays trajectories, specs and wrapper examples that were recorded from Gymnasium and MinAtar;
 * one module per family. `GOLDEN_DIR` points all of them at other data.
 */

import './blackjack.ts'
import './box2d.ts'
import './classic-control.ts'
import './specs.ts'
import './minatar.ts'
import './tabular.ts'

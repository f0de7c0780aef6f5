/**
 * tfjs's gradients, which its bundle for Node leaves out. They register themselves in tfjs's global registry.
 *
 * Node cannot import this path, so the build bundles what it leads to; in a page's bundle package.json's "imports"
 * put tfjs's own file in this one's place, so that tfjs is not there twice.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

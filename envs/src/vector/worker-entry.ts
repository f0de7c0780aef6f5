/** What a worker of a WorkerVectorEnv runs; a file of its own, as a thread is started from a file. */

import { workerData } from 'node:worker_threads'
import { WorkerService } from './worker-service.ts'
import type { WorkerData } from './worker-service.ts'

await new WorkerService(workerData as WorkerData).serve()

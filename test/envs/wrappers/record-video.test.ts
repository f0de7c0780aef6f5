import { GifReader } from 'omggif'
import { describe, expect, test } from 'vitest'
import { make, Wrapper, type Env, type Frame } from '../../../envs/src/index.ts'
import { RecordVideo, cubicSchedule, type RecordVideoOptions } from '../../../envs/src/wrappers.ts'
import { viaJson } from '../via-json.ts'

const CLIFF = { renderMode: 'rgb_array', maxEpisodeSteps: 4 } as const // up and down never ends it
const [UP, DOWN] = [0, 2]

interface Video {
  readonly name: string
  readonly frames: number
}

/** A recorder over CliffWalking in episodes of four steps, and the videos that it hands over. */
function recorder(options: Partial<RecordVideoOptions> = {}) {
  const videos: Video[] = []
  const write = (name: string, gif: Uint8Array) => {
    videos.push({ name, frames: new GifReader(gif).numFrames() })
  }
  const env = new RecordVideo(make('CliffWalking-v1', CLIFF), { write, ...options })
  return { env, videos }
}

function playEpisode(env: Env<number, number>, steps = 4): void {
  env.reset()
  for (let i = 0; i < steps; i++) env.step(i % 2 === 0 ? UP : DOWN)
}

describe('RecordVideo', () => {
  test('records the cubes among the episodes, from the reset to the last step', () => {
    const { env, videos } = recorder()
    for (let episode = 0; episode < 10; episode++) playEpisode(env)
    expect(videos).toEqual([
      { name: 'rl-video-episode-0', frames: 5 },
      { name: 'rl-video-episode-1', frames: 5 },
      { name: 'rl-video-episode-8', frames: 5 },
    ])
  })

  test('hands over an unfinished video at the next reset and when it is closed', () => {
    const { env, videos } = recorder({ episodeTrigger: () => true })
    playEpisode(env, 2)
    expect(videos).toEqual([])
    env.reset()
    expect(videos).toEqual([{ name: 'rl-video-episode-0', frames: 3 }])
    env.close()
    expect(videos).toEqual([
      { name: 'rl-video-episode-0', frames: 3 },
      { name: 'rl-video-episode-1', frames: 1 },
    ])
  })

  test('starts at steps, counted over episodes, and lasts for a number of frames over their ends', () => {
    const { env, videos } = recorder({
      stepTrigger: (step) => step === 2, // Gymnasium counts from 0
      videoLength: 4,
      namePrefix: 'cliff',
    })
    playEpisode(env)
    expect(videos).toEqual([])
    playEpisode(env)
    // The third and the fourth step, the reset, and the fifth step.
    expect(videos).toEqual([{ name: 'cliff-step-2', frames: 4 }])
  })

  test('a trigger of steps turns the schedule of episodes off', () => {
    const { env, videos } = recorder({ stepTrigger: () => false })
    playEpisode(env)
    env.close()
    expect(videos).toEqual([])
  })

  test('plays at the rate of the environment, or another', () => {
    const delays: number[] = []
    const write = (_: string, gif: Uint8Array) => delays.push(new GifReader(gif).frameInfo(0).delay)
    playEpisode(new RecordVideo(make('CliffWalking-v1', CLIFF), { write }))
    playEpisode(new RecordVideo(make('CliffWalking-v1', CLIFF), { write, fps: 10 }))
    expect(delays).toEqual([25, 10]) // 4 and 10 pictures a second, in 1/100 s
  })

  test('changes nothing of what happens, and its counters are part of the state', () => {
    const { env, videos } = recorder()
    const bare = make('CliffWalking-v1', CLIFF)
    expect(env.reset({ seed: 1 })).toEqual(bare.reset({ seed: 1 }))
    expect(env.step(UP)).toEqual(bare.step(UP))
    const state = viaJson(env.getState())
    expect(state).toEqual({ env: bare.getState(), episode: 0, step: 1 })
    const { env: other, videos: others } = recorder()
    other.setState(state)
    playEpisode(other)
    expect(others).toEqual([{ name: 'rl-video-episode-1', frames: 5 }])
    env.setState(state)
    expect(videos).toEqual([{ name: 'rl-video-episode-0', frames: 2 }])
  })

  test('refuses an environment without frames, and lengths and rates that are none', () => {
    const write = () => undefined
    expect(() => new RecordVideo(make('CartPole-v1'), { write })).toThrow("'rgb_array'")
    const env = make('CliffWalking-v1', CLIFF)
    expect(() => new RecordVideo(env, { write, videoLength: 1.5 })).toThrow('videoLength is 1.5')
    expect(() => new RecordVideo(env, { write, fps: 60 })).toThrow('fps is 60')
    class Blind extends Wrapper<number, number> {
      override render(): Frame | undefined {
        return undefined
      }
    }
    expect(() => new RecordVideo(new Blind(env), { write }).reset()).toThrow(
      'render() gives undefined',
    )
  })
})

test('the cubic schedule is Gymnasium’s', () => {
  const chosen = Array.from({ length: 3001 }, (_, episode) => episode).filter(cubicSchedule)
  expect(chosen).toEqual([0, 1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 2000, 3000])
})

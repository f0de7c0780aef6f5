import { CartPole, make, register, registeredSpecs, spec } from 'gymnasium-js'
import type { CartPoleOptions, CompleteEnv } from 'gymnasium-js'
import { describe, expect, expectTypeOf, test } from 'vitest'

const entryPoint = (options: CartPoleOptions) => new CartPole(options)

describe('ids', () => {
  test('a bare name is its newest version, by number and not by spelling', () => {
    for (const version of [9, 10, 2]) register({ id: `test/Bare-v${version}`, entryPoint })
    expect(spec('test/Bare').version).toBe(10)
    expect(spec('CartPole').id).toBe('CartPole-v1')
  })

  test('an id is split into namespace, name and version', () => {
    register({ id: 'test-ns/My.Maze:8x8-v3', entryPoint })
    expect(spec('test-ns/My.Maze:8x8-v3')).toMatchObject({
      namespace: 'test-ns',
      name: 'My.Maze:8x8',
      version: 3,
    })
    register({ id: 'Unversioned', entryPoint })
    expect(spec('Unversioned')).toMatchObject({ namespace: undefined, version: undefined })
  })

  test('an unknown version names those that exist', () => {
    expect(() => spec('CartPole-v9')).toThrow(
      "unknown environment 'CartPole-v9': of this name there is CartPole-v0, CartPole-v1",
    )
  })

  test('an unknown name names the nearest, whatever its case', () => {
    expect(() => make('cartpole')).toThrow("did you mean 'CartPole'?")
    expect(() => make('CratPole-v1')).toThrow("did you mean 'CartPole-v1'?")
  })

  test.each(['', 'a/b/c', 'Foo Bar-v1', '/Foo'])('%j is no id', (id) => {
    expect(() => register({ id, entryPoint })).toThrow('is no environment id')
  })

  test('a second registration of an id is refused', () => {
    expect(() => register({ id: 'CartPole-v1', entryPoint })).toThrow('registered already')
  })

  test.each([0, -1, 2.5])('a limit of %d steps is refused', (maxEpisodeSteps) => {
    expect(() => register({ id: 'test/Limit', entryPoint, maxEpisodeSteps })).toThrow(
      `maxEpisodeSteps of 'test/Limit' is ${maxEpisodeSteps}`,
    )
  })

  test('the listing holds what is registered', () => {
    register({ id: 'test/Listed-v0', entryPoint })
    expect(registeredSpecs().map(({ id }) => id)).toEqual(
      expect.arrayContaining(['CartPole-v0', 'CartPole-v1', 'test/Listed-v0']),
    )
  })
})

test('types of built-in environments are known by id, of others not', () => {
  expectTypeOf(make('CartPole-v1')).toEqualTypeOf<CompleteEnv<Float32Array, number>>()
  const makeAny = (id: string) => make(id)
  expectTypeOf(makeAny).returns.toEqualTypeOf<CompleteEnv>()
})

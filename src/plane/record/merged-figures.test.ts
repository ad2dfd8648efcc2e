import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergedFigures } from './merged-figures.ts'

const rows: [sentence: string, texts: string[], series: string[]][] = [
  [
    'counts are summed',
    ['# TYPE sallyport_a counter\nsallyport_a 1', '# TYPE sallyport_a counter\nsallyport_a 2'],
    ['sallyport_a 3'],
  ],
  [
    'buckets are summed each',
    [
      '# TYPE kong_b histogram\nkong_b_bucket{le="1"} 1\nkong_b_bucket{le="+Inf"} 2',
      '# TYPE kong_b histogram\nkong_b_bucket{le="1"} 3\nkong_b_bucket{le="+Inf"} 4',
    ],
    ['kong_b_bucket{le="1"} 4', 'kong_b_bucket{le="+Inf"} 6'],
  ],
  [
    'a family that only a later worker has',
    ['', '# HELP kong_c C\n# TYPE kong_c counter\nkong_c{a="x y"} 1'],
    ['kong_c{a="x y"} 1'],
  ],
  [
    'a state is not summed',
    [
      '# TYPE kong_upstream_target_health gauge\nkong_upstream_target_health{state="healthy"} 1',
      '# TYPE kong_upstream_target_health gauge\nkong_upstream_target_health{state="healthy"} 1',
    ],
    ['kong_upstream_target_health{state="healthy"} 1'],
  ],
  [
    'what is a process’s own stays apart',
    ['# TYPE process_x gauge\nprocess_x 1', '# TYPE process_x gauge\nprocess_x{a="b"} 2'],
    ['process_x{worker="0"} 1', 'process_x{a="b",worker="1"} 2'],
  ],
]
for (const [sentence, texts, series] of rows) {
  test(sentence, () => {
    const lines = mergedFigures(texts).split('\n')
    assert.deepEqual(
      lines.filter((line) => line !== '' && !line.startsWith('#')),
      series,
    )
    assert.equal(new Set(lines).size, lines.length, 'no heading twice')
  })
}

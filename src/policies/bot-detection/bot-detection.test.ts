import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { botDetection } from './handler.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const CHROME = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'
const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

const rows: [sentence: string, config: object, agent: string | string[] | null, verdict: string][] = [
  ['Firefox', {}, FIREFOX, 'next'],
  ['Chrome', {}, CHROME, 'next'],
  ['curl', {}, 'curl/8.5.0', 'next'],
  ['a word that ends like one', {}, 'Cubot Phone/1.0 botany', '403 bot'],
  ['a word that holds one', {}, 'robotics-lab/1.0', 'next'],
  ['Googlebot', {}, GOOGLE, '403 bot'],
  ['a spider', {}, 'Baiduspider+(+http://www.baidu.com/search/spider.htm)', '403 bot'],
  ['a crawler in small letters', {}, 'my-crawler/1.0', '403 bot'],
  ['Slurp', {}, 'Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)', '403 bot'],
  ['a preview', {}, 'facebookexternalhit/1.1', '403 bot'],
  ['Scrapy', {}, 'Scrapy/2.11 (+https://scrapy.org)', '403 bot'],
  ['nothing said', {}, null, 'next'],
  ['an empty word', {}, '', 'next'],
  ['said twice', {}, [FIREFOX, GOOGLE], '400 several-user-agents'],
  ['a bot that is allowed', { allow: ['Googlebot'] }, GOOGLE, 'next'],
  ['a denied agent', { deny: ['^old/'] }, 'old/1', '403 bot'],
  ['an agent that only holds a denied one', { deny: ['^old/'] }, 'not-old/1', 'next'],
  ['allow goes before deny', { allow: ['good'], deny: ['old'] }, 'old but good', 'next'],
  ['a word far behind', {}, `${'x '.repeat(1000)}Googlebot`, 'next'],
]
for (const [sentence, config, agent, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const compiled = compilePolicy(botDetection, config)
    for (const time of ['first', 'again']) {
      const exchange = new FakeExchange(agent === null ? {} : { headers: { 'user-agent': agent } })
      assert.equal(inWords(judge(compiled, exchange)), verdict, time)
    }
  })
}

for (const field of ['allow', 'deny']) {
  test(`an expression that is none is refused in ${field}`, () => {
    const config = botDetection.config.parse({ [field]: ['(a'] })
    assert.match(String(botDetection.check?.(config)[field]), /^not a valid regex: \(a: /)
  })
}

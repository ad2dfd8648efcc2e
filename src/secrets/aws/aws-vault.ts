import { exchange, jsonObject, memberOf } from '../exchange.ts'
import { valueInText } from '../one-value.ts'
import { failed, type Vault, type VaultConfig, type VaultMeans } from '../vault.ts'
import { ambientCredentials } from './credentials.ts'
import { type AwsCredentials, assumeRole, signedBy } from './sts.ts'

/** New credentials are asked for this long before the old ones end, in milliseconds. */
const AHEAD_MS = 60_000

/** AWS Secrets Manager. Credentials are kept until shortly before they end. */
export function awsVault(means: VaultMeans): Vault {
  const held = new Map<string, Promise<AwsCredentials | { readonly problem: string }>>()

  async function credentialsFor(config: VaultConfig, region: string) {
    const id = JSON.stringify([
      region,
      config['assume_role_arn'],
      config['role_session_name'],
      config['sts_endpoint_url'],
    ])
    const known = held.get(id)
    const credentials = await known
    const isGood =
      credentials !== undefined &&
      'accessKeyId' in credentials &&
      (credentials.endsAt === null || credentials.endsAt - AHEAD_MS > means.now())
    if (isGood) return credentials
    // Unless another read has begun to ask meanwhile.
    if (held.get(id) === known) held.set(id, gotAnew(config, region))
    return held.get(id)!
  }

  async function gotAnew(config: VaultConfig, region: string) {
    const stsUrl = (config['sts_endpoint_url'] as string | null) ?? `https://sts.${region}.${domainOf(region)}/`
    const own = await ambientCredentials(means, stsUrl)
    const arn = config['assume_role_arn']
    if ('problem' in own || typeof arn !== 'string') return own
    const role = { arn, sessionName: String(config['role_session_name']) }
    return assumeRole(means.fetch, stsUrl, region, own, role)
  }

  return {
    async read({ resource, key, version }, config) {
      const region = config['region'] ?? means.env['AWS_REGION'] ?? means.env['AWS_DEFAULT_REGION']
      if (typeof region !== 'string') return failed('the vault needs `region`, or AWS_REGION')
      const credentials = await credentialsFor(config, region)
      if ('problem' in credentials) return failed(credentials.problem)
      const url = (config['endpoint_url'] as string | null) ?? `https://secretsmanager.${region}.${domainOf(region)}/`
      const stage = version === 2 ? { VersionStage: 'AWSPREVIOUS' } : {}
      const body = JSON.stringify({ SecretId: resource, ...stage })
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' }
      const client = signedBy(credentials, region, 'secretsmanager')
      const signed = await client.sign(url, { method: 'POST', headers, body })
      const answer = await exchange(means.fetch, url, { method: 'POST', headers: signed.headers, body })
      if ('problem' in answer) return failed(answer.problem)
      const json = jsonObject(answer.text)
      if (answer.status !== 200) {
        const type = String(memberOf(json, '__type') ?? answer.status)
        return failed(`Secrets Manager refused (${/[A-Za-z0-9]+$/.exec(type)?.[0] ?? answer.status})`)
      }
      const text = memberOf(json, 'SecretString')
      if (typeof text === 'string') return valueInText(text, key)
      const binary = memberOf(json, 'SecretBinary')
      if (typeof binary !== 'string') return failed('Secrets Manager gave no value')
      return valueInText(Buffer.from(binary, 'base64').toString('utf8'), key)
    },
  }
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
}

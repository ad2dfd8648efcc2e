import { AwsClient } from 'aws4fetch'
import { type Answered, exchange } from '../exchange.ts'
import type { VaultMeans } from '../vault.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Milliseconds since the epoch; null when they do not end. */
  readonly endsAt: number | null
}

export interface Role {
  readonly arn: string
  readonly sessionName: string
}

/** What AWS's token service gives for a role to whoever may take it on. */
export async function assumeRole(
  fetch: VaultMeans['fetch'],
  stsUrl: string,
  region: string,
  credentials: AwsCredentials,
  role: Role,
): Promise<AwsCredentials | { readonly problem: string }> {
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const signed = await signedBy(credentials, region, 'sts').sign(stsUrl, { method: 'POST', headers, body })
  return credentialsInAnswer(
    await exchange(fetch, stsUrl, { method: 'POST', headers: signed.headers, body }),
    'the role',
  )
}

/** Signs requests (Signature Version 4). */
export function signedBy(credentials: AwsCredentials, region: string, service: string): AwsClient {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return new AwsClient({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), region, service })
}

/** The token service answers in XML of one shape, whose values need no escapes. */
export function credentialsInAnswer(
  answer: Answered | { readonly problem: string },
  who: string,
): AwsCredentials | { readonly problem: string } {
  if ('problem' in answer) return answer
  const part = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer.text)?.[1]?.trim()
  const [id, key, token] = [part('AccessKeyId'), part('SecretAccessKey'), part('SessionToken')]
  if (answer.status !== 200 || !id || !key || !token) {
    return { problem: `${who} gave no AWS credentials (${part('Code') ?? answer.status})` }
  }
  const endsAt = Date.parse(part('Expiration') ?? '') || null
  return { accessKeyId: id, secretAccessKey: key, sessionToken: token, endsAt }
}

import { join } from 'node:path'
import { exchange, jsonObject, memberOf } from '../exchange.ts'
import type { VaultMeans } from '../vault.ts'
import { type AwsCredentials, credentialsInAnswer } from './sts.ts'

type Found = Promise<AwsCredentials | { readonly problem: string } | null>

const NONE = {
  problem:
    'no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a web identity, or run where AWS provides them',
}
const INSTANCE = 'http://169.254.169.254/latest'

/** The first of AWS's usual places that has credentials: environment, web identity, profile, container, instance. */
export async function ambientCredentials(
  means: VaultMeans,
  stsUrl: string,
): Promise<AwsCredentials | { readonly problem: string }> {
  const places = [fromEnvironment, fromWebIdentity, fromProfile, fromContainer, fromInstance]
  for (const place of places) {
    const found = await place(means, stsUrl)
    if (found !== null) return found
  }
  return NONE
}

async function fromEnvironment({ env }: VaultMeans): Found {
  return staticCredentials(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN'])
}

async function fromWebIdentity(means: VaultMeans, stsUrl: string): Found {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: session } = means.env
  if (!file || !role) return null
  const token = await means.readFile(file).catch(() => null)
  if (token === null) return { problem: 'the file of AWS_WEB_IDENTITY_TOKEN_FILE can’t be read' }
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session || 'sallyport',
    WebIdentityToken: token.trim(),
  })
  return credentialsInAnswer(await exchange(means.fetch, stsUrl, { method: 'POST', body }), 'the web identity')
}

/** Keys in the shared credentials file; profiles that lead elsewhere (SSO, processes) are not followed. */
async function fromProfile({ env, readFile }: VaultMeans): Found {
  const home = env['HOME'] ?? env['USERPROFILE']
  const file = env['AWS_SHARED_CREDENTIALS_FILE'] ?? (home === undefined ? null : join(home, '.aws', 'credentials'))
  const text = file === null ? null : await readFile(file).catch(() => null)
  if (text === null) return null
  const values = profileIn(text, env['AWS_PROFILE'] || 'default')
  const [id, key] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')]
  return staticCredentials(id, key, values.get('aws_session_token'))
}

function profileIn(text: string, profile: string): Map<string, string> {
  const values = new Map<string, string>()
  let here = false
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]
    if (section !== undefined) here = section === profile
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (here && name !== undefined) values.set(name, value!)
  }
  return values
}

/** ECS and EKS pod identity. */
async function fromContainer({ env, fetch, readFile }: VaultMeans): Found {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']
  const url = relative ? `http://169.254.170.2${relative}` : env['AWS_CONTAINER_CREDENTIALS_FULL_URI']
  if (!url) return null
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = file ? await readFile(file).catch(() => '') : env['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const headers: Record<string, string> = token ? { authorization: token.trim() } : {}
  return fromMetadata(await exchange(fetch, url, { headers }), 'the container')
}

/** EC2, by the second version of its metadata service only. */
async function fromInstance({ env, fetch }: VaultMeans): Found {
  if (env['AWS_EC2_METADATA_DISABLED'] === 'true') return null
  const seconds = { 'x-aws-ec2-metadata-token-ttl-seconds': '300' }
  const token = await exchange(fetch, `${INSTANCE}/api/token`, { method: 'PUT', headers: seconds })
  if ('problem' in token || token.status !== 200) return null
  const headers = { 'x-aws-ec2-metadata-token': token.text }
  const roles = `${INSTANCE}/meta-data/iam/security-credentials/`
  const role = await exchange(fetch, roles, { headers })
  if ('problem' in role || role.status !== 200) return null
  const name = role.text.split('\n')[0]!.trim()
  return fromMetadata(await exchange(fetch, roles + encodeURIComponent(name), { headers }), 'the instance')
}

function fromMetadata(answer: Awaited<ReturnType<typeof exchange>>, who: string) {
  if ('problem' in answer) return answer
  const json = jsonObject(answer.text)
  const [id, key, token] = ['AccessKeyId', 'SecretAccessKey', 'Token'].map((name) => memberOf(json, name))
  if (typeof id !== 'string' || typeof key !== 'string') {
    return { problem: `${who} gave no AWS credentials (${answer.status})` }
  }
  return {
    accessKeyId: id,
    secretAccessKey: key,
    ...(typeof token === 'string' && { sessionToken: token }),
    endsAt: Date.parse(String(memberOf(json, 'Expiration'))) || null,
  }
}

function staticCredentials(id?: string, key?: string, token?: string): AwsCredentials | null {
  if (!id || !key) return null
  return { accessKeyId: id, secretAccessKey: key, ...(token && { sessionToken: token }), endsAt: null }
}

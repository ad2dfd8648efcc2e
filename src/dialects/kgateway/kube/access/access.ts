/** How an API server is reached, and as whom. */
export interface Access {
  /** `https://10.0.0.1:6443`; a path is put before every other. */
  readonly server: URL
  readonly authority: string | null
  /** For servers that go by another name in their certificate. */
  readonly serverName: string | null
  /** False only where the configuration asks for it. */
  readonly isVerified: boolean
  readonly proxy: string | null
  /** Where objects of our own stand, such as the lease. */
  readonly namespace: string
  readonly credentials: Credentials
  /** For people: which file and context, or that it is the cluster's own. */
  readonly words: string
}

/** What proves who we are. */
export interface Credential {
  readonly authorization: string | null
  readonly certificate: string | null
  readonly key: string | null
}

export interface Credentials {
  /** The credential to use now; rejects with a sentence for people if there is none to be had. */
  current(): Promise<Credential>
  /** The server did not take the last one: don't hand it out again if there may be another. */
  refused(): void
}

export const anonymous: Credential = { authorization: null, certificate: null, key: null }

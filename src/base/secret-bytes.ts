import { Secret } from './secret.ts'

/** As `Secret`, for bytes: a certificate's key, a file of passwords. */
export class SecretBytes extends Secret<Buffer> {
  revealText(): string {
    return this.reveal().toString('utf8')
  }

  equals(other: SecretBytes): boolean {
    return this.reveal().equals(other.reveal())
  }
}

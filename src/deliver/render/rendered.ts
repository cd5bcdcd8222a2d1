// What a format makes of an event: the bytes that are signed and sent, and what they are.

export interface Rendered {
  readonly body: Buffer;
  readonly contentType: string;
}

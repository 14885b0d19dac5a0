/** `AddToPlaylist` in words: “add to playlist”. */
export function intentName(intent: string): string {
  return intent.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase();
}

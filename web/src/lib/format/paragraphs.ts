/** A text that was wrapped in its file, as paragraphs and list items that wrap where they are read. */
export function paragraphs(text: string): string {
  return text.replaceAll(/(?<!\n)\n(?!\n|\d+\. |- )\s*/g, ' ').trimEnd();
}

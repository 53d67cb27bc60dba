/** One file on its way: checked before it is sent, with how far it is, and kept until it has arrived. */
import { UnreachableError } from '$lib/api/errors';
import { uploadFile } from '$lib/api/upload';
import { type FileRules, HEAD_BYTES, fileProblem, kindNames, megabytes } from '$lib/model/files';
import { accountApi } from './exchange.svelte';
import { refusalText } from './refusal-texts';
import { t } from './text.svelte';

export interface Target {
  method: 'POST' | 'PUT';
  path: string;
}

export type UploadPhase = 'idle' | 'sending' | 'done' | 'failed';

export class Upload<Answer> {
  phase = $state<UploadPhase>('idle');
  share = $state(0);
  problem = $state('');
  /** Whether the same file may be sent once more: it is as wanted and did not arrive. */
  canRetry = $state(false);
  file = $state.raw<File | null>(null);
  readonly #target: (file: File) => Target;
  readonly #onArrival: (answer: Answer) => void | Promise<void>;
  #stop: AbortController | null = null;

  /** `target` is asked at each try, so that it may name what has changed meanwhile. */
  constructor(target: (file: File) => Target, onArrival: (answer: Answer) => void | Promise<void>) {
    this.#target = target;
    this.#onArrival = onArrival;
  }

  /** Check a file and send it. */
  async take(file: File, rules: FileRules): Promise<void> {
    this.file = file;
    const wrong = fileProblem(file.size, new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()), rules);
    if (!wrong) return this.send();
    const values = { kinds: kindNames(rules.kinds), size: megabytes(rules.bytesMax) };
    this.#fail(t(`verification.file_${wrong}`, values), false);
  }

  /** Send the file there is, the first time or once more. */
  async send(): Promise<void> {
    const { file } = this;
    if (!file) return;
    this.phase = 'sending';
    this.share = 0;
    this.problem = '';
    this.#stop = new AbortController();
    const onProgress = (share: number) => (this.share = share);
    try {
      const { csrfToken } = accountApi;
      const asked = { ...this.#target(file), file, csrfToken, onProgress, signal: this.#stop.signal };
      const answer = await uploadFile<Answer>(asked);
      this.phase = 'done';
      await this.#onArrival(answer);
    } catch (error) {
      const isCut = error instanceof UnreachableError;
      this.#fail(isCut ? t('verification.file_cut') : refusalText(error), isCut);
    }
  }

  /** The person stops it. */
  stop(): void {
    this.#stop?.abort();
  }

  clear(): void {
    this.phase = 'idle';
    this.file = null;
    this.problem = '';
  }

  #fail(problem: string, canRetry: boolean): void {
    this.phase = 'failed';
    this.problem = problem;
    this.canRetry = canRetry;
  }
}

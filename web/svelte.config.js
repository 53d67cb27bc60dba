import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// One page for all addresses, drawn in the browser: the exchange serves files and data, and renders nothing.
const built = process.env.LONJA_WEB_BUILT ?? '../src/lonja/edge/site/built';

/**
 * SvelteKit hides what it announces to screen readers by a style attribute, which the policy of the pages forbids;
 * `src/styles/base.css` hides it instead.
 *
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
const withoutInlineStyle = {
  markup: ({ content, filename }) =>
    filename?.endsWith('/generated/root.svelte') ? { code: content.replace(/ style="[^"]*"/g, '') } : undefined,
};

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: [vitePreprocess(), withoutInlineStyle],
  // A region that scrolls takes the focus, so that it can be scrolled without a mouse.
  compilerOptions: { runes: true, warningFilter: ({ code }) => code !== 'a11y_no_noninteractive_tabindex' },
  kit: {
    adapter: adapter({ pages: built, assets: built, fallback: 'index.html', precompress: true }),
    paths: { relative: false },
    // A name that changes with the sources only, so that one tree gives one build.
    version: { name: process.env.LONJA_WEB_DIGEST ?? 'development' },
  },
};

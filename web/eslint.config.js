import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

export default defineConfig(
  { ignores: ['node_modules/', '.svelte-kit/', 'src/lib/api/generated/'] },
  js.configs.recommended,
  ts.configs.strict,
  ts.configs.stylistic,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'max-lines': ['error', { max: 250 }],
      'no-undef': 'off', // the type checker knows better
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off', // the site lies at the root of its origin
      'svelte/prefer-svelte-reactivity': 'off', // values are replaced whole, not changed in place
      'svelte/require-each-key': 'error',
      'svelte/button-has-type': 'error',
    },
  },
  {
    // What is pure knows nothing of the frame it is shown in.
    files: ['src/lib/model/**', 'src/lib/stream/**', 'src/lib/format/**', 'src/lib/api/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['svelte', 'svelte/*', '$app/*', '$lib/state/*', '$lib/ui/*'] }],
    },
  },
  {
    // Components read stores; what fetches and streams lies behind them.
    files: ['src/lib/ui/**', 'src/routes/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['$lib/stream/*'] }] },
  },
);

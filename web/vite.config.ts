import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

// For `npm run dev`, which serves the pages with hot reload before a sandbox that runs beside it.
const exchange = process.env.LONJA_URL ?? 'http://127.0.0.1:8080';
const behind = { target: exchange, changeOrigin: false };

export default defineConfig({
  plugins: [sveltekit()],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 300 },
  server: {
    proxy: {
      '/api': behind,
      '/sandbox': behind,
      '/account': behind,
      '/ws': { ...behind, ws: true },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
